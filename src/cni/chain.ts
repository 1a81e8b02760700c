import { compact } from "./compact.ts";
import type { Dns, IpConfig, Result } from "./result.ts";

/**
 * The answer of a plugin that is not the first of its chain: what the plugins before made, followed by what
 * this one made. The indices of our addresses move behind the interfaces that were there. Of DNS, lists are
 * joined without repeating an entry, and the first domain named stays.
 */
export function extendResult(previous: Result, own: Result): Result {
  return {
    interfaces: [...previous.interfaces, ...own.interfaces],
    ips: [...previous.ips, ...own.ips.map((ip) => shift(ip, previous.interfaces.length))],
    routes: [...previous.routes, ...own.routes],
    dns: mergeDns(previous.dns, own.dns),
  };
}

function shift(ip: IpConfig, by: number): IpConfig {
  return ip.interface === undefined ? ip : { ...ip, interface: ip.interface + by };
}

function mergeDns(previous: Dns, own: Dns): Dns {
  return compact({
    nameservers: union(previous.nameservers, own.nameservers),
    domain: previous.domain || own.domain,
    search: union(previous.search, own.search),
    options: union(previous.options, own.options),
  });
}

function union(first: string[] = [], second: string[] = []): string[] | undefined {
  const all = [...new Set([...first, ...second])];
  return all.length === 0 ? undefined : all;
}
