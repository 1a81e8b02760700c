import { compact } from "../compact.ts";
import type { Field } from "../field.ts";
import type { Interface, IpConfig, Result } from "../result.ts";
import type { ResultConverter } from "./converter.ts";
import { readCidr, readDns, readIp, readRoute, writeDns, writeRoute } from "./parts.ts";

/** 1.0.0: the family of an address is no longer said, and empty `dns` is left out. */
export const v100: ResultConverter = {
  write(result) {
    const dns = writeDns(result.dns);
    return compact({
      interfaces: result.interfaces.map(writeInterface),
      ips: result.ips.map(writeIp),
      routes: result.routes.map(writeRoute),
      dns: Object.keys(dns).length > 0 ? dns : undefined,
    });
  },

  read: (result) => readCommon(result),
};

export function writeInterface({ name, mac, sandbox }: Interface): Interface {
  return compact({ name, mac, sandbox });
}

/** `interface` is written whenever it is known: 0 is an index like any other. */
export function writeIp(ip: IpConfig): IpConfig {
  return compact({ interface: ip.interface, address: ip.address, gateway: ip.gateway });
}

/** Reads what the shapes since 0.3.0 have in common. */
export function readCommon(result: Field): Result {
  const interfaces = result.key("interfaces").items().map(readInterface);
  return {
    interfaces,
    ips: result
      .key("ips")
      .items()
      .map((ip) => readIpConfig(ip, interfaces.length)),
    routes: result.key("routes").items().map(readRoute),
    dns: readDns(result.key("dns")),
  };
}

export function readInterface(field: Field): Interface {
  return compact({
    name: field.key("name").requiredText(),
    mac: field.key("mac").text(),
    sandbox: field.key("sandbox").text(),
  });
}

function readIpConfig(ip: Field, interfaces: number): IpConfig {
  const field = ip.key("interface");
  const index = field.count();
  if (index !== undefined && index >= interfaces) {
    throw field.error(`must be the index of one of the ${interfaces} interfaces`);
  }
  return compact({
    interface: index,
    address: readCidr(ip.key("address")),
    gateway: readIp(ip.key("gateway")),
  });
}
