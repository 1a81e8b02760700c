import { expect, test } from "bun:test";
import { CniError } from "../cni/errors.ts";
import { parsePodRequest } from "../kubernetes/pod-request.ts";
import { requireEnforcement } from "./enforcement.ts";
import type { Target } from "./target.ts";
import type { World } from "./world.ts";

const WEB = "31a8f352-580e-4136-9f91-fa8829aa179c";
const pod = { namespace: "shop", name: "web-0", uid: undefined };
const askedFor = (annotations: Record<string, string>) =>
  parsePodRequest({ pod, annotations: new Map(Object.entries(annotations)), ips: [], macs: [] });
const nothing = askedFor({});
const web = askedFor({ "skynet/security_group_ids": WEB });
const inGroups = (...securityGroups: string[]) => ({ securityGroups }) as unknown as Target;

interface Setting {
  plugin_type?: string;
  neutron_agent?: "required" | "none";
  security_groups?: "warn" | "require" | "ignore";
}

/** Every warning of the node's log, or the error. */
function outcome(setting: Setting, asked = nothing, target = inGroups(WEB)): string[] | CniError {
  const warnings: string[] = [];
  const plugin = {
    plugin_type: "linuxbridge",
    neutron_agent: "none",
    security_groups: "warn",
    ...setting,
  };
  const driver = plugin.plugin_type === "macvlan" ? undefined : { vifType: "bridge", agent: "it" };
  const log = { warn: (message: string) => warnings.push(message) };
  const world = { config: { plugin }, wiring: { driver }, log } as unknown as World;
  try {
    requireEnforcement(world, asked, target, "pod shop/web-0");
    return warnings;
  } catch (error) {
    if (error instanceof CniError) return error;
    throw error;
  }
}

test("with Neutron's agent on the node groups are the agent's business", () => {
  const setting: Setting = { neutron_agent: "required", security_groups: "require" };
  expect(outcome(setting)).toEqual([]);
  expect(outcome(setting, web)).toEqual([]);
});

test.each<[Setting, string]>([
  [{}, 'without Neutron\'s agent on the node (plugin.neutron_agent "none")'],
  [{ plugin_type: "macvlan", neutron_agent: "required" }, 'with plugin.plugin_type "macvlan"'],
])("%j: groups of the configuration give a warning", (setting, why) => {
  expect(outcome(setting)).toEqual([`${why} nothing enforces security groups: every packet passes`]);
});

test("a pod that asks for groups is refused by its annotation", () => {
  const error = outcome({ plugin_type: "macvlan" }, web);
  expect(error).toMatchObject({ code: 101 });
  expect(String(error)).toContain(
    'annotation skynet/security_group_ids of pod shop/web-0: with plugin.plugin_type "macvlan" nothing enforces',
  );
});

test("where groups are required, those of the configuration are refused as well", () => {
  expect(outcome({ security_groups: "require" })).toMatchObject({ code: 101 });
  expect(outcome({ security_groups: "require" }, nothing, inGroups())).toEqual([]);
});

test("where they are to be ignored, nothing is said", () => {
  expect(outcome({ security_groups: "ignore" }, web)).toEqual([]);
});
