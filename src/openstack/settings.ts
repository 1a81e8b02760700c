import type { Credentials } from "./auth/credentials.ts";
import type { EndpointInterface } from "./catalog.ts";
import { loadCloud } from "./clouds.ts";
import { type ConnectionValues, mergeValues } from "./connection-values.ts";
import { credentialsFrom } from "./credentials-from-values.ts";
import { type Environment, valuesFromEnvironment } from "./environment.ts";
import { configError } from "./errors.ts";
import { loadTls, type ReadTextFile, type TlsSettings } from "./tls.ts";
import { refuseUserInfo } from "./user-info.ts";

/** Everything that a session needs to know; nothing is looked up later. */
export interface OpenStackSettings {
  readonly auth: Credentials;
  /** Neutron's URL; with Keystone it may be left to the catalogue. */
  readonly endpoint?: string;
  readonly tls: TlsSettings;
  readonly region?: string;
  readonly interface: EndpointInterface;
  /** The project that owns what is created, when it is not the token's. */
  readonly projectId?: string;
  /** Time-out of one HTTP request, in milliseconds. */
  readonly requestTimeoutMs: number;
}

/** Optional in the file, hence possibly undefined; empty texts count as absent. */
type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** The parts of the configuration that say how to reach OpenStack. */
export interface OpenStackConfig {
  readonly neutron?:
    | Optional<{
        neutron_url: string;
        project_id: string;
        /** Seconds. */
        request_timeout: number;
      }>
    | undefined;
  readonly openstack?:
    | (Optional<Omit<ConnectionValues, "endpoint">> & Optional<{ cloud: string; clouds_file: string }>)
    | undefined;
}

const DEFAULT_REQUEST_TIMEOUT_S = 60;

/**
 * Resolves the configuration: what it says itself wins over the cloud that it names in clouds.yaml. Only when it has neither
 * `neutron_url` nor a cloud nor authentication, `OS_CLOUD` and the other `OS_*` variables count.
 * @throws OpenStackError of kind `config`
 */
export async function resolveSettings(
  config: OpenStackConfig,
  env: Environment,
  readFile: ReadTextFile = readTextFile,
): Promise<OpenStackSettings> {
  const { values, origins } = await collectValues(config, env, readFile);
  const auth = credentialsFrom(values, origins);
  const tls = await loadTls(values, readFile);
  const timeout = config.neutron?.request_timeout ?? DEFAULT_REQUEST_TIMEOUT_S;
  const projectId = config.neutron?.project_id || (auth.type === "none" ? values.project_id : undefined);
  return {
    auth,
    tls,
    interface: interfaceFrom(values.interface, origins),
    requestTimeoutMs: timeout * 1000,
    ...(values.endpoint === undefined ? {} : { endpoint: checkedUrl(values.endpoint, origins) }),
    ...(values.region_name === undefined ? {} : { region: values.region_name }),
    ...(projectId ? { projectId } : {}),
  };
}

interface CollectedValues {
  readonly values: ConnectionValues;
  /** Where the values come from, for messages. */
  readonly origins: string;
}

async function collectValues(
  config: OpenStackConfig,
  env: Environment,
  readFile: ReadTextFile,
): Promise<CollectedValues> {
  const { cloud, clouds_file, ...section } = config.openstack ?? {};
  const own = mergeValues({ ...section, endpoint: config.neutron?.neutron_url } as ConnectionValues, {});
  const file = clouds_file ? { file: clouds_file } : {};
  if (cloud) {
    const named = await loadCloud({ cloud, namedBy: "openstack.cloud", ...file }, env, readFile);
    return { values: mergeValues(own, named.values), origins: `the configuration and ${named.origin}` };
  }
  if (own.endpoint !== undefined || own.auth_url !== undefined || own.auth_type !== undefined) {
    return { values: own, origins: "the configuration" };
  }
  const fromEnvironment = mergeValues(own, valuesFromEnvironment(env));
  if (!env.OS_CLOUD) return { values: fromEnvironment, origins: "the configuration and the OS_* variables" };
  const named = await loadCloud({ cloud: env.OS_CLOUD, namedBy: "OS_CLOUD", ...file }, env, readFile);
  return {
    values: mergeValues(own, mergeValues(named.values, fromEnvironment)),
    origins: `the configuration, ${named.origin} and the OS_* variables`,
  };
}

function interfaceFrom(text: string | undefined, origins: string): EndpointInterface {
  const name = (text ?? "public").replace(/URL$/, "");
  if (name === "public" || name === "internal" || name === "admin") return name;
  throw configError(`interface "${text}" (from ${origins}) is unknown`, "write public, internal or admin");
}

function checkedUrl(url: string, origins: string): string {
  refuseUserInfo("the URL of Neutron", url, origins);
  if (/^https?:\/\/[^/]/.test(url) && URL.canParse(url)) return url;
  throw configError(`"${url}" (from ${origins}) is no URL of Neutron`, "write it as http(s)://host:port");
}

function readTextFile(path: string): Promise<string> {
  return Bun.file(path).text();
}
