/** What tests may change while the simulator runs (`POST /_sim/settings`). */

export interface Settings {
  /** Aliases of GET /v2.0/extensions; some change the behaviour, as in Neutron. */
  extensions: string[];
  /** `immediate`: a bound port becomes ACTIVE by itself; `manual`: only through the admin API. */
  activation: "immediate" | "manual";
  /** Milliseconds from creation to ACTIVE with `immediate`. */
  active_delay_ms: number;
  /** Milliseconds added to every write of Neutron's. */
  latency_ms: number;
  /** Processors that Neutron has; 0: its calls take no time of any. */
  processors: number;
  /** Least and most milliseconds that Neutron's writes take of a processor, for each object; something between by chance. */
  write_ms: [least: number, most: number];
  /** The same for its reads. */
  read_ms: [least: number, most: number];
  /** Calls that may wait for a processor: the next one is answered 503. 0: any number. */
  queue_limit: number;
  /** Seconds that a Keystone token lives. */
  token_lifetime: number;
}

/** What Debian 12's Neutron (21.0.0, ML2, routers, trunks, QoS) lists, as far as a client of ports may care. */
export const EXTENSIONS = [
  "agent",
  "allowed-address-pairs",
  "binding",
  "dns-domain-ports",
  "dns-integration",
  "empty-string-filtering",
  "external-net",
  "extra_dhcp_opt",
  "filter-validation",
  "ip-substring-filtering",
  "ip_allocation",
  "net-mtu",
  "net-mtu-writable",
  "network-ip-availability",
  "pagination",
  "port-security",
  "port-security-groups-filtering",
  "project-id",
  "provider",
  "quota_details",
  "quotas",
  "revision-if-match",
  "router",
  "security-group",
  "sorting",
  "standard-attr-description",
  "standard-attr-revisions",
  "standard-attr-tag",
  "standard-attr-timestamp",
  "stateful-security-group",
  "subnet-service-types",
  "tag-ports-during-bulk-creation",
  "trunk",
] as const;

export function defaultSettings(): Settings {
  return {
    extensions: [...EXTENSIONS],
    activation: "immediate",
    active_delay_ms: 0,
    latency_ms: 0,
    processors: 0,
    write_ms: [250, 450],
    read_ms: [20, 50],
    queue_limit: 0,
    token_lifetime: 3600,
  };
}
