/**
 * Who there is in the lab's Keystone, all in domain Default, each with its name as password:
 *
 * | user    | project | roles                 | is                                                   |
 * |---------|---------|-----------------------|------------------------------------------------------|
 * | admin   | admin   | admin                 | the administrator                                    |
 * | neutron | service | admin, service        | what neutron-server checks tokens with               |
 * | skynet  | k8s     | admin, member         | may bind ports to hosts and ask for addresses        |
 * | cni     | k8s     | member                | may not: for seeing what policy refuses              |
 */
import { keystoneApiUrl, keystoneUrl } from "../layout.ts";

interface Assignment {
  readonly user: string;
  readonly project: string;
  readonly roles: readonly string[];
}

const assignments: readonly Assignment[] = [
  { user: "neutron", project: "service", roles: ["admin", "service"] },
  { user: "skynet", project: "k8s", roles: ["admin", "member"] },
  { user: "cni", project: "k8s", roles: ["member"] },
];

/** Makes users, projects and the catalogue's entry for Neutron in an empty, running Keystone. */
export async function createIdentities(): Promise<void> {
  const admin = await KeystoneAdmin.login();
  const roles = await admin.names("roles");
  const domain = "default";
  roles.set("service", await admin.create("roles", "role", { name: "service" }));
  const projects = new Map<string, string>();
  for (const { user, project, roles: granted } of assignments) {
    const projectId =
      projects.get(project) ??
      (await admin.create("projects", "project", { name: project, domain_id: domain }));
    projects.set(project, projectId);
    const userId = await admin.create("users", "user", { name: user, password: user, domain_id: domain });
    for (const role of granted) await admin.grant(projectId, userId, roles.get(role) ?? "");
  }
  const service = await admin.create("services", "service", { name: "neutron", type: "network" });
  for (const name of ["public", "internal", "admin"]) {
    const endpoint = { service_id: service, interface: name, url: keystoneApiUrl, region_id: "RegionOne" };
    await admin.create("endpoints", "endpoint", endpoint);
  }
}

/** A token of a user of the table above, whose password is the user's name. */
export async function issueToken(user: string, project: string): Promise<string> {
  const domain = { id: "default" };
  const auth = {
    identity: { methods: ["password"], password: { user: { name: user, password: user, domain } } },
    scope: { project: { name: project, domain } },
  };
  const response = await send("POST", "/auth/tokens", { auth });
  return response.headers.get("X-Subject-Token") ?? "";
}

class KeystoneAdmin {
  readonly #token: string;

  private constructor(token: string) {
    this.#token = token;
  }

  static async login(): Promise<KeystoneAdmin> {
    return new KeystoneAdmin(await issueToken("admin", "admin"));
  }

  /** Creates one object and answers its id. */
  async create(collection: string, singular: string, body: Record<string, string>): Promise<string> {
    const response = await send("POST", `/${collection}`, { [singular]: body }, this.#token);
    const answer = (await response.json()) as Record<string, { id: string }>;
    return answer[singular]?.id ?? "";
  }

  async grant(project: string, user: string, role: string): Promise<void> {
    await send("PUT", `/projects/${project}/users/${user}/roles/${role}`, undefined, this.#token);
  }

  /** Ids of a collection's objects by their names. */
  async names(collection: string): Promise<Map<string, string>> {
    const response = await send("GET", `/${collection}`, undefined, this.#token);
    const answer = (await response.json()) as Record<string, { id: string; name: string }[]>;
    return new Map((answer[collection] ?? []).map(({ id, name }) => [name, id]));
  }
}

async function send(method: string, path: string, body?: object, token?: string): Promise<Response> {
  const response = await fetch(`${keystoneUrl}${path}`, {
    method,
    headers: {
      "Content-Type": "application/json",
      ...(token === undefined ? {} : { "X-Auth-Token": token }),
    },
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok)
    throw new Error(`Keystone: ${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}
