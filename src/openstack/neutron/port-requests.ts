import { type Neutron, pathOf } from "./client.ts";
import type { Port, PortUpdate } from "./port.ts";

/** @throws OpenStackError of kind `notFound` */
export function getPort(neutron: Neutron, id: string, signal: AbortSignal): Promise<Port> {
  return neutron.get<Port>(pathOf("ports", id), "port", signal);
}

/**
 * Changes a port; with `ifRevision` only when its `revision_number` still is that one (extension `revision-if-match`).
 * @throws OpenStackError of kind `revision` when somebody else was faster; `ambiguous` when a change bound to a revision got no
 *   answer: such a request is never repeated, since it would be refused for its own success
 */
export function updatePort(
  neutron: Neutron,
  id: string,
  changes: PortUpdate,
  signal: AbortSignal,
  ifRevision?: number,
): Promise<Port> {
  const request = { method: "PUT", path: pathOf("ports", id), body: { port: changes }, signal } as const;
  const condition =
    ifRevision === undefined
      ? {}
      : ({ safety: "once", headers: { "If-Match": `revision_number=${ifRevision}` } } as const);
  return neutron.send<Port>({ ...request, ...condition }, "port");
}

/**
 * Deletes a port; one that is not there is a success.
 * @returns whether it was there, as far as the answer that arrived tells
 */
export function deletePort(neutron: Neutron, id: string, signal: AbortSignal): Promise<boolean> {
  return neutron.delete(pathOf("ports", id), signal);
}
