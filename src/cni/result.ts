/**
 * The result of ADD in the shape of the newest supported specification (1.1.0). The converters make the
 * older shapes from it (see convert.ts), and prevResult of any version is read into it.
 */
export interface Result {
  interfaces: Interface[];
  ips: IpConfig[];
  routes: Route[];
  dns: Dns;
}

export interface Interface {
  name: string;
  mac?: string;
  /** Bytes; 1.1.0 and later. */
  mtu?: number;
  /** Path of the network namespace; absent for an interface on the host. */
  sandbox?: string;
  socketPath?: string;
  pciID?: string;
}

export interface IpConfig {
  /** Index into `interfaces`. */
  interface?: number;
  /** Address with prefix length, e.g. `10.50.0.17/24`. */
  address: string;
  gateway?: string;
}

export interface Route {
  /** Destination in CIDR notation. */
  dst: string;
  gw?: string;
  mtu?: number;
  advmss?: number;
  priority?: number;
  table?: number;
  scope?: number;
}

export interface Dns {
  nameservers?: string[];
  domain?: string;
  search?: string[];
  options?: string[];
}
