import { parseCidr } from "../address.ts";
import { compact } from "../compact.ts";
import { CniCode, CniError } from "../errors.ts";
import type { Field } from "../field.ts";
import type { IpConfig, Result, Route } from "../result.ts";
import type { ResultConverter } from "./converter.ts";
import { readCidr, readDns, readIp, readRoute, writeDns, writeRoute } from "./parts.ts";

/**
 * 0.1.0 and 0.2.0: no interfaces, at most one address of each family, and the routes under the address of
 * their family. Further addresses cannot be said and are left out.
 */
export const v010: ResultConverter = {
  write(result) {
    const ip4 = writeFamily(result, 4);
    const ip6 = writeFamily(result, 6);
    if (ip4 === undefined && ip6 === undefined) {
      throw new CniError(
        CniCode.incompatibleVersion,
        "a result without IP address cannot be said in CNI 0.1.0 or 0.2.0: set cniVersion to 0.3.0 or newer",
      );
    }
    return compact({ ip4, ip6, dns: writeDns(result.dns) });
  },

  read(result) {
    const families = [result.key("ip4"), result.key("ip6")].filter((family) => !family.isAbsent);
    return {
      interfaces: [],
      ips: families.map(readIpConfig),
      routes: families.flatMap((family) => family.key("routes").items().map(readRoute)),
      dns: readDns(result.key("dns")),
    };
  },
};

function writeFamily(result: Result, family: 4 | 6) {
  const first = result.ips.find((ip) => parseCidr(ip.address)?.family === family);
  if (first === undefined) {
    return undefined;
  }
  const routes: Route[] = result.routes
    .filter((route) => parseCidr(route.dst)?.family === family)
    .map(writeRoute);
  return compact({
    ip: first.address,
    gateway: first.gateway,
    routes: routes.length > 0 ? routes : undefined,
  });
}

function readIpConfig(family: Field): IpConfig {
  return compact({ address: readCidr(family.key("ip")), gateway: readIp(family.key("gateway")) });
}
