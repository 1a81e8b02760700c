import type { Config } from "../config/load.ts";
import type { Logger } from "../log.ts";
import { identityOf } from "../openstack/auth/credentials.ts";
import type { CallGate } from "../openstack/call-gate.ts";
import type { CallObserver } from "../openstack/http.ts";
import { Neutron } from "../openstack/neutron/client.ts";
import { ping } from "../openstack/ping.ts";
import { Session } from "../openstack/session.ts";
import { type OpenStackSettings, resolveSettings } from "../openstack/settings.ts";
import { cacheKey, FileTokenCache } from "../openstack/token-cache.ts";

export interface NeutronConnection {
  neutron: Neutron;
  /** Tells one Neutron and identity from another in the store's cache. */
  endpointKey: string;
  /** Whether there is somebody, in as little time as that can be found out. */
  ping(signal: AbortSignal): Promise<void>;
}

/** What calls to one Neutron wait in line at; a process that serves one verb has none. */
export type GateFor = (settings: OpenStackSettings) => CallGate;

/**
 * The conversation with Neutron that a configuration describes. Tokens are kept on the node, so that not every pod
 * costs an authentication; nothing is asked before it is needed.
 */
export async function connectNeutron(
  config: Config,
  log: Logger,
  gateFor?: GateFor,
): Promise<NeutronConnection> {
  const settings = await resolveSettings(config, process.env);
  const onCall: CallObserver = (method, path, status, ms) =>
    log.debug("called OpenStack", { method, path, status: status ?? "no answer", ms: Math.round(ms) });
  const session = new Session(settings, {
    tokenCache: new FileTokenCache(`${config.state_dir}/tokens`),
    ...(config.log_level === "debug" ? { onCall } : {}),
    ...(gateFor === undefined ? {} : { gate: gateFor(settings) }),
  });
  return {
    neutron: new Neutron(session, []),
    endpointKey: endpointKeyOf(settings),
    ping: (signal) => ping(settings, signal),
  };
}

function endpointKeyOf({ auth, endpoint, region, projectId }: OpenStackSettings): string {
  const identity = auth.type === "none" ? [] : identityOf(auth);
  return cacheKey([...identity, endpoint, region, projectId]).slice(0, 16);
}
