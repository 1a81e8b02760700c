import { parseCidr } from "../address.ts";
import type { Field } from "../field.ts";
import type { IpConfig } from "../result.ts";
import type { ResultConverter } from "./converter.ts";
import { writeDns } from "./parts.ts";
import { readCommon, v100, writeIp } from "./v100.ts";

/** 0.3.0, 0.3.1 and 0.4.0: each address names its family, and `dns` is always there. */
export const v030: ResultConverter = {
  write(result) {
    return { ...v100.write(result), ips: result.ips.map(writeVersionedIp), dns: writeDns(result.dns) };
  },

  read(result) {
    result.key("ips").items().forEach(checkVersion);
    return readCommon(result);
  },
};

function writeVersionedIp(ip: IpConfig): Record<string, unknown> {
  const family = parseCidr(ip.address)?.family ?? 4;
  return { version: String(family), ...writeIp(ip) };
}

function checkVersion(ip: Field): void {
  const version = ip.key("version");
  const text = version.text();
  if (text !== undefined && text !== "4" && text !== "6") {
    throw version.error('must be "4" or "6"');
  }
}
