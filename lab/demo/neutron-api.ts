/** The little that the demo asks Neutron itself, from inside the lab's control namespace. */

/** What the demo shows of a port. */
export interface Port {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly mac_address: string;
  readonly device_id: string;
  readonly tags: readonly string[];
  readonly "binding:host_id": string;
}

const TIMEOUT = 60_000;

export async function listPorts(url: string): Promise<Port[]> {
  return (await get<{ ports: Port[] }>(url, "ports")).ports;
}

/** The `default` security group of the project that a group belongs to. */
export async function defaultGroupBeside(url: string, group: string): Promise<string> {
  const { security_group } = await get<{ security_group: { project_id: string } }>(
    url,
    `security-groups/${group}`,
  );
  const query = new URLSearchParams({ name: "default", project_id: security_group.project_id, fields: "id" });
  const { security_groups } = await get<{ security_groups: { id: string }[] }>(
    url,
    `security-groups?${query}`,
  );
  const [found] = security_groups;
  if (!found) throw new Error(`project ${security_group.project_id} has no security group "default"`);
  return found.id;
}

async function get<T>(url: string, path: string): Promise<T> {
  const response = await fetch(`${url}/v2.0/${path}`, { signal: AbortSignal.timeout(TIMEOUT) });
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${path}: Neutron answered ${response.status} ${text}`);
  return JSON.parse(text) as T;
}
