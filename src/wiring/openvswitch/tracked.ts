/** Connections as ovs-vswitchd lists them (lib/ct-dpif.c, ct_dpif_format_entry), one a line. */

/** Protocols whose connections are removed one by one, with their numbers. */
const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, sctp: 132 };

/** What names a connection in `dpctl/flush-conntrack`: its zone, and its first tuple. */
export type ConnectionName = readonly [zone: string, tuple: string];

/** Who has sent the first packet, and the first answer. There may be a hundred thousand lines to look through. */
export function sourcesOf(line: string): string[] {
  return SOURCES.map((mark) => {
    const start = line.indexOf(mark) + mark.length;
    return line.slice(start, line.indexOf(",", start));
  });
}

const SOURCES = ["orig=(src=", "reply=(src="] as const;

/**
 * Reads a line such as `udp,orig=(src=10.0.0.5,dst=10.0.0.6,sport=1,dport=2),reply=(src=10.0.0.6,…),zone=7`.
 *
 * @returns undefined for what cannot be removed by itself. That is ICMPv6 above all: Open vSwitch 3.1.0 aborts when it is
 *   to look up such a tuple, given whole or in part. Within a minute of their last packet these are gone by themselves.
 */
export function nameOf(line: string): ConnectionName | undefined {
  const [, protocolName = "", first] = /^(\w+),orig=\(([^)]*)\)/.exec(line) ?? [];
  const protocol = PROTOCOLS[protocolName];
  if (protocol === undefined || first === undefined) return undefined;
  const { src = "", dst = "", ...ends } = readFields(first);
  const family = src.includes(":") ? "ipv6" : "nw";
  const [, zone = "0"] = /,zone=(\d+)/.exec(line) ?? [];
  const tuple = {
    [`ct_${family}_src`]: src,
    [`ct_${family}_dst`]: dst,
    ct_nw_proto: protocol,
    ...(protocolName === "icmp"
      ? { icmp_type: ends.type, icmp_code: ends.code, icmp_id: ends.id }
      : { ct_tp_src: ends.sport, ct_tp_dst: ends.dport }),
  };
  return [
    `zone=${zone}`,
    Object.entries(tuple)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
  ];
}

function readFields(text: string): Record<string, string> {
  return Object.fromEntries(text.split(",").map((field) => field.split("=", 2) as [string, string]));
}
