/** A security group that lets nothing in, as Neutron makes every new one. */
import type { Cloud } from "../simulator/cloud.ts";

const NAME = "kills-closed";

/** @returns its id; the same one when it is there already */
export async function addClosedGroup(cloud: Cloud): Promise<string> {
  type Group = { id: string };
  const path = "/v2.0/security-groups";
  const { security_groups: present } = await cloud.call<{ security_groups: Group[] }>(
    "GET",
    `${path}?name=${NAME}`,
  );
  if (present[0]) return present[0].id;
  const body = { security_group: { name: NAME } };
  const { security_group: made } = await cloud.call<{ security_group: Group }>("POST", path, body);
  return made.id;
}
