import { expect, test } from "bun:test";
import * as v from "valibot";
import { DEFAULT_AGENT_SOCKET } from "../config/agent.ts";
import { DeadlinesSchema } from "../config/node.ts";
import { chooseAgent } from "./choice.ts";

const choose = (config: object, verb = "ADD") => chooseAgent(verb, JSON.stringify(config));

test("without a word about it the agent is asked at its usual place", () => {
  expect(choose({})).toEqual({ mode: "auto", socket: DEFAULT_AGENT_SOCKET, seconds: 120 });
  expect(choose({ plugin: { agent: "" }, agent: { socket: "" } })).toEqual(choose({}));
});

test("the configuration says where it is, and whether pods wait for it", () => {
  const config = { plugin: { agent: "required" }, agent: { socket: "/run/a.sock" }, deadlines: { del: 7 } };
  expect(choose(config, "DEL")).toEqual({ mode: "required", socket: "/run/a.sock", seconds: 7 });
});

test("each verb has the deadline that the schema gives it", () => {
  const { add, del, check, gc } = v.parse(DeadlinesSchema, {});
  const seconds = ["ADD", "DEL", "CHECK", "STATUS", "GC"].map((verb) => choose({}, verb)?.seconds);
  expect(seconds).toEqual([add, del, check, check, gc]);
});

test.each(["1e309", "3601", "0", "-1", '"7"'])("a deadline of %s is not waited for", (seconds) => {
  expect(chooseAgent("ADD", `{"deadlines":{"add":${seconds}}}`)).toEqual(choose({}));
});

test.each(["VERSION", "UNKNOWN", "toString", undefined])("%p is no verb for the agent", (verb) => {
  expect(chooseAgent(verb, "{}")).toBeUndefined();
});

test.each([
  ["switched off", { plugin: { agent: "off" } }],
  ["set to what nobody knows", { plugin: { agent: "maybe" } }],
  ["at no path", { agent: { socket: 5 } }],
])("it is not asked when it is %s", (_, config) => {
  expect(choose(config)).toBeUndefined();
});

test.each(["", "{", "null", "[", "5"])("nor when standard input is %p", (stdin) => {
  expect(chooseAgent("ADD", stdin)).toBeUndefined();
});
