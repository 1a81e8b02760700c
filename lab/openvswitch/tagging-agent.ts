/** Plays the part of Neutron's Open vSwitch agent that can be seen on a node: it gives new ports of Neutron's their VLAN. */
import { OvsdbClient } from "../../src/ovsdb/client.ts";
import { select, update } from "../../src/ovsdb/operations.ts";
import { readMap, readNumber, readText } from "../../src/ovsdb/values.ts";

/** Any that is not the dead one. */
export const LOCAL_VLAN = 7;

/**
 * Tags every port with an interface that has an `iface-id`.
 *
 * @param address of the database, `unix:PATH`
 * @returns what ends it
 */
export async function startTaggingAgent(address: string): Promise<() => Promise<void>> {
  const stop = new AbortController();
  const { signal } = stop;
  const client = await OvsdbClient.connect(address, "Open_vSwitch", signal);
  const watched = { Interface: { columns: ["external_ids"], where: [] } };
  const work = client
    .until(watched, () => tagNewPorts(client, signal), signal)
    .catch((error) => {
      if (!signal.aborted) throw error;
    });
  return async () => {
    stop.abort();
    await work;
    client[Symbol.dispose]();
  };
}

async function tagNewPorts(client: OvsdbClient, signal: AbortSignal): Promise<undefined> {
  const [interfaces, ports] = await client.transact(
    [select("Interface", [], ["name", "external_ids"]), select("Port", [], ["name", "tag"])],
    signal,
  );
  const wired = new Set(
    interfaces?.rows
      ?.filter(({ external_ids: ids }) => readMap(ids)["iface-id"] !== undefined)
      .map(({ name }) => readText(name)),
  );
  const untagged = ports?.rows?.filter(
    ({ name, tag }) => wired.has(readText(name)) && readNumber(tag) === undefined,
  );
  const tags = untagged?.map(({ _uuid }) => update("Port", [["_uuid", "==", _uuid]], { tag: LOCAL_VLAN }));
  if (tags && tags.length > 0) await client.transact(tags, signal);
}
