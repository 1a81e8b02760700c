import { type Neutron, pathOf } from "./client.ts";

/** Collections whose objects carry tags (extension `standard-attr-tag`). */
export type Taggable = "ports" | "networks" | "subnets" | "security-groups";

/** Gives an object exactly these tags. */
export async function replaceTags(
  neutron: Neutron,
  collection: Taggable,
  id: string,
  tags: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const path = `${pathOf(collection, id)}/tags`;
  await neutron.send({ method: "PUT", path, body: { tags }, signal }, "tags");
}
