import { describe, expect, test } from "bun:test";
import { checkNetns } from "./netns.ts";
import { expectCniError, request } from "./test-support.ts";

const other = () => false;
const own = () => true;
const gone = () => {
  throw new Error("network namespace /run/netns/c1 is missing");
};
const never = () => {
  throw new Error("must not be asked");
};

for (const command of ["ADD", "CHECK"] as const) {
  describe(`${command}: CNI_NETNS`, () => {
    test("of a container is accepted", () => {
      const asked = request({ command });
      expect(checkNetns(asked, other)).toEqual(asked);
    });

    test("that is the plugin's own is refused with code 8", () => {
      expectCniError(
        () => checkNetns(request({ command }), own),
        8,
        "/run/netns/c1",
        "own",
        "CNI_NETNS_OVERRIDE",
      );
    });

    test("that is the plugin's own is accepted with CNI_NETNS_OVERRIDE", () => {
      expect(checkNetns(request({ command, netnsOverride: true }), own).netns).toBe("/run/netns/c1");
    });

    test("that does not exist or is no network namespace is refused with code 8, override or not", () => {
      for (const netnsOverride of [false, true]) {
        expectCniError(
          () => checkNetns(request({ command, netnsOverride }), gone),
          8,
          "CNI_NETNS",
          "/run/netns/c1 is missing",
        );
      }
    });
  });
}

describe("DEL: CNI_NETNS", () => {
  const del = (changes = {}) => request({ command: "DEL", ...changes });

  test("of a container is passed on", () => {
    expect(checkNetns(del(), other).netns).toBe("/run/netns/c1");
  });

  test("may be empty", () => {
    expect(checkNetns(del({ netns: "" }), never).netns).toBe("");
  });

  test("may be gone", () => {
    expect(checkNetns(del(), gone).netns).toBe("/run/netns/c1");
  });

  test("that is the plugin's own counts as gone, so that the host is not touched", () => {
    expect(checkNetns(del(), own).netns).toBe("");
    expect(checkNetns(del({ netnsOverride: true }), own).netns).toBe("/run/netns/c1");
  });
});

for (const command of ["STATUS", "GC"] as const) {
  test(`${command} is about no namespace`, () => {
    const asked = request({ command, netns: "" });
    expect(checkNetns(asked, never)).toEqual(asked);
  });
}
