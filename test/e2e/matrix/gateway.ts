/**
 * A gateway for the cell's network. On flat and VLAN networks it is a host on the wire that neither Neutron nor an agent
 * knows. Nothing outside the nodes speaks the tunnels' encapsulation: there the pod on the other node puts on the
 * gateway's address, and shows that the pods' default route resolves and is answered.
 */
import { addGateway } from "../../../lab/gateway.ts";
import { ipBatch } from "../../../lab/namespaces.ts";
import type { CellScene } from "./cell-scene.ts";

export type Family = 4 | 6;

/** Addresses that only the default route leads to. */
export const behindGateway: Record<Family, string> = { 4: "203.0.113.1", 6: "2001:db8::1" };

export interface Gateway extends AsyncDisposable {
  /** What the pods' default route names. */
  readonly address: string;
}

/** Lets the gateway of a1's default route answer, also as an address behind it, until disposed. */
export async function withGateway(scene: CellScene, family: Family): Promise<Gateway> {
  const address = await defaultGateway(scene, family);
  const undo = new AsyncDisposableStack();
  const namespace = await host(scene, address, undo);
  await wear(namespace, "lo", behindGateway[family], undo);
  return { address, [Symbol.asyncDispose]: () => undo.disposeAsync() };
}

/** The network namespace of whoever has the gateway's address; given it, where nobody has. */
async function host(scene: CellScene, address: string, undo: AsyncDisposableStack): Promise<string> {
  const { type } = scene.place;
  if (type === "flat") return scene.lab.layout.control;
  if (type === "vlan") {
    const gateway = await addGateway(scene.lab, "vlan101");
    undo.defer(() => gateway.remove());
    return gateway.pod.netns;
  }
  const { netns } = scene.b.pod;
  await wear(netns, "eth0", address, undo);
  return netns;
}

async function wear(
  namespace: string,
  device: string,
  address: string,
  undo: AsyncDisposableStack,
): Promise<void> {
  const [length, flags] = address.includes(":") ? [128, "nodad"] : [32, ""];
  const where = `${address}/${length} dev ${device}`;
  await ipBatch(namespace, [`address replace ${where} ${flags}`]);
  undo.defer(() => ipBatch(namespace, [`address del ${where}`]));
}

async function defaultGateway({ a1 }: CellScene, family: Family): Promise<string> {
  const output = await a1.pod.run(["ip", "-json", `-${family}`, "route", "show", "default"]);
  const [route] = JSON.parse(output) as { gateway?: string }[];
  if (!route?.gateway) throw new Error(`${a1.pod.name} has no default route of IPv${family}`);
  return route.gateway;
}
