import { parseAddress } from "./address.ts";
import { compact } from "./compact.ts";
import { CniCode } from "./errors.ts";
import { Field } from "./field.ts";
import type { CniRequest } from "./request.ts";

/** A value that somebody asked for, and where it was said, for error messages. */
export interface Asked<T> {
  value: T;
  /** E.g. `runtimeConfig.ips[0]` or `CNI_ARGS IP`. */
  source: string;
}

export interface AskedAddress {
  /** IPv4 or IPv6 address, without prefix length. */
  address: string;
  /** Given by some runtimes, e.g. `10.0.0.5/24`; the subnet has the last word. */
  prefixLength?: number;
}

/** What CNI_ARGS say about the pod. Each may be missing: podman gives no namespace and no UID. */
export interface PodIdentity {
  namespace?: string;
  name?: string;
  uid?: string;
  infraContainerId?: string;
}

/** What the runtime asks for this one container, beyond the configuration of the network. */
export interface RuntimeAsk {
  pod: PodIdentity;
  /** All annotations of the pod; undefined when the configuration does not declare the capability. */
  annotations?: ReadonlyMap<string, string>;
  /** From the first place that names any, in order of preference; empty when none does. */
  addresses: readonly Asked<AskedAddress>[];
  /** Lower case, separated by colons. */
  mac?: Asked<string>;
}

/** Key in `capabilities` and `runtimeConfig` under which containerd and cri-o pass all pod annotations. */
export const POD_ANNOTATIONS = "io.kubernetes.cri.pod-annotations";

const MAC = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i;

/**
 * Collects what is asked for. Of addresses and of the MAC the first place that names one counts:
 * `runtimeConfig`, then `args.cni`, then CNI_ARGS (CONVENTIONS.md calls the last deprecated).
 *
 * @throws {CniError} code 7 naming the key of a wrong value, or code 4 for one in CNI_ARGS
 */
export function readAsk(request: CniRequest): RuntimeAsk {
  const config = new Field(request.config, "", CniCode.invalidConfig);
  const runtimeConfig = config.key("runtimeConfig");
  const cniArgs = config.key("args").key("cni");
  const { args } = request;
  return compact({
    pod: readPod(args),
    annotations: readAnnotations(runtimeConfig.key(POD_ANNOTATIONS)),
    addresses: firstFilled([
      () => runtimeConfig.key("ips").items(),
      () => cniArgs.key("ips").items(),
      () => fromArgs(args, "IP"),
    ]).map(readAddress),
    mac: firstFilled([
      () => given(runtimeConfig.key("mac")),
      () => given(cniArgs.key("mac")),
      () => fromArgs(args, "MAC"),
    ]).map(readMac)[0],
  });
}

function readPod(args: ReadonlyMap<string, string>): PodIdentity {
  return compact({
    namespace: args.get("K8S_POD_NAMESPACE") || undefined,
    name: args.get("K8S_POD_NAME") || undefined,
    uid: args.get("K8S_POD_UID") || undefined,
    infraContainerId: args.get("K8S_POD_INFRA_CONTAINER_ID") || undefined,
  });
}

function readAnnotations(annotations: Field): ReadonlyMap<string, string> | undefined {
  if (annotations.isAbsent) {
    return undefined;
  }
  return new Map(annotations.entries().map(([name, value]) => [name, value.text() ?? ""]));
}

function firstFilled(places: readonly (() => Field[])[]): Field[] {
  for (const place of places) {
    const fields = place();
    if (fields.length > 0) {
      return fields;
    }
  }
  return [];
}

function given(field: Field): Field[] {
  return field.text() === undefined ? [] : [field];
}

function fromArgs(args: ReadonlyMap<string, string>, name: string): Field[] {
  return given(new Field(args.get(name), `CNI_ARGS ${name}`, CniCode.badEnvironment));
}

function readAddress(field: Field): Asked<AskedAddress> {
  const parsed = parseAddress(field.requiredText());
  if (parsed === undefined) {
    throw field.error("must be an IP address, with or without prefix length");
  }
  const { address, prefixLength } = parsed;
  return { value: compact({ address, prefixLength }), source: field.path };
}

function readMac(field: Field): Asked<string> {
  const text = field.requiredText();
  if (!MAC.test(text)) {
    throw field.error("must be a MAC address of six bytes (such as fa:16:3e:00:00:01)");
  }
  return { value: text.toLowerCase().replaceAll("-", ":"), source: field.path };
}
