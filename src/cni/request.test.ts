import { describe, expect, test } from "bun:test";
import { writeResult } from "./convert.ts";
import { type AttachmentEnvironment, readRequest, toCheckRequest, toGcRequest } from "./request.ts";
import type { Result } from "./result.ts";
import { expectCniError, request } from "./test-support.ts";
import { isAtLeast, SUPPORTED_VERSIONS, VERB_SINCE } from "./versions.ts";

const RESULT: Result = {
  interfaces: [{ name: "eth0", sandbox: "/run/netns/c1" }],
  ips: [{ interface: 0, address: "10.50.0.17/24" }],
  routes: [],
  dns: {},
};

const VERBS: AttachmentEnvironment["command"][] = ["ADD", "DEL", "CHECK", "STATUS", "GC"];

function read(config: Record<string, unknown>, command: AttachmentEnvironment["command"] = "ADD") {
  return readRequest(request({ command }), { cniVersion: "1.1.0", name: "net", type: "skynet", ...config });
}

describe("a request", () => {
  test("joins the environment with the configuration", () => {
    const config = { cniVersion: "1.0.0", name: "net", type: "skynet", later: { anything: [1] } };
    const { prevResult: _, ...environment } = request();
    expect(readRequest(environment, config)).toEqual({
      ...environment,
      cniVersion: "1.0.0",
      networkName: "net",
      config,
    });
  });

  test('the cniVersion "1.0" becomes 1.0.0, a missing one 0.1.0', () => {
    expect(read({ cniVersion: "1.0" }).cniVersion).toBe("1.0.0");
    expect(read({ cniVersion: undefined }).cniVersion).toBe("0.1.0");
  });

  test("a cniVersions list beside cniVersion is the runtime's concern", () => {
    expect(read({ cniVersion: "0.4.0", cniVersions: ["0.4.0", "1.1.0"] }).cniVersion).toBe("0.4.0");
  });

  for (const command of VERBS) {
    for (const version of SUPPORTED_VERSIONS) {
      const exists = isAtLeast(version, VERB_SINCE[command]);
      test(`${command} with cniVersion ${version} is ${exists ? "served" : "refused with code 1"}`, () => {
        if (exists) {
          expect(read({ cniVersion: version }, command).cniVersion).toBe(version);
        } else {
          expectCniError(() => read({ cniVersion: version }, command), 1, command, version);
        }
      });
    }

    test(`${command} with an unknown cniVersion is refused with code 1`, () => {
      expectCniError(() => read({ cniVersion: "2.0.0" }, command), 1, '"2.0.0"');
    });

    test(`${command} without name is refused with code 7`, () => {
      for (const name of [undefined, null, ""]) {
        expectCniError(() => read({ name }, command), 7, "name is missing");
      }
    });
  }
});

describe("the network name", () => {
  for (const valid of ["net", "0", "a_b.c-D9"]) {
    test(`${valid} is valid`, () => {
      expect(read({ name: valid }).networkName).toBe(valid);
    });
  }

  for (const invalid of ["-net", ".net", "_net", "a/b", "a b", "ä", "net\n"]) {
    test(`${JSON.stringify(invalid)} is refused with code 7`, () => {
      expectCniError(() => read({ name: invalid }), 7, `name ${JSON.stringify(invalid)} is invalid`);
    });
  }

  test("a name that is no text is refused with code 7", () => {
    expectCniError(() => read({ name: 5 }), 7, "name must be a string, but is 5");
  });
});

describe("prevResult", () => {
  for (const version of SUPPORTED_VERSIONS) {
    test(`${version}: is read into the newest shape`, () => {
      const prevResult = writeResult(RESULT, version);
      const ips = isAtLeast(version, "0.3.0") ? RESULT.ips : [{ address: "10.50.0.17/24" }];
      expect(read({ cniVersion: version, prevResult }).prevResult?.ips).toEqual(ips);
    });
  }

  test("may be missing or null for ADD", () => {
    expect(read({})).not.toHaveProperty("prevResult");
    expect(read({ prevResult: null })).not.toHaveProperty("prevResult");
  });

  for (const command of ["ADD", "CHECK"] as const) {
    test(`${command}: one of a wrong shape is refused with code 6, naming the key`, () => {
      expectCniError(() => read({ prevResult: { ips: 5 } }, command), 6, "prevResult.ips must be a list");
      expectCniError(() => read({ prevResult: "x" }, command), 6, "prevResult must be an object");
    });

    test(`${command}: one of an unknown version is refused with code 1`, () => {
      expectCniError(() => read({ prevResult: { cniVersion: "9" } }, command), 1, "prevResult.cniVersion");
    });
  }

  for (const prevResult of [undefined, null, "x", { ips: 5 }, { cniVersion: "9" }]) {
    test(`DEL goes on without it when it is ${JSON.stringify(prevResult)}`, () => {
      expect(read({ prevResult }, "DEL")).not.toHaveProperty("prevResult");
    });
  }

  test("CHECK without it is refused with code 7, with the reason", () => {
    expectCniError(() => toCheckRequest(read({}, "CHECK")), 7, "prevResult is missing", "ADD");
    const prevResult = writeResult(RESULT, "1.1.0");
    expect(toCheckRequest(read({ prevResult }, "CHECK")).prevResult).toEqual(RESULT);
  });
});

describe("the attachments that GC keeps", () => {
  const KEPT = [
    { containerID: "c1", ifname: "eth0" },
    { containerID: "c2", ifname: "net1" },
  ];
  const gc = (config: Record<string, unknown>) => toGcRequest(read(config, "GC")).validAttachments;

  test("are listed under cni.dev/valid-attachments", () => {
    expect(gc({ "cni.dev/valid-attachments": KEPT })).toEqual(KEPT);
  });

  test("or under the older cni.dev/attachments", () => {
    expect(gc({ "cni.dev/attachments": KEPT })).toEqual(KEPT);
  });

  test("the newer key wins when both are given", () => {
    expect(gc({ "cni.dev/attachments": [], "cni.dev/valid-attachments": KEPT })).toEqual(KEPT);
  });

  for (const none of [[], null]) {
    test(`${JSON.stringify(none)} means none: everything is to be removed`, () => {
      expect(gc({ "cni.dev/valid-attachments": none })).toEqual([]);
    });
  }

  test("no list at all is refused with code 7, lest everything be removed", () => {
    expectCniError(() => gc({}), 7, "cni.dev/valid-attachments", "is missing");
  });

  for (const [wrong, key] of [
    ["c1", "cni.dev/valid-attachments must be a list"],
    [[KEPT[0], "c2"], "cni.dev/valid-attachments[1] must be an object"],
    [[{ ifname: "eth0" }], "cni.dev/valid-attachments[0].containerID"],
    [[{ containerID: "c1" }], "cni.dev/valid-attachments[0].ifname"],
  ] as const) {
    test(`${JSON.stringify(wrong)} is refused with code 7, naming the key`, () => {
      expectCniError(() => gc({ "cni.dev/valid-attachments": wrong }), 7, key);
    });
  }
});
