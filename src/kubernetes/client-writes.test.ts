import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type ApiServer, startApiServer } from "../../lab/apiserver/server.ts";
import { KubernetesClient } from "./client.ts";
import { FakeApi, statusReply } from "./testdata/fake-api.ts";

const WEB = { namespace: "shop", name: "web-0" };
const EVENT = { metadata: { name: "web-0.1", namespace: "shop" }, involvedObject: { ...WEB, uid: "u-1" } };

const ample = () => AbortSignal.timeout(10_000);

let api: ApiServer;
let client: KubernetesClient;
beforeEach(() => {
  api = startApiServer();
  client = new KubernetesClient({ server: api.url, origin: "test" });
  api.pods.create("shop", { metadata: { name: "web-0", uid: "u-1", annotations: { mine: "1" } } });
});
afterEach(() => api.stop());

describe("annotatePod", () => {
  test("sets one annotation, leaves the others, and needs no more than the status", async () => {
    const pod = await client.annotatePod({ ...WEB, uid: "u-1" }, { "skynet/status": "{}" }, ample());
    expect(pod?.metadata?.annotations).toEqual({ mine: "1", "skynet/status": "{}" });
    expect(api.pods.get("shop", "web-0")).toEqual(pod as never);
    expect(api.faults.calls).toEqual({ "patch pods/status": 1 });
  });

  test("leaves a later pod of the same name alone", async () => {
    expect(await client.annotatePod({ ...WEB, uid: "u-0" }, { x: "1" }, ample())).toBeUndefined();
    expect(api.pods.get("shop", "web-0").metadata.annotations).toEqual({ mine: "1" });
  });

  test("finds no pod that is gone", async () => {
    expect(await client.annotatePod({ ...WEB, name: "web-1" }, { x: "1" }, ample())).toBeUndefined();
  });

  test("takes a UID that cannot change for another pod as well", async () => {
    const message = 'Pod "web-0" is invalid: metadata.uid: Invalid value: "u-0": field is immutable';
    using strict = new FakeApi([statusReply(422, "Invalid", message)]);
    const asking = new KubernetesClient(strict.access()).annotatePod({ ...WEB, uid: "u-0" }, {}, ample());
    expect(await asking).toBeUndefined();
  });

  test("fails when another change was first", async () => {
    using busy = new FakeApi([statusReply(409, "Conflict", "the object has been modified")]);
    const asking = new KubernetesClient(busy.access()).annotatePod(WEB, {}, ample());
    await expect(asking).rejects.toMatchObject({ kind: "conflict", status: 409 });
  });
});

describe("createEvent", () => {
  test("makes an event, and takes one that is there for its own", async () => {
    expect(await client.createEvent(EVENT, ample())).toBe(true);
    expect(await client.createEvent(EVENT, ample())).toBe(true);
    expect(api.events.list("shop").items).toHaveLength(1);
  });

  const GOING = "unable to create new content in namespace shop because it is being terminated";
  test.each([
    ["gone", statusReply(404, "NotFound", 'namespaces "shop" not found')],
    ["about to go", statusReply(403, "Forbidden", `events "web-0.1" is forbidden: ${GOING}`)],
  ])("is told when the namespace is %s", async (_, reply) => {
    using server = new FakeApi([reply]);
    expect(await new KubernetesClient(server.access()).createEvent(EVENT, ample())).toBe(false);
  });

  test("fails when it may not", async () => {
    api.faults.add({ verb: "create", status: 403 });
    const asking = client.createEvent(EVENT, ample());
    await expect(asking).rejects.toThrow("does not let us POST /api/v1/namespaces/shop/events");
  });

  test("fails when the server does not take the event", async () => {
    api.faults.add({ verb: "create", status: 422 });
    await expect(client.createEvent(EVENT, ample())).rejects.toMatchObject({ kind: "invalid" });
  });
});

describe("patchEvent", () => {
  test("changes an event that is there", async () => {
    await client.createEvent(EVENT, ample());
    expect(await client.patchEvent("shop", "web-0.1", { count: 2 }, ample())).toBe(true);
    expect(api.events.get("shop", "web-0.1")).toMatchObject({ count: 2, involvedObject: { uid: "u-1" } });
    expect(await client.patchEvent("shop", "web-0.2", { count: 2 }, ample())).toBe(false);
  });
});
