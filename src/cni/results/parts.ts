import { familyOf, parseCidr } from "../address.ts";
import { compact } from "../compact.ts";
import type { Field } from "../field.ts";
import type { Dns, Route } from "../result.ts";

/** An address or a destination with its prefix length, such as `10.50.0.17/24`. */
export function readCidr(field: Field): string {
  const text = field.requiredText();
  if (parseCidr(text) === undefined) {
    throw field.error("must be an IP address with a prefix length (such as 10.50.0.17/24)");
  }
  return text;
}

/** An address without prefix length; undefined when absent. */
export function readIp(field: Field): string | undefined {
  const text = field.text();
  if (text !== undefined && familyOf(text) === undefined) {
    throw field.error("must be an IP address");
  }
  return text;
}

/** The two members that routes have in every version. */
export function readRoute(route: Field): Route {
  return compact({ dst: readCidr(route.key("dst")), gw: readIp(route.key("gw")) });
}

export function writeRoute({ dst, gw }: Route): Route {
  return compact({ dst, gw });
}

export function readDns(dns: Field): Dns {
  return compact({
    nameservers: dns.key("nameservers").texts(),
    domain: dns.key("domain").text(),
    search: dns.key("search").texts(),
    options: dns.key("options").texts(),
  });
}

/** The DNS settings without empty members. */
export function writeDns(dns: Dns): Dns {
  const listed = (list: string[] | undefined) => (list?.length ? list : undefined);
  return compact({
    nameservers: listed(dns.nameservers),
    domain: dns.domain || undefined,
    search: listed(dns.search),
    options: listed(dns.options),
  });
}
