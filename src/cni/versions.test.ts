import { describe, expect, test } from "bun:test";
import { expectCniError } from "./test-support.ts";
import {
  isAtLeast,
  NEWEST_VERSION,
  readVersion,
  requireVerb,
  SUPPORTED_VERSIONS,
  VERB_SINCE,
  VERBS,
} from "./versions.ts";

describe("cniVersion", () => {
  for (const version of SUPPORTED_VERSIONS) {
    test(`${version} is supported`, () => {
      expect(readVersion(version)).toBe(version);
    });
  }

  test("the newest version is the last of the list", () => {
    expect(SUPPORTED_VERSIONS.at(-1)).toBe(NEWEST_VERSION);
  });

  test('"1.0" is read as 1.0.0', () => {
    expect(readVersion("1.0")).toBe("1.0.0");
  });

  for (const missing of [undefined, null, ""]) {
    test(`missing (${JSON.stringify(missing)}) is 0.1.0`, () => {
      expect(readVersion(missing)).toBe("0.1.0");
    });
  }

  for (const unknown of ["1.2.0", "0.3", "2", "v1.0.0", " 1.0.0", "toString", 1, 1.1, true, {}, ["1.0.0"]]) {
    test(`${JSON.stringify(unknown)} is refused with code 1, naming it and what is supported`, () => {
      expectCniError(
        () => readVersion(unknown),
        1,
        JSON.stringify(unknown),
        "cniVersion",
        SUPPORTED_VERSIONS.join(", "),
      );
    });
  }

  test("the message names the key the value stands under", () => {
    expectCniError(() => readVersion("9", "prevResult.cniVersion"), 1, "prevResult.cniVersion");
  });
});

describe("comparison", () => {
  for (const [index, version] of SUPPORTED_VERSIONS.entries()) {
    test(`${version} is at least itself and every older one, and no newer one`, () => {
      const atLeast = SUPPORTED_VERSIONS.filter((other) => isAtLeast(version, other));
      expect(atLeast).toEqual(SUPPORTED_VERSIONS.slice(0, index + 1));
    });
  }
});

describe("verbs", () => {
  test("CHECK came with 0.4.0, STATUS and GC with 1.1.0, the others were always there", () => {
    expect(VERB_SINCE).toEqual({
      ADD: "0.1.0",
      DEL: "0.1.0",
      VERSION: "0.1.0",
      CHECK: "0.4.0",
      STATUS: "1.1.0",
      GC: "1.1.0",
    });
  });

  for (const verb of VERBS) {
    for (const version of SUPPORTED_VERSIONS) {
      const exists = isAtLeast(version, VERB_SINCE[verb]);
      test(`${verb} ${exists ? "exists in" : "is refused with code 1 in"} ${version}`, () => {
        if (exists) {
          expect(() => requireVerb(verb, version)).not.toThrow();
        } else {
          expectCniError(
            () => requireVerb(verb, version),
            1,
            verb,
            version,
            `set cniVersion to ${VERB_SINCE[verb]}`,
          );
        }
      });
    }
  }
});
