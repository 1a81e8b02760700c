import { expect, test } from "bun:test";
import { readEnvironment } from "../cni/environment.ts";
import { CNI_VARIABLES } from "../cni/variables.ts";
import type { Exchange } from "./exchange.ts";
import { outcomeOf } from "./forward.ts";

const ERROR = '{"cniVersion":"1.1.0","code":11,"msg":"the agent is starting"}\n';
const outcome = (exchange: Exchange, mode: "auto" | "required", verb: "ADD" | "DEL" = "ADD") =>
  outcomeOf(verb === "DEL", { mode, socket: "/run/a.sock" }, exchange, "request 1");

const absent: Exchange = { kind: "absent", reason: "nobody listens on /run/a.sock" };
const lost: Exchange = { kind: "lost", reason: "it closed the connection without an answer" };

test("the agent's answer is printed as it is; 200 alone is success", () => {
  expect(outcome({ kind: "answered", status: 200, body: '{"ips":[]}\n' }, "auto")).toEqual({
    exitCode: 0,
    output: '{"ips":[]}\n',
  });
  expect(outcome({ kind: "answered", status: 200, body: "" }, "auto", "DEL")).toEqual({
    exitCode: 0,
    output: "",
  });
  const failed: Exchange = { kind: "answered", status: 500, body: ERROR };
  expect(outcome(failed, "auto", "DEL")).toEqual({ exitCode: 1, output: ERROR });
});

test("without an agent the plugin does the job itself, or pods wait", () => {
  expect(outcome(absent, "auto")).toBe("here");
  expect(outcome(absent, "auto", "DEL")).toBe("here");
  expect(outcome(absent, "required")).toEqual({
    refusal:
      'the agent is not running on this node: nobody listens on /run/a.sock; start it (skynet agent), or set plugin.agent to "auto"',
    details: "request 1",
  });
});

test("an agent that is ending has begun nothing, so the plugin may do it", () => {
  const ending: Exchange = { kind: "answered", status: 410, body: ERROR };
  expect(outcome(ending, "auto")).toBe("here");
  expect(outcome(ending, "required")).toEqual({ exitCode: 1, output: ERROR });
});

test("pods wait for an agent that takes no calls now; those that are to go need not", () => {
  const refused: Exchange = { kind: "answered", status: 503, body: ERROR };
  const printed = { exitCode: 1, output: ERROR } as const;
  expect(outcome(refused, "auto")).toEqual(printed);
  expect(outcome(refused, "auto", "DEL")).toBe("here");
  expect(outcome(refused, "required", "DEL")).toEqual(printed);
});

test("a call that the agent may have begun is repeated by the runtime; a DEL can be done here", () => {
  const refusal = {
    refusal: "the agent failed at this call: it closed the connection without an answer; its log says why",
    details: "request 1",
  };
  expect(outcome(lost, "auto")).toEqual(refusal);
  expect(outcome(lost, "required")).toEqual(refusal);
  expect(outcome(lost, "required", "DEL")).toEqual(refusal);
  expect(outcome(lost, "auto", "DEL")).toBe("here");
});

test.each([
  [404, "there is nothing here"],
  [500, '{"msg":"no code"}'],
  [200, "<html>"],
  [500, ""],
])("an answer %d %p is not of the agent", (status, body) => {
  expect(outcome({ kind: "answered", status, body }, "required")).toMatchObject({
    refusal: expect.stringContaining("who listens on /run/a.sock is no agent of skynet"),
  });
});

test("the agent gets every variable that is read of a call, and no others", () => {
  const read = new Set<string>();
  const values = {
    CNI_COMMAND: "ADD",
    CNI_CONTAINERID: "c1",
    CNI_NETNS: "/run/netns/c1",
    CNI_IFNAME: "eth0",
  };
  const env = new Proxy<Record<string, string>>(values, {
    get: (variables, name: string) => {
      read.add(name);
      return variables[name];
    },
  });
  readEnvironment(env);
  expect([...read].sort()).toEqual([...CNI_VARIABLES].sort());
});
