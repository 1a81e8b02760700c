import { describe, expect, test } from "bun:test";
import { writeResult } from "./convert.ts";
import { type CniIo, dispatch, type Handlers } from "./dispatch.ts";
import { CniCode, CniError, messageOf } from "./errors.ts";
import type { CniRequest } from "./request.ts";
import type { Result } from "./result.ts";
import { isAtLeast, SUPPORTED_VERSIONS, VERB_SINCE, type Verb } from "./versions.ts";

const RESULT: Result = {
  interfaces: [{ name: "eth0", mac: "fa:16:3e:00:00:01", mtu: 1450, sandbox: "/run/netns/c1" }],
  ips: [{ interface: 0, address: "10.50.0.17/24", gateway: "10.50.0.1" }],
  routes: [{ dst: "0.0.0.0/0", gw: "10.50.0.1" }],
  dns: { nameservers: ["10.50.0.2"] },
};

const ENV = {
  CNI_CONTAINERID: "c1",
  CNI_NETNS: "/run/netns/c1",
  CNI_IFNAME: "eth0",
  CNI_PATH: "/opt/cni/bin",
};

interface Call {
  command?: string;
  env?: Record<string, string | undefined>;
  /** Merged into a valid configuration; a text is standard input as it is. */
  config?: Record<string, unknown> | string;
  handlers?: Partial<Handlers>;
  io?: Partial<CniIo>;
}

/** Dispatches one call and gathers everything observable about it. */
async function call({ command = "ADD", env = {}, config = {}, handlers = {}, io = {} }: Call) {
  const served: [verb: string, request: CniRequest][] = [];
  const record = (verb: string) => async (request: CniRequest) => {
    served.push([verb, request]);
  };
  const all: Handlers = {
    add: async (request) => {
      served.push(["add", request]);
      return RESULT;
    },
    del: record("del"),
    check: record("check"),
    status: record("status"),
    gc: record("gc"),
    ...handlers,
  };
  let stdout = "";
  let loads = 0;
  const load = async () => {
    loads += 1;
    return all;
  };
  const toCniError = (error: unknown) =>
    error instanceof CniError ? error : new CniError(CniCode.internal, `unexpected: ${messageOf(error)}`);
  const exitCode = await dispatch(
    {
      env: { CNI_COMMAND: command, ...ENV, ...env },
      readStdin: async () =>
        typeof config === "string" ? config : JSON.stringify({ cniVersion: "1.1.0", name: "net", ...config }),
      writeStdout: (text) => {
        stdout += text;
      },
      sameNetns: () => false,
      ...io,
    },
    load,
    toCniError,
  );
  const answer = stdout === "" ? undefined : JSON.parse(stdout);
  return { exitCode, stdout, answer, served, loads };
}

/** What a verb needs in the configuration beyond the name. */
function configOf(verb: Verb, cniVersion: string): Record<string, unknown> {
  switch (verb) {
    case "CHECK":
      return { cniVersion, prevResult: { cniVersion, interfaces: [], ips: [], routes: [], dns: {} } };
    case "GC":
      return { cniVersion, "cni.dev/valid-attachments": [] };
    default:
      return { cniVersion };
  }
}

describe("VERSION", () => {
  for (const version of SUPPORTED_VERSIONS) {
    test(`${version}: answers the version it was asked with and all supported ones`, async () => {
      const { exitCode, answer } = await call({ command: "VERSION", config: `{"cniVersion":"${version}"}` });
      expect(exitCode).toBe(0);
      expect(answer).toEqual({ cniVersion: version, supportedVersions: [...SUPPORTED_VERSIONS] });
    });
  }

  for (const stdin of ["", "{}", "garbage", "[]", '{"cniVersion": 5}']) {
    test(`answers even when standard input is ${JSON.stringify(stdin)}`, async () => {
      const { exitCode, answer } = await call({ command: "VERSION", config: stdin });
      expect(exitCode).toBe(0);
      expect(answer).toEqual({ cniVersion: "1.1.0", supportedVersions: [...SUPPORTED_VERSIONS] });
    });
  }

  test("tells a runtime of a later version what is supported", async () => {
    const { exitCode, answer } = await call({ command: "VERSION", config: '{"cniVersion":"2.0.0"}' });
    expect(exitCode).toBe(0);
    expect(answer).toEqual({ cniVersion: "2.0.0", supportedVersions: [...SUPPORTED_VERSIONS] });
  });

  test("needs no environment and loads no handlers", async () => {
    const env = { CNI_CONTAINERID: undefined, CNI_NETNS: undefined, CNI_IFNAME: undefined };
    const { exitCode, loads } = await call({ command: "VERSION", env });
    expect({ exitCode, loads }).toEqual({ exitCode: 0, loads: 0 });
  });
});

describe("ADD", () => {
  for (const version of SUPPORTED_VERSIONS) {
    test(`${version}: prints the result in the version of the configuration`, async () => {
      const { exitCode, stdout, answer, served } = await call({ config: { cniVersion: version } });
      expect(exitCode).toBe(0);
      expect(answer).toEqual(JSON.parse(JSON.stringify(writeResult(RESULT, version))));
      expect(stdout.endsWith("}\n")).toBe(true);
      expect(served.map(([verb]) => verb)).toEqual(["add"]);
    });
  }

  test("prints the result as 1.0.0 when the configuration says 1.0, and as 0.1.0 when it says nothing", async () => {
    expect((await call({ config: { cniVersion: "1.0" } })).answer.cniVersion).toBe("1.0.0");
    expect((await call({ config: { cniVersion: undefined } })).answer).toMatchObject({
      cniVersion: "0.1.0",
      ip4: { ip: "10.50.0.17/24" },
    });
  });

  for (const version of SUPPORTED_VERSIONS.filter((v) => isAtLeast(v, "0.3.0"))) {
    test(`${version}: in a chain, our result follows the one before`, async () => {
      const before: Result = {
        interfaces: [{ name: "lo", sandbox: "/run/netns/c1" }],
        ips: [{ interface: 0, address: "127.0.0.1/8" }],
        routes: [],
        dns: {},
      };
      const { answer } = await call({
        config: { cniVersion: version, prevResult: writeResult(before, version) },
      });
      expect(answer.interfaces.map((device: { name: string }) => device.name)).toEqual(["lo", "eth0"]);
      expect(answer.ips.map((ip: { interface: number }) => ip.interface)).toEqual([0, 1]);
    });
  }

  test("a result that the version cannot express is an error, not half a result", async () => {
    const add = async () => ({ ...RESULT, ips: [] });
    const { exitCode, answer } = await call({ config: { cniVersion: "0.2.0" }, handlers: { add } });
    expect(exitCode).toBe(1);
    expect(answer).toMatchObject({ cniVersion: "0.2.0", code: 1 });
  });

  test("hands the handler the checked request", async () => {
    const { served } = await call({ env: { CNI_ARGS: "K8S_POD_NAME=web-0" } });
    expect(served[0]?.[1]).toMatchObject({
      command: "ADD",
      containerId: "c1",
      netns: "/run/netns/c1",
      ifname: "eth0",
      args: new Map([["K8S_POD_NAME", "web-0"]]),
      path: ["/opt/cni/bin"],
      cniVersion: "1.1.0",
      networkName: "net",
    });
  });
});

describe("verbs that answer with nothing", () => {
  for (const verb of ["DEL", "CHECK", "STATUS", "GC"] as const) {
    for (const version of SUPPORTED_VERSIONS.filter((v) => isAtLeast(v, VERB_SINCE[verb]))) {
      test(`${verb} ${version}: is served, and prints nothing`, async () => {
        const { exitCode, stdout, served } = await call({ command: verb, config: configOf(verb, version) });
        expect(exitCode).toBe(0);
        expect(stdout).toBe("");
        expect(served.map(([name]) => name)).toEqual([verb.toLowerCase()]);
      });
    }

    for (const version of SUPPORTED_VERSIONS.filter((v) => !isAtLeast(v, VERB_SINCE[verb]))) {
      test(`${verb} ${version}: is refused with code 1`, async () => {
        const { exitCode, answer, loads } = await call({ command: verb, config: configOf(verb, version) });
        expect(exitCode).toBe(1);
        expect(answer).toMatchObject({ cniVersion: version, code: 1 });
        expect(loads).toBe(0);
      });
    }
  }

  test("DEL needs neither CNI_NETNS nor prevResult", async () => {
    const { exitCode, served } = await call({ command: "DEL", env: { CNI_NETNS: "" } });
    expect(exitCode).toBe(0);
    expect(served[0]?.[1].netns).toBe("");
  });

  test("GC hands over the attachments that stay", async () => {
    const kept = [{ containerID: "c2", ifname: "eth0" }];
    const { served } = await call({ command: "GC", config: { "cni.dev/valid-attachments": kept } });
    expect(served[0]?.[1].validAttachments).toEqual(kept);
  });

  test("CHECK hands over the result of ADD", async () => {
    const prevResult = writeResult(RESULT, "0.4.0");
    const { served } = await call({ command: "CHECK", config: { cniVersion: "0.4.0", prevResult } });
    expect(served[0]?.[1].prevResult?.ips).toEqual(RESULT.ips);
  });
});

describe("errors", () => {
  const REFUSED: [what: string, call: Call, code: number, named: string][] = [
    ["an unknown verb", { command: "PLUG", config: "" }, 4, "CNI_COMMAND"],
    ["a missing variable", { env: { CNI_IFNAME: "" } }, 4, "CNI_IFNAME"],
    ["empty standard input", { config: "" }, 6, "standard input"],
    ["broken JSON", { config: '{"cniVersion":"1.0.0",}' }, 6, "line 1, column 23"],
    ["an unknown version", { config: { cniVersion: "3.0.0" } }, 1, "3.0.0"],
    ["a missing name", { config: { name: undefined } }, 7, "name"],
    ["CHECK without prevResult", { command: "CHECK" }, 7, "prevResult"],
    ["GC without its list", { command: "GC" }, 7, "cni.dev/valid-attachments"],
    ["the plugin's own namespace", { io: { sameNetns: () => true } }, 8, "/run/netns/c1"],
  ];

  for (const [what, bad, code, named] of REFUSED) {
    test(`${what}: exit code 1, error ${code} on standard output, and no handler is loaded`, async () => {
      const { exitCode, answer, loads } = await call(bad);
      expect(exitCode).toBe(1);
      expect(Object.keys(answer).slice(0, 3)).toEqual(["cniVersion", "code", "msg"]);
      expect(answer.code).toBe(code);
      expect(answer.msg).toContain(named);
      expect(loads).toBe(0);
    });
  }

  for (const version of SUPPORTED_VERSIONS) {
    test(`${version}: an error is in the version of the configuration, whatever it is about`, async () => {
      const config = { cniVersion: version };
      const fail = async () => {
        throw new CniError(CniCode.tryAgainLater, "later");
      };
      expect((await call({ config, handlers: { add: fail } })).answer.cniVersion).toBe(version);
      expect((await call({ config, env: { CNI_IFNAME: "" } })).answer.cniVersion).toBe(version);
      expect((await call({ config: { ...config, name: "" } })).answer.cniVersion).toBe(version);
    });
  }

  test("an error about a configuration without version is in 0.1.0", async () => {
    expect((await call({ config: { cniVersion: undefined, name: "" } })).answer.cniVersion).toBe("0.1.0");
  });

  test("an error about an unsupported or unreadable version is in the newest one", async () => {
    expect((await call({ config: { cniVersion: "3.0.0" } })).answer.cniVersion).toBe("1.1.0");
    expect((await call({ config: "{" })).answer.cniVersion).toBe("1.1.0");
  });

  for (const verb of ["ADD", "DEL", "CHECK", "STATUS", "GC"] as const) {
    test(`${verb}: what the handler throws is printed with code, message and details`, async () => {
      const fail = async () => {
        throw new CniError(CniCode.exhausted, "no address left in subnet s", "IpAddressGenerationFailure");
      };
      const { exitCode, answer } = await call({
        command: verb,
        config: configOf(verb, "1.1.0"),
        handlers: { [verb.toLowerCase()]: fail },
      });
      expect(exitCode).toBe(1);
      expect(answer).toEqual({
        cniVersion: "1.1.0",
        code: 100,
        msg: "no address left in subnet s",
        details: "IpAddressGenerationFailure",
      });
    });
  }

  test("an error without details has no such key", async () => {
    expect((await call({ command: "CHECK" })).answer).not.toHaveProperty("details");
  });

  test("anything else that is thrown goes through the given translation", async () => {
    const add = async () => {
      throw new TypeError("x is undefined");
    };
    expect((await call({ handlers: { add } })).answer).toMatchObject({
      code: 999,
      msg: "unexpected: x is undefined",
    });
  });

  test("handlers that cannot be loaded are an error like any other", async () => {
    let stdout = "";
    const exitCode = await dispatch(
      {
        env: { CNI_COMMAND: "STATUS" },
        readStdin: async () => '{"cniVersion":"1.1.0","name":"net"}',
        writeStdout: (text) => {
          stdout += text;
        },
        sameNetns: () => false,
      },
      () => Promise.reject(new Error("module not found")),
      (error) => new CniError(CniCode.internal, messageOf(error)),
    );
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ cniVersion: "1.1.0", code: 999, msg: "module not found" });
  });

  test("standard input that cannot be read is code 5", async () => {
    const readStdin = () => Promise.reject(new Error("EIO"));
    const { exitCode, answer } = await call({ io: { readStdin } });
    expect(exitCode).toBe(1);
    expect(answer).toMatchObject({ code: 5, msg: expect.stringContaining("EIO") });
  });

  test("standard input that is too large keeps its own code", async () => {
    const readStdin = () => Promise.reject(new CniError(CniCode.decode, "too large"));
    expect((await call({ io: { readStdin } })).answer).toMatchObject({ code: 6, msg: "too large" });
  });
});

test("handlers may also be given as they are", async () => {
  let stdout = "";
  const handlers = { status: () => Promise.reject(new CniError(CniCode.notAvailable, "down")) };
  const exitCode = await dispatch(
    {
      env: { CNI_COMMAND: "STATUS" },
      readStdin: async () => '{"cniVersion":"1.1.0","name":"net"}',
      writeStdout: (text) => {
        stdout += text;
      },
      sameNetns: () => false,
    },
    handlers as unknown as Handlers,
    (error) => error as CniError,
  );
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout).code).toBe(50);
});
