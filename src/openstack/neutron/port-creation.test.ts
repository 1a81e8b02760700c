import { expect, test } from "bun:test";
import type { OpenStackError } from "../errors.ts";
import { Session } from "../session.ts";
import {
  ample,
  type FakeReply,
  type FakeRequest,
  type FakeServer,
  fakePort,
  NO_PAUSES,
  neutronError,
  noauthNeutron,
  noauthSettings,
  serve,
} from "../test-support.ts";
import { Neutron } from "./client.ts";
import type { Port, PortDraft } from "./ports.ts";
import * as ports from "./ports.ts";

/** When is looked for ports whose creation was not answered: without waiting. */
const AT_ONCE = [0, 0];

const createPort = (neutron: Neutron, draft: PortDraft, signal: AbortSignal) =>
  ports.createPort(neutron, draft, signal, AT_ONCE);
const createPorts = (neutron: Neutron, drafts: readonly PortDraft[], signal: AbortSignal) =>
  ports.createPorts(neutron, drafts, signal, AT_ONCE);

const BULK = ["tag-ports-during-bulk-creation"];
const TAGS = ["skynet", "skynet-cluster=k8s"];
const DRAFT: PortDraft = {
  network_id: "net-a",
  name: "default_web",
  device_id: "skynet:c1:eth0",
  tags: TAGS,
};

/** What happens to the next POST: it goes through, or one of the ways to fail. */
type Fate = "ok" | "lost before" | "lost after" | FakeReply;

/** A Neutron that keeps ports and does to each POST what `fates` says, then goes on well. */
class FakePorts {
  readonly ports = new Map<string, Port>();
  readonly fates: Fate[] = [];
  tagging: FakeReply | undefined;
  #next = 0;

  readonly answer = ({ method, path, body, query }: FakeRequest): FakeReply => {
    const id = path.split("/")[3] ?? "";
    if (method === "POST") return this.#post(body as { port?: PortDraft; ports?: PortDraft[] });
    if (method === "DELETE") return { status: this.ports.delete(id) ? 204 : 404 };
    if (method === "PUT") return this.tagging ?? this.#tag(id, (body as { tags: string[] }).tags);
    const ports = [...this.ports.values()].filter(({ device_id }) =>
      query.getAll("device_id").includes(device_id),
    );
    return { body: { ports } };
  };

  add(draft: PortDraft): Port {
    const id = `port-${++this.#next}`;
    const { tags, ...rest } = draft;
    const port = fakePort({ ...(rest as Partial<Port>), id, tags: [...(tags ?? [])] });
    this.ports.set(id, port);
    return port;
  }

  #post({ port, ports }: { port?: PortDraft; ports?: PortDraft[] }): FakeReply {
    const fate = this.fates.shift() ?? "ok";
    if (fate === "lost before") return "drop";
    if (fate !== "ok" && fate !== "lost after") return fate;
    const made = (ports ?? [port as PortDraft]).map((draft) => this.add(draft));
    if (fate === "lost after") return "drop";
    return { status: 201, body: ports === undefined ? { port: made[0] } : { ports: made } };
  }

  #tag(id: string, tags: string[]): FakeReply {
    this.ports.set(id, { ...(this.ports.get(id) as Port), tags });
    return { body: { tags } };
  }
}

async function fake(...fates: Fate[]): Promise<{ ports: FakePorts; server: FakeServer } & AsyncDisposable> {
  const ports = new FakePorts();
  ports.fates.push(...fates);
  const server = await serve(ports.answer);
  return { ports, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const posts = (server: FakeServer) => server.requests.filter(({ method }) => method === "POST");

test("one request makes the port with its tags where Neutron can", async () => {
  await using cloud = await fake();
  const port = await createPort(noauthNeutron(cloud.server.url, BULK), DRAFT, ample());
  expect(port).toMatchObject({ id: "port-1", tags: TAGS });
  expect(cloud.server.calls).toEqual(["POST /v2.0/ports"]);
  expect(cloud.server.requests[0]?.body).toEqual({ ports: [DRAFT] });
});

test("else the tags follow", async () => {
  await using cloud = await fake();
  await createPort(noauthNeutron(cloud.server.url), DRAFT, ample());
  expect(cloud.server.calls).toEqual(["POST /v2.0/ports", "PUT /v2.0/ports/port-1/tags"]);
  const { tags, ...port } = DRAFT;
  expect(cloud.server.requests.map(({ body }) => body)).toEqual([{ port }, { tags }]);
  expect(cloud.ports.ports.get("port-1")?.tags).toEqual(TAGS);
});

test("a port that cannot be tagged is deleted again", async () => {
  await using cloud = await fake();
  cloud.ports.tagging = neutronError(400, "HTTPBadRequest");
  const creation = createPort(noauthNeutron(cloud.server.url), DRAFT, ample());
  await expect(creation).rejects.toMatchObject({ kind: "invalid", ambiguous: false });
  expect(cloud.ports.ports.size).toBe(0);
});

test("a port that can neither be tagged nor deleted is told to be in doubt", async () => {
  await using cloud = await fake();
  cloud.server.handler = (request) =>
    request.method === "POST" ? cloud.ports.answer(request) : neutronError(400, "X");
  const creation = createPort(noauthNeutron(cloud.server.url), DRAFT, ample());
  await expect(creation).rejects.toMatchObject({ kind: "invalid", ambiguous: true });
});

test("the configured project goes into the body", async () => {
  await using cloud = await fake();
  const settings = noauthSettings(cloud.server.url, { projectId: "mine" });
  await createPort(new Neutron(new Session(settings), BULK), DRAFT, ample());
  expect(cloud.server.requests[0]?.body).toEqual({ ports: [{ ...DRAFT, project_id: "mine" }] });
});

test.each([
  ["with bulk tags", BULK],
  ["without", []],
])(
  "a lost answer after the commit: the port is found, and no second one made (%s)",
  async (_name, extensions) => {
    await using cloud = await fake("lost after");
    const port = await createPort(noauthNeutron(cloud.server.url, extensions), DRAFT, ample());
    expect(port.id).toBe("port-1");
    expect(cloud.ports.ports.get("port-1")?.tags).toEqual(TAGS);
    expect(cloud.ports.ports.size).toBe(1);
    expect(posts(cloud.server)).toHaveLength(1);
  },
);

test.each<[string, Fate]>([
  ["a lost request", "lost before"],
  ["500", { status: 500 }],
  ["502", { status: 502 }],
  ["504", { status: 504 }],
])("%s without a commit: it is sent again", async (_name, fate) => {
  await using cloud = await fake(fate);
  const port = await createPort(noauthNeutron(cloud.server.url, BULK), DRAFT, ample());
  expect(port.id).toBe("port-1");
  expect(posts(cloud.server)).toHaveLength(2);
});

test("503 was a refusal: it is sent again without looking", async () => {
  await using cloud = await fake({ status: 503 }, { status: 429 });
  await createPort(noauthNeutron(cloud.server.url, BULK), DRAFT, ample());
  expect(cloud.server.calls).toEqual(["POST /v2.0/ports", "POST /v2.0/ports", "POST /v2.0/ports"]);
});

test("somebody else's port with the same device_id is not taken for ours", async () => {
  await using cloud = await fake("lost before");
  cloud.ports.add({ ...DRAFT, network_id: "net-b" });
  cloud.ports.add({ ...DRAFT, name: "default_other" });
  expect((await createPort(noauthNeutron(cloud.server.url, BULK), DRAFT, ample())).id).toBe("port-3");
  expect(cloud.ports.ports.size).toBe(3);
});

test("a commit that comes late leaves no twin behind", async () => {
  await using cloud = await fake("lost before");
  const { answer } = cloud.ports;
  cloud.server.handler = (request) => {
    // The first request, given up for lost, is carried out just before the second.
    if (request.method === "POST" && posts(cloud.server).length === 2) cloud.ports.add(DRAFT);
    return answer(request);
  };
  const port = await createPort(noauthNeutron(cloud.server.url, BULK), DRAFT, ample());
  expect([...cloud.ports.ports.keys()]).toEqual([port.id]);
});

test("a commit that comes late and holds the wanted address is found by the conflict", async () => {
  await using cloud = await fake("lost before", neutronError(409, "IpAddressAlreadyAllocated"));
  const { answer } = cloud.ports;
  cloud.server.handler = (request) => {
    if (request.method === "POST" && posts(cloud.server).length === 2) cloud.ports.add(DRAFT);
    return answer(request);
  };
  expect((await createPort(noauthNeutron(cloud.server.url, BULK), DRAFT, ample())).id).toBe("port-1");
});

test("doubt that remains is told", async () => {
  const retry = { ...NO_PAUSES, attempts: 1 };
  await using cloud = await fake();
  cloud.server.handler = ({ method }) => (method === "POST" ? "drop" : { status: 503 });
  const neutron = new Neutron(new Session(noauthSettings(cloud.server.url), { retry }), BULK);
  const error = (await createPort(neutron, DRAFT, ample()).catch((e) => e)) as OpenStackError;
  expect(error).toMatchObject({ kind: "unreachable", method: "POST", ambiguous: true, retryable: true });
  expect(posts(cloud.server)).toHaveLength(1); // Without having looked, nothing is sent again.
});

test("requests that are lost again and again end, in doubt", async () => {
  await using cloud = await fake("lost before", "lost before", "lost before", "lost before");
  const creation = createPort(noauthNeutron(cloud.server.url, BULK), DRAFT, ample());
  await expect(creation).rejects.toMatchObject({ kind: "unreachable", ambiguous: true });
  expect(posts(cloud.server)).toHaveLength(3);
});

test("a commit that comes while looking is found", async () => {
  await using cloud = await fake("lost before");
  const { answer } = cloud.ports;
  cloud.server.handler = (request) => {
    const reply = answer(request);
    if (request.method === "GET") cloud.ports.add(DRAFT);
    return reply;
  };
  expect((await createPort(noauthNeutron(cloud.server.url, BULK), DRAFT, ample())).id).toBe("port-1");
  expect(posts(cloud.server)).toHaveLength(1);
});

test("the deadline ends it, in doubt", async () => {
  await using cloud = await fake("hang");
  const creation = createPort(noauthNeutron(cloud.server.url, BULK), DRAFT, AbortSignal.timeout(50));
  await expect(creation).rejects.toMatchObject({ kind: "timeout", ambiguous: true });
  expect(cloud.server.calls).toEqual(["POST /v2.0/ports"]);
});

test("a refusal is handed up at once", async () => {
  await using cloud = await fake(neutronError(409, "OverQuota"));
  const creation = createPort(noauthNeutron(cloud.server.url, BULK), DRAFT, ample());
  await expect(creation).rejects.toMatchObject({ kind: "quota", ambiguous: false });
  expect(cloud.server.requests).toHaveLength(1);
});

const DRAFTS = ["a", "b", "c"].map((name) => ({ ...DRAFT, name, device_id: `skynet:${name}` }));

test("many ports are one request, answered in the order asked for", async () => {
  await using cloud = await fake();
  const { answer } = cloud.ports;
  cloud.server.handler = (request) => {
    const reply = answer(request) as { body: { ports: Port[] } };
    reply.body.ports.reverse();
    return reply;
  };
  const ports = await createPorts(noauthNeutron(cloud.server.url, BULK), DRAFTS, ample());
  expect(ports.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  expect(cloud.server.calls).toEqual(["POST /v2.0/ports"]);
});

test("many ports whose answer is lost are all found", async () => {
  await using cloud = await fake("lost after");
  const ports = await createPorts(noauthNeutron(cloud.server.url, BULK), DRAFTS, ample());
  expect(ports.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  expect(cloud.ports.ports.size).toBe(3);
});

test("when only a part was made, all are made anew and the part is deleted", async () => {
  await using cloud = await fake("lost before");
  cloud.ports.add(DRAFTS[1] as PortDraft);
  const ports = await createPorts(noauthNeutron(cloud.server.url, BULK), DRAFTS, ample());
  expect(ports.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  expect([...cloud.ports.ports.keys()].sort()).toEqual(ports.map(({ id }) => id).sort());
});
