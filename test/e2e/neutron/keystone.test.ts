import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { issueToken } from "../../../lab/neutron/identities.ts";
import { Scene } from "./scene.ts";

type Json = Record<string, unknown>;

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
  if (scene.lab.backend !== "neutron-keystone") throw new Error("these tests need backend neutron-keystone");
});
afterEach(async () => {
  expect(await scene.close()).toEqual([]);
});

const inProject = { project_name: "k8s", project_domain_name: "Default" };
const byPassword = { username: "skynet", password: "skynet", user_domain_id: "default", ...inProject };

/** A configuration without Neutron's URL, and with a store of its own; calls to OpenStack are logged in that store. */
async function through(openstack: Json): Promise<Json & { state_dir: string }> {
  const state_dir = await scene.stateDir();
  return {
    state_dir,
    log_level: "debug",
    log_file: join(state_dir, "skynet.log"),
    neutron: { neutron_url: "" },
    openstack: { auth_url: scene.lab.keystoneUrl, ...openstack },
  };
}

/** How often a configuration's calls have authenticated. */
async function authentications({ state_dir }: { state_dir: string }): Promise<number> {
  const log = await readFile(join(state_dir, "skynet.log"), "utf8");
  return log.match(/called OpenStack .*path=\/v3\/auth\/tokens/g)?.length ?? 0;
}

async function keystone<T>(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Json,
): Promise<T> {
  const response = await fetch(`${scene.lab.keystoneUrl}${path}`, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === "" ? {} : JSON.parse(text)) as T;
}

/** A new application credential of the user skynet, as the configuration names it. */
async function applicationCredential(token: string): Promise<Json> {
  const headers = { "X-Auth-Token": token };
  const whose = { ...headers, "X-Subject-Token": token };
  const { token: owner } = await keystone<{ token: { user: { id: string } } }>("GET", "/auth/tokens", whose);
  const collection = `/users/${owner.user.id}/application_credentials`;
  const { application_credential: made } = await keystone<{
    application_credential: { id: string; secret: string };
  }>("POST", collection, headers, { application_credential: { name: `test-${crypto.randomUUID()}` } });
  scene.defer(() => keystone("DELETE", `${collection}/${made.id}`, headers));
  return { application_credential_id: made.id, application_credential_secret: made.secret };
}

/** A clouds.yaml that names the user, and the password in the secure.yaml beside it. */
async function cloudsFile(): Promise<string> {
  const folder = await scene.stateDir();
  const auth = { auth_url: scene.lab.keystoneUrl, username: "skynet", project_name: "k8s" };
  await writeFile(join(folder, "clouds.yaml"), Bun.YAML.stringify({ clouds: { lab: { auth } } }));
  const secret = { clouds: { lab: { auth: { password: "skynet" } } } };
  await writeFile(join(folder, "secure.yaml"), Bun.YAML.stringify(secret), { mode: 0o600 });
  return join(folder, "clouds.yaml");
}

/** A token whose life is over, of a Keystone that gave it hardly any. */
async function expiredToken(): Promise<string> {
  const server = scene.lab.neutron.keystone;
  scene.defer(() => server.start());
  await server.kill();
  await server.start({ tokenLifetime: 1 });
  const token = await issueToken("skynet", "k8s");
  await server.kill();
  await server.start();
  return token;
}

test("password, clouds.yaml, application credential, token: pods by the endpoint in the catalogue", async () => {
  const token = await issueToken("skynet", "k8s");
  const ways: Json[] = [
    byPassword,
    { auth_url: "", cloud: "lab", clouds_file: await cloudsFile() },
    await applicationCredential(token),
    { token, ...inProject },
  ];
  const { network } = await scene.api<{ network: { project_id: string } }>(
    "GET",
    `networks/${scene.lab.seeded.flat1.id}`,
  );
  await Promise.all(
    ways.map(async (way) => {
      const { pod, runtime } = await scene.attach({ config: await through(way) });
      expect((await scene.portOf(pod))?.project_id).toBe(network.project_id);
      expect(await pod.ping("10.50.0.1")).toBe(2);
      await runtime.del(pod);
      expect(await scene.portOf(pod)).toBeUndefined();
    }),
  );
});

test("a token serves many pods, in a file that only root may read", async () => {
  const config = await through(byPassword);
  const first = await scene.attach({ config });
  const folder = join(config.state_dir, "tokens");
  const [name = ""] = await readdir(folder);
  const modes = await Promise.all(
    [folder, join(folder, name)].map(async (path) => (await stat(path)).mode & 0o777),
  );
  expect(modes).toEqual([0o700, 0o600]);
  await scene.attach({ config });
  await first.runtime.del(first.pod);
  expect(await authentications(config)).toBe(1);
  expect(await readdir(folder)).toEqual([name]);
});

test("a token that was revoked, forged or has expired costs one more authentication", async () => {
  const nowhere = { "skynet/network_id": "00000000-0000-4000-8000-000000000000" };
  const expired = await expiredToken();
  const taster = await through(byPassword);
  expect((await scene.refused({ config: taster, annotations: nowhere })).code).toBe(101);
  const [name = ""] = await readdir(join(taster.state_dir, "tokens"));
  const good = JSON.parse(await readFile(join(taster.state_dir, "tokens", name), "utf8"));
  const revoked = await issueToken("skynet", "k8s");
  await keystone("DELETE", "/auth/tokens", { "X-Auth-Token": good.token, "X-Subject-Token": revoked });
  const bad = [{ token: expired }, { token: revoked }, { token: "gAAAAABforged" }, { expiresAt: Date.now() }];
  await Promise.all(
    bad.map(async (change) => {
      const config = await through(byPassword);
      await mkdir(join(config.state_dir, "tokens"), { mode: 0o700 });
      const file = join(config.state_dir, "tokens", name);
      await writeFile(file, JSON.stringify({ ...good, ...change }), { mode: 0o600 });
      const { pod } = await scene.attach({ config });
      expect(await pod.ping("10.50.0.1")).toBe(2);
      expect(await authentications(config)).toBe(1);
      expect(JSON.parse(await readFile(file, "utf8")).token).not.toBe(change.token ?? good.token);
    }),
  );
});

test("a wrong password, and a user whom Neutron's policy does not let bind ports", async () => {
  const [wrong, member] = await Promise.all([
    scene.refused({ config: await through({ ...byPassword, password: "wrong" }) }),
    scene.refused({ config: await through({ ...byPassword, username: "cni", password: "cni" }) }),
  ]);
  expect([wrong.code, member.code]).toEqual([103, 103]);
  for (const part of ["Keystone", "401", "check user, password"]) expect(wrong.msg).toContain(part);
  for (const part of ["403", "a policy for create_port:binding:host_id"]) expect(member.msg).toContain(part);
});
