import { describe, expect, test } from "bun:test";
import { readEnvironment } from "./environment.ts";
import { expectCniError } from "./test-support.ts";
import { VERBS, type Verb } from "./versions.ts";

const FULL = {
  CNI_CONTAINERID: "c1",
  CNI_NETNS: "/run/netns/c1",
  CNI_IFNAME: "eth0",
  CNI_ARGS: "A=1",
  CNI_PATH: "/opt/cni/bin:/usr/lib/cni",
};

const REQUIRED: Record<Verb, string[]> = {
  ADD: ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"],
  CHECK: ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"],
  DEL: ["CNI_CONTAINERID", "CNI_IFNAME"],
  VERSION: [],
  STATUS: [],
  GC: [],
};

function read(changes: Record<string, string | undefined>) {
  return readEnvironment({ CNI_COMMAND: "ADD", ...FULL, ...changes });
}

describe("CNI_COMMAND", () => {
  for (const verb of VERBS) {
    test(`${verb} is a verb`, () => {
      expect(read({ CNI_COMMAND: verb }).command).toBe(verb);
    });
  }

  for (const unknown of ["add", "PLUG", " ADD", "toString"]) {
    test(`${JSON.stringify(unknown)} is refused with code 4, listing the verbs`, () => {
      expectCniError(() => read({ CNI_COMMAND: unknown }), 4, "CNI_COMMAND", unknown, VERBS.join(", "));
    });
  }

  for (const missing of [undefined, ""]) {
    test(`not set (${JSON.stringify(missing)}) is refused with code 4`, () => {
      expectCniError(() => read({ CNI_COMMAND: missing }), 4, "CNI_COMMAND is not set", "ADD");
    });
  }
});

describe("required variables", () => {
  for (const verb of VERBS) {
    test(`${verb} works with just ${REQUIRED[verb].join(", ") || "none"}`, () => {
      const env = Object.fromEntries(Object.entries(FULL).filter(([name]) => REQUIRED[verb].includes(name)));
      expect(readEnvironment({ CNI_COMMAND: verb, ...env }).command).toBe(verb);
    });

    for (const name of REQUIRED[verb]) {
      for (const missing of [undefined, ""]) {
        test(`${verb} without ${name} (${JSON.stringify(missing)}) is refused with code 4`, () => {
          expectCniError(() => read({ CNI_COMMAND: verb, [name]: missing }), 4, verb, name);
        });
      }
    }
  }

  test("all missing variables are named at once", () => {
    expectCniError(
      () => readEnvironment({ CNI_COMMAND: "ADD" }),
      4,
      "CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME",
    );
  });

  test("DEL may come with an empty CNI_NETNS, and passes on one that is given", () => {
    expect(read({ CNI_COMMAND: "DEL", CNI_NETNS: "" }).netns).toBe("");
    expect(read({ CNI_COMMAND: "DEL" }).netns).toBe("/run/netns/c1");
  });

  for (const verb of ["STATUS", "GC", "VERSION"]) {
    test(`${verb} is about no container: its variables are not read`, () => {
      const environment = read({ CNI_COMMAND: verb, CNI_CONTAINERID: "not valid!", CNI_IFNAME: "a/b" });
      expect(environment).toMatchObject({ containerId: "", netns: "", ifname: "" });
    });
  }
});

describe("CNI_CONTAINERID", () => {
  for (const valid of ["a", "0", "0a1b2c", "a_b.c-d", "A".repeat(64)]) {
    test(`${valid} is valid`, () => {
      expect(read({ CNI_CONTAINERID: valid }).containerId).toBe(valid);
    });
  }

  for (const invalid of [".a", "-a", "_a", "a/b", "a b", "a\n", "ä", "a:b"]) {
    test(`${JSON.stringify(invalid)} is refused with code 4`, () => {
      expectCniError(() => read({ CNI_CONTAINERID: invalid }), 4, "CNI_CONTAINERID", JSON.stringify(invalid));
    });
  }
});

describe("CNI_IFNAME", () => {
  for (const valid of ["eth0", "a", "net1.100", "abcdefghijklmno", "..."]) {
    test(`${valid} is valid`, () => {
      expect(read({ CNI_IFNAME: valid }).ifname).toBe(valid);
    });
  }

  for (const invalid of [
    "abcdefghijklmnop",
    "ethäääääää",
    ".",
    "..",
    "a/b",
    "a:b",
    "a b",
    "a\tb",
    "a\n",
    "eth%d",
    "all",
    "default",
  ]) {
    test(`${JSON.stringify(invalid)} is refused with code 4`, () => {
      expectCniError(() => read({ CNI_IFNAME: invalid }), 4, "CNI_IFNAME", JSON.stringify(invalid));
    });
  }
});

describe("other variables", () => {
  test("CNI_ARGS becomes a map", () => {
    expect(read({}).args.get("A")).toBe("1");
  });

  test("a malformed CNI_ARGS is refused with code 4", () => {
    expectCniError(() => read({ CNI_ARGS: "oops" }), 4, "CNI_ARGS", '"oops"');
  });

  test("CNI_PATH is a list of directories, and may be missing", () => {
    expect(read({}).path).toEqual(["/opt/cni/bin", "/usr/lib/cni"]);
    expect(read({ CNI_PATH: undefined }).path).toEqual([]);
  });

  for (const [value, isSet] of [
    ["1", true],
    ["true", true],
    ["TRUE", true],
    ["0", false],
    ["false", false],
    ["", false],
    [undefined, false],
  ] as const) {
    test(`CNI_NETNS_OVERRIDE ${JSON.stringify(value)} means ${isSet}`, () => {
      expect(read({ CNI_NETNS_OVERRIDE: value }).netnsOverride).toBe(isSet);
    });
  }
});
