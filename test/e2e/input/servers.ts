/**
 * Every server that the cases speak to, on the loopback of this process's network namespace: good ones (the simulated
 * Neutron and Keystone, the lab's API server), and ones that are wrong in one way each.
 */
import { startApiServer } from "../../../lab/apiserver/server.ts";
import { seed } from "../../../lab/seed.ts";
import { ACCOUNTS } from "../../../lab/simulator/accounts.ts";
import { startSimulator } from "../../../lab/simulator/server.ts";
import * as kubernetes from "../../../src/kubernetes/testdata/index.ts";
import { POD } from "./call.ts";
import { SECRET } from "./case.ts";
import type { Places } from "./places.ts";
import { portIds } from "./remains.ts";

const OPENSTACK_FILES = new URL("../../../src/openstack/testdata/", import.meta.url).pathname;
const MEMBER = ACCOUNTS.find(({ roles }) => !roles.includes("admin"));

export interface Servers {
  readonly places: Places;
  /** Ids of the ports that Neutron has. */
  ports(): Promise<string[]>;
}

export async function startServers(): Promise<Servers> {
  const neutron = startSimulator();
  const keystone = startSimulator({ auth: "keystone" });
  const places = {
    ...(await stockNeutron(neutron.url)),
    ...(await stockKeystone(keystone.url)),
    ...(await fullNeutron()),
    ...(await apiServers()),
    ...(await tlsServers()),
    ...strangers(),
    "openstack-files": OPENSTACK_FILES,
    "kubernetes-files": `${kubernetes.testFile("")}/`,
  };
  return { places, ports: () => portIds(neutron.url) };
}

/** Networks, and ports of others that are in the way. */
async function stockNeutron(url: string): Promise<Places> {
  const { flat1, vlan101, vx1, web } = await seed(url);
  const post = (kind: string, item: object) => create(url, kind, item);
  const full = await post("network", { name: "full", ...VLAN });
  const pool = [{ start: "10.60.0.2", end: "10.60.0.2" }];
  await post("subnet", { network_id: full, ip_version: 4, cidr: "10.60.0.0/24", allocation_pools: pool });
  await post("port", { network_id: full });
  const machine = {
    network_id: vlan101.id,
    device_owner: "compute:nova",
    device_id: "a-machine",
    mac_address: "fa:16:3e:aa:00:01",
    fixed_ips: [{ subnet_id: vlan101.subnets[4], ip_address: "10.51.0.77" }],
  };
  await post("port", machine);
  const router = {
    network_id: vlan101.id,
    device_owner: "network:router_interface",
    fixed_ips: [{ subnet_id: vlan101.subnets[4], ip_address: "10.51.0.78" }],
  };
  await post("port", router);
  // On this host, unlike on the others, Neutron's agent runs.
  await send(`${url}/_sim/agents`, "POST", { host: "agents-node" });
  return {
    neutron: url,
    "neutron-port": portOf(url),
    flat1: flat1.id,
    vlan101: vlan101.id,
    "vlan101-subnet": vlan101.subnets[4],
    vx1: vx1.id,
    web,
    full,
  };
}

const VLAN = {
  "provider:network_type": "vlan",
  "provider:physical_network": "physnet1",
  "provider:segmentation_id": 103,
};

/** A Neutron behind Keystone, with a user who may not bind ports to hosts. */
async function stockKeystone(url: string): Promise<Places> {
  const [admin] = ACCOUNTS;
  const { userName, password, projectName } = admin ?? { userName: "", password: "", projectName: "" };
  const domain = { id: "default" };
  const identity = { methods: ["password"], password: { user: { name: userName, domain, password } } };
  const scope = { project: { name: projectName, domain } };
  const reply = await fetch(`${url}/v3/auth/tokens`, {
    method: "POST",
    body: JSON.stringify({ auth: { identity, scope } }),
  });
  const { flat1 } = await seed(url, reply.headers.get("X-Subject-Token") ?? "");
  return {
    keystone: url,
    "keystone-flat1": flat1.id,
    member: MEMBER?.userName ?? "",
    "member-password": MEMBER?.password ?? "",
    "member-project": MEMBER?.projectName ?? "",
  };
}

/** A Neutron in which no port can be made any more. */
async function fullNeutron(): Promise<Places> {
  const { url } = startSimulator();
  const { vlan101 } = await seed(url);
  await send(`${url}/v2.0/quotas/fake_project_id`, "PUT", { quota: { port: 0 } });
  return { "over-quota": url, "over-quota-network": vlan101.id };
}

async function apiServers(): Promise<Places> {
  const open = startApiServer();
  const [cert, key] = await Promise.all([
    kubernetes.testText("server.crt"),
    kubernetes.testText("server.key"),
  ]);
  const guarded = startApiServer({ tls: { cert, key }, token: `${SECRET}-good-token` });
  const clientCa = await kubernetes.testText("ca.crt");
  const wantsClient = startApiServer({ tls: { cert, key, clientCa } });
  for (const { pods } of [open, guarded, wantsClient]) {
    pods.create(POD.namespace, { metadata: { name: POD.name, uid: POD.uid } });
  }
  return {
    api: open.url,
    "api-port": portOf(open.url),
    "api-tls": guarded.url,
    "api-tls-port": portOf(guarded.url),
    "api-client-cert": wantsClient.url,
  };
}

async function tlsServers(): Promise<Places> {
  const openstack = (name: string) => Bun.file(`${OPENSTACK_FILES}${name}.pem`).text();
  const [ca, cert, key] = await Promise.all(["ca", "server", "server-key"].map(openstack));
  const kubernetesPair = async (name: string) => ({
    cert: await kubernetes.testText(`${name}.crt`),
    key: await kubernetes.testText(`${name}.key`),
  });
  const tls = { cert: cert ?? "", key: key ?? "" };
  const serve = (options: Bun.TLSOptions) => {
    const server = Bun.serve({
      hostname: "0.0.0.0",
      port: 0,
      tls: options,
      fetch: () => Response.json({}),
    });
    return String(server.port);
  };
  return {
    "tls-port": serve(tls),
    "tls-client-port": serve({ ...tls, ca: ca ?? "", requestCert: true, rejectUnauthorized: true }),
    "tls-other-name-port": serve(await kubernetesPair("other-name")),
    "tls-expired-port": serve(await kubernetesPair("expired")),
  };
}

/** Servers that are not what one takes them for. */
function strangers(): Places {
  const page = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";
  const html = { headers: { "Content-Type": "text/html" } };
  const neutronError = {
    NeutronError: { type: "HTTPInternalServerError", message: "Request Failed", detail: "" },
  };
  const forbidden = {
    kind: "Status",
    apiVersion: "v1",
    code: 403,
    reason: "Forbidden",
    message: `pods "${POD.name}" is forbidden: User "system:node:node1" cannot get resource "pods"`,
  };
  return {
    nobody: "http://127.0.0.1:1",
    hanging: serve(() => new Promise(() => {})),
    "web-page": serve(() => new Response(page, html)),
    "web-page-502": serve(() => new Response(page, { ...html, status: 502 })),
    garbage: serve(() => new Response('{"network": {"id": "e5e7')),
    "other-api": serve(() => Response.json({ versions: [] })),
    failing: serve(() => Response.json(neutronError, { status: 500 })),
    busy: serve(() => new Response("", { status: 429, headers: { "Retry-After": "1800" } })),
    redirecting: serve(() => Response.redirect("https://login.example.org/", 302)),
    unauthorized: serve(() => new Response("Authentication required", { status: 401 })),
    forbidding: serve(() => Response.json(forbidden, { status: 403 })),
    "not-found": serve(() => new Response("404 page not found", { status: 404 })),
    "not-http": listen((socket) => socket.end("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")),
    "hanging-up": listen((socket) => socket.end()),
  };
}

function serve(answer: () => Response | Promise<Response>): string {
  return Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: answer }).url.origin;
}

function listen(open: (socket: Bun.Socket) => void): string {
  const { port } = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open, data() {} } });
  return `http://127.0.0.1:${port}`;
}

function portOf(url: string): string {
  return new URL(url).port;
}

async function create(url: string, kind: string, item: object): Promise<string> {
  const made = await send(`${url}/v2.0/${kind}s`, "POST", { [kind]: item });
  return (made[kind] as { id: string }).id;
}

async function send(url: string, method: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
