/** Where a database listens, in the words of Open vSwitch's own tools (ovsdb(7), "Connection Methods"). */
export type OvsdbAddress = { readonly unix: string } | { readonly hostname: string; readonly port: number };

/**
 * Reads `unix:PATH` and `tcp:HOST:PORT`, an IPv6 address in brackets.
 *
 * @throws RangeError for anything else
 */
export function parseOvsdbAddress(text: string): OvsdbAddress {
  const [, path] = /^unix:(\/.+)$/s.exec(text) ?? [];
  if (path !== undefined) return { unix: path };
  const [, host, port] = /^tcp:(\[[^\]]+\]|[^:[\]]+):(\d+)$/.exec(text) ?? [];
  if (host !== undefined && Number(port) <= 0xffff) {
    return { hostname: host.replace(/^\[|\]$/g, ""), port: Number(port) };
  }
  throw new RangeError(`${JSON.stringify(text)} must be unix:PATH or tcp:HOST:PORT`);
}
