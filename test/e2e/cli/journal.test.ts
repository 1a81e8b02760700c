/** Draining the journal: the built executable against the simulator, on loopback. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../../lab/simulator/server.ts";
import { openStore } from "../../../src/state/index.ts";
import { skynet } from "./executable.ts";

/** Nothing listens there: port 1 (tcpmux) is never given out to those who ask for any port. */
const NOBODY = "http://127.0.0.1:1";

let dir: string;
let simulator: Simulator;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "skynet-journal-"));
  simulator = startSimulator();
});
afterEach(async () => {
  await simulator.stop();
  rmSync(dir, { recursive: true });
});

/** Writes a configuration and returns its path. */
function configure(neutron_url: string): string {
  const path = join(dir, "20-skynet.conf");
  const plugin = { plugin_type: "linuxbridge" };
  const content = { name: "skynet", type: "skynet", state_dir: dir, neutron: { neutron_url }, plugin };
  writeFileSync(path, JSON.stringify(content));
  return path;
}

function note(network: string, deviceId: string, portId?: string): void {
  const store = openStore(dir);
  store.journal.add({
    network,
    deviceId,
    portId,
    reason: "no connection",
    notBefore: Date.now() + 3_600_000,
  });
  store.close();
}

async function api(method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${simulator.url}/v2.0/${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
}

async function makePort(deviceId: string): Promise<string> {
  const networks = (await (await api("GET", "networks")).json()) as { networks: { id: string }[] };
  const known = networks.networks[0]?.id;
  const network_id = known ?? (await made("network", { name: "net" }));
  return made("port", { network_id, device_id: deviceId });
}

async function made(kind: "network" | "port", fields: object): Promise<string> {
  const answer = await api("POST", `${kind}s`, { [kind]: fields });
  const body = (await answer.json()) as Record<string, { id: string }>;
  return body[kind]?.id ?? expect.unreachable(`no ${kind}: ${JSON.stringify(body)}`);
}

test("pending deletes are done now, whether their time has come or not, by id and by device", async () => {
  const byId = await makePort("skynet:c1:eth0");
  const byDevice = await makePort("skynet:c2:eth0");
  const stranger = await makePort("skynet:c3:eth0");
  note("skynet", "skynet:c1:eth0", byId);
  note("skynet", "skynet:c2:eth0");

  const outcome = await skynet(["journal", "drain", "--config", configure(simulator.url)]);
  expect(outcome).toEqual({ exitCode: 0, output: 'network "skynet": 2 deleted, 0 left\n', errors: "" });
  expect((await api("GET", `ports/${byId}`)).status).toBe(404);
  expect((await api("GET", `ports/${byDevice}`)).status).toBe(404);
  expect((await api("GET", `ports/${stranger}`)).status).toBe(200);

  const again = await skynet(["journal", "drain", "--config", configure(simulator.url)]);
  expect(again).toMatchObject({
    exitCode: 0,
    output: 'no delete is pending for the network "skynet"\n',
  });
});

test("with Neutron away everything is left, with the reason, and the exit code says so", async () => {
  note("skynet", "skynet:c1:eth0", "31a8f352-580e-4136-9f91-fa8829aa179c");
  const config = configure(NOBODY);
  const outcome = await skynet(["journal", "drain", "--config", config]);
  expect(outcome.exitCode).toBe(1);
  expect(outcome.output).toStartWith('network "skynet": 0 deleted, 1 left\n');
  expect(outcome.output).toContain(`${NOBODY}/v2.0/ports/`);

  const listed = await skynet(["journal", "--config", config, "--json"]);
  expect(JSON.parse(listed.output)).toMatchObject([
    { deviceId: "skynet:c1:eth0", reason: "no connection", attempts: 1 },
  ]);
});

test("deletes of another network are left alone and mentioned", async () => {
  note("storage", "skynet:c9:net1", await makePort("skynet:c9:net1"));
  const { exitCode, output, errors } = await skynet([
    "journal",
    "drain",
    "--json",
    "--config",
    configure(simulator.url),
  ]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(output)).toMatchObject({
    network: "skynet",
    deleted: 0,
    left: [],
    otherNetworks: [{ network: "storage", deviceId: "skynet:c9:net1" }],
  });
  expect(errors).toBe("");
});
