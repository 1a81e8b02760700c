/** What becomes of a call when there is no agent, or none that can take it. Runs in a lab's control namespace, on the simulator. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { waitFor } from "../../../lab/wait.ts";
import { VERSION } from "../../../src/version.ts";
import { AgentScene } from "./scene.ts";

let scene: AgentScene;
beforeAll(async () => {
  scene = await AgentScene.open();
});
afterEach(() => scene.reset());
afterAll(() => scene.reset());

const SUCCESS = { kind: "success" };
const refused = (msg: string) => ({ kind: "error", error: { code: 11, msg: expect.stringContaining(msg) } });

describe("without an agent", () => {
  test("auto: the plugin does the whole job", async () => {
    scene.addNetwork("own", "auto");
    const pod = await scene.addPod();
    expect(await scene.call("STATUS", undefined, "own")).toMatchObject(SUCCESS);
    for (const verb of ["ADD", "CHECK", "DEL"] as const) {
      expect(await scene.call(verb, pod, "own")).toMatchObject(SUCCESS);
    }
    expect(await scene.leaks()).toEqual([]);
  });

  test("auto: a socket that an agent left when it was killed is nobody's", async () => {
    await scene.agent.start();
    await scene.agent.kill();
    scene.addNetwork("own", "auto");
    const pod = await scene.addPod();
    expect(await scene.call("ADD", pod, "own")).toMatchObject(SUCCESS);
    expect(await scene.call("DEL", pod, "own")).toMatchObject(SUCCESS);
    expect(await scene.leaks()).toEqual([]);
  });

  test("required: every verb says that it is not running, and VERSION needs none", async () => {
    const pod = await scene.addPod();
    for (const verb of ["ADD", "CHECK", "DEL"] as const) {
      expect(await scene.call(verb, pod)).toMatchObject(refused("the agent is not running on this node"));
    }
    for (const verb of ["STATUS", "GC"] as const) {
      expect(await scene.call(verb, undefined)).toMatchObject(
        refused("the agent is not running on this node"),
      );
    }
    expect(await scene.call("VERSION", undefined)).toMatchObject(SUCCESS);
    expect(scene.rows()).toEqual([]);
  });
});

test("off: an agent that runs is not asked", async () => {
  await scene.agent.start();
  scene.addNetwork("own", "off");
  const pod = await scene.addPod();
  expect(await scene.call("ADD", pod, "own")).toMatchObject(SUCCESS);
  const [row] = scene.rows();
  expect(row?.owner.pid).not.toBe(scene.agent.pid);
  expect(await scene.call("DEL", pod, "own")).toMatchObject(SUCCESS);
  expect(await scene.leaks()).toEqual([]);
});

describe("an agent that is starting", () => {
  const hold = () => scene.node.path("hold");
  const program = [process.execPath, `${import.meta.dir}/held-agent.ts`];
  afterEach(() => rmSync(hold(), { force: true }));

  test.each(["required", "auto"] as const)(
    "%s: pods wait, and are served as soon as it is ready",
    async (mode) => {
      writeFileSync(hold(), "");
      await scene.agent.begin("", { program, env: { SKYNET_TEST_HOLD: hold() } });
      const starting = "the agent is starting: what is held";
      await waitFor("socket", async () => (await scene.agent.readiness()) === starting);
      expect(await scene.agent.get("/healthz")).toEqual({ status: 200, body: "ok\n" });
      scene.addNetwork("own", mode);
      const pod = await scene.addPod();
      expect(await scene.call("ADD", pod, "own")).toMatchObject(refused(starting));
      rmSync(hold());
      await waitFor("ready agent", async () => (await scene.agent.readiness()) === "ready");
      expect(await scene.call("ADD", pod, "own")).toMatchObject(SUCCESS);
      expect(await scene.call("DEL", pod, "own")).toMatchObject(SUCCESS);
      expect(await scene.leaks()).toEqual([]);
    },
  );

  test("ends when it is told to", async () => {
    writeFileSync(hold(), "");
    await scene.agent.begin("", { program, env: { SKYNET_TEST_HOLD: hold() } });
    await waitFor("socket", async () => (await scene.agent.readiness()).includes("starting"));
    await scene.agent.stop(5_000);
    expect(await scene.agent.readiness()).toBe("absent");
  });
});

describe("an agent that is frozen", () => {
  const deadlines = { add: 1, del: 1, check: 1 };

  test("required: each verb ends with code 11 when its time is over, and what was asked is not done later", async () => {
    scene.addNetwork("own", "required", { deadlines });
    await scene.agent.start();
    scene.agent.signal("SIGSTOP");
    const pod = await scene.addPod();
    const stuck = refused("the agent failed at this call: it did not answer in time");
    const outcomes = await Promise.all([
      scene.call("ADD", pod, "own"),
      scene.call("DEL", pod, "own"),
      scene.call("STATUS", undefined, "own"),
    ]);
    for (const outcome of outcomes) expect(outcome).toMatchObject(stuck);
    scene.agent.signal("SIGCONT");
    await waitFor("end of the ADD", () => /failed .*verb=ADD/.test(scene.agent.log()));
    expect(await scene.leaks()).toEqual([]);
  });

  test("auto: the plugin detaches the pod itself", async () => {
    scene.addNetwork("own", "auto", { deadlines: { ...deadlines, add: 60 } });
    await scene.agent.start();
    const pod = await scene.addPod();
    expect(await scene.call("ADD", pod, "own")).toMatchObject(SUCCESS);
    scene.agent.signal("SIGSTOP");
    expect(await scene.call("DEL", pod, "own")).toMatchObject(SUCCESS);
    expect(await scene.ports()).toEqual([]);
    scene.agent.signal("SIGCONT");
    expect(await scene.leaks()).toEqual([]);
  });
});

test.each([
  ["talks something else", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "it answered something else than HTTP"],
  ["hangs up", "", "it closed the connection without an answer"],
  [
    "is another server",
    "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone",
    "is no agent of skynet (HTTP status 404)",
  ],
])(
  "who listens in the agent's place and %s: code 11, and auto detaches all the same",
  async (_, answer, msg) => {
    const path = scene.agent.socketPath;
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    const impostor = Bun.listen({ unix: path, socket: { data: (socket) => void socket.end(answer) } });
    try {
      scene.addNetwork("own", "auto");
      const pod = await scene.addPod();
      expect(await scene.call("ADD", pod, "own")).toMatchObject(refused(msg));
      expect(await scene.call("DEL", pod, "own")).toMatchObject(SUCCESS);
      expect(await scene.call("DEL", pod)).toMatchObject(refused(msg));
    } finally {
      impostor.stop(true);
      rmSync(path, { force: true });
    }
  },
);

test("the agent is told the configuration word for word, and of the environment what CNI defines", async () => {
  const path = scene.agent.socketPath;
  mkdirSync(dirname(path), { recursive: true });
  let heard = "";
  const answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  const listener = Bun.listen({
    unix: path,
    socket: {
      data(socket, data) {
        heard += data.toString();
        socket.end(answer);
      },
    },
  });
  try {
    const pod = await scene.addPod();
    expect(await scene.call("DEL", pod, "home", { env: { OS_PASSWORD: "secret" } })).toMatchObject(SUCCESS);
    const { env, stdin, version } = JSON.parse(heard.slice(heard.indexOf("\r\n\r\n")));
    expect(Object.keys(env).sort()).toEqual([
      "CNI_ARGS",
      "CNI_COMMAND",
      "CNI_CONTAINERID",
      "CNI_IFNAME",
      "CNI_NETNS",
      "CNI_PATH",
    ]);
    expect(env).toMatchObject({ CNI_COMMAND: "DEL", CNI_CONTAINERID: pod.containerId });
    expect(JSON.parse(stdin)).toMatchObject({ name: "home", type: "skynet" });
    expect(version).toBe(VERSION);
  } finally {
    listener.stop(true);
    rmSync(path, { force: true });
  }
});
