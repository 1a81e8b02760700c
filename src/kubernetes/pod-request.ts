import { Annotation, unknownAnnotations } from "./annotation.ts";
import { PodRequestError } from "./errors.ts";
import { type PodIdentity, podLabel } from "./pod.ts";
import { type Parsed, parseFlag, parseId, parseIds, parseIp, parseMac, splitList } from "./pod-values.ts";

/** A value that somebody asked for, and where it was said, e.g. `runtimeConfig.ips[0]` or `CNI_ARGS IP`. */
export interface Asked {
  readonly value: string;
  readonly source: string;
}

/** Everything that may say what a pod wants. */
export interface PodRequestSources {
  readonly pod: PodIdentity;
  /** A Map as it is, or `Object.entries` of a pod's annotations. */
  readonly annotations?: Iterable<readonly [name: string, value: string]>;
  /** The runtime's ways to ask for addresses, best first: `runtimeConfig.ips`, `args.cni.ips`, CNI_ARGS. */
  readonly ips?: readonly (readonly Asked[])[];
  /** The same for the MAC. */
  readonly macs?: readonly Asked[];
}

/** What a pod asks for. What is absent is up to the configuration. */
export interface PodRequest {
  readonly networkId?: string;
  /** Has precedence over the network. */
  readonly subnetId?: string;
  /** At most one of each family, in the order given. */
  readonly ips: readonly string[];
  /** Lower case, with colons. */
  readonly mac?: string;
  /** Never empty. */
  readonly securityGroupIds?: readonly string[];
  readonly portSecurity?: boolean;
  /** Where each of these was said, for messages: `annotation skynet/ip of pod default/web-0`. */
  readonly origins: PodRequestOrigins;
  /** Sentences for the log. */
  readonly warnings: readonly string[];
}

export type PodRequestOrigins = Readonly<
  Partial<Record<"networkId" | "subnetId" | "ips" | "mac" | "securityGroupIds" | "portSecurity", string>>
>;

/**
 * Reads what a pod asks for. An annotation wins over what the runtime says; of the runtime's ways the first that says
 * anything counts. Empty values count as absent.
 *
 * @throws {PodRequestError} naming the annotation (or other source), its value, the pod and what is allowed
 */
export function parsePodRequest(sources: PodRequestSources): PodRequest {
  const annotations = new Map(sources.annotations);
  const pod = podLabel(sources.pod);
  const reader = new Reader(pod, annotations);
  const securityGroupIds = reader.annotation(Annotation.securityGroupIds, parseIds);
  const portSecurity = reader.annotation(Annotation.portSecurity, parseFlag);
  if (portSecurity?.value === false && securityGroupIds !== undefined) {
    throw new PodRequestError(
      `annotation ${Annotation.portSecurity}`,
      "false",
      pod,
      `Neutron allows no security groups on a port without port security: remove it or ${Annotation.securityGroupIds}`,
    );
  }
  const found = {
    networkId: reader.annotation(Annotation.networkId, parseId),
    subnetId: reader.annotation(Annotation.subnetId, parseId),
    ips: reader.ips(sources.ips ?? []),
    mac: reader.mac(sources.macs ?? []),
    securityGroupIds,
    portSecurity,
  };
  const given = Object.entries(found).filter(([, value]) => value !== undefined);
  return {
    ips: [],
    ...Object.fromEntries(given.map(([key, value]) => [key, value?.value])),
    origins: Object.fromEntries(given.map(([key, value]) => [key, value?.origin])),
    warnings: unknownAnnotations(annotations.keys(), pod),
  };
}

interface Found<T> {
  readonly value: T;
  readonly origin: string;
}

class Reader {
  constructor(
    private readonly pod: string,
    private readonly annotations: ReadonlyMap<string, string>,
  ) {}

  annotation<T>(name: string, parse: (text: string) => Parsed<T>): Found<T> | undefined {
    const asked = this.asked(name);
    return asked && this.found(asked, this.parse(asked, parse(asked.value)));
  }

  ips(ways: PodRequestSources["ips"] & object): Found<string[]> | undefined {
    const annotation = this.asked(Annotation.ip);
    const asked = annotation ? [annotation] : (ways.map(filled).find((way) => way.length > 0) ?? []);
    const [first] = asked;
    return first && this.found(first, this.addresses(asked, annotation === undefined));
  }

  mac(ways: readonly Asked[]): Found<string> | undefined {
    const asked = this.asked(Annotation.mac) ?? filled(ways)[0];
    return asked && this.found(asked, this.parse(asked, parseMac(asked.value)));
  }

  private addresses(asked: readonly Asked[], prefixAllowed: boolean): string[] {
    const byFamily = new Map<4 | 6, string>();
    for (const one of asked) {
      for (const text of splitList(one.value)) {
        const { family, address } = this.parse(one, parseIp(text, prefixAllowed));
        if (byFamily.has(family)) {
          throw this.error(one, `asks for a second IPv${family} address: one of each family is allowed`);
        }
        byFamily.set(family, address);
      }
    }
    return [...byFamily.values()];
  }

  private asked(annotation: string): Asked | undefined {
    return filled([{ value: this.annotations.get(annotation) ?? "", source: `annotation ${annotation}` }])[0];
  }

  private found<T>({ source }: Asked, value: T): Found<T> {
    return { value, origin: `${source} of pod ${this.pod}` };
  }

  private parse<T>(asked: Asked, parsed: Parsed<T>): T {
    if ("problem" in parsed) {
      throw this.error(asked, parsed.problem);
    }
    return parsed.value;
  }

  private error(asked: Asked, problem: string): PodRequestError {
    return new PodRequestError(asked.source, asked.value, this.pod, problem);
  }
}

/** Without those that hold nothing but separators. */
function filled(asked: readonly Asked[]): readonly Asked[] {
  return asked.filter(({ value }) => splitList(value).length > 0);
}
