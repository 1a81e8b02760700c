import { describe, expect, test } from "bun:test";
import { dnsName, podLabel, portName } from "./pod.ts";

const LONGEST_NAMESPACE = "n".repeat(63);
const LONGEST_NAME = "p".repeat(253);

describe("podLabel", () => {
  test("names as much as is known", () => {
    expect(podLabel({ namespace: "default", name: "web-0" })).toBe("default/web-0");
    expect(podLabel({ name: "web-0" })).toBe("web-0");
    expect(podLabel({})).toBe("(unnamed)");
  });
});

describe("portName", () => {
  test("is namespace_pod", () => {
    expect(portName({ namespace: "default", name: "web-0" })).toBe("default_web-0");
    expect(portName({ name: "web-0" })).toBe("web-0");
    expect(portName({ namespace: "default" })).toBeUndefined();
  });

  test("stays whole up to 255 characters", () => {
    const name = "p".repeat(255 - 64);
    expect(portName({ namespace: LONGEST_NAMESPACE, name })).toBe(`${LONGEST_NAMESPACE}_${name}`);
  });

  test("of the longest pods are 255 characters long and different", () => {
    const one = portName({ namespace: LONGEST_NAMESPACE, name: LONGEST_NAME });
    const other = portName({ namespace: LONGEST_NAMESPACE, name: `${LONGEST_NAME.slice(1)}q` });
    expect(one).toHaveLength(255);
    expect(one).toStartWith(`${LONGEST_NAMESPACE}_ppp`);
    expect(other).not.toBe(one);
  });
});

/** Neutron's own rule, restated independently of the code under test. */
function neutronAccepts(name: string, dnsDomain: string): boolean {
  const labels = name.split(".");
  const labelsValid = labels.every((label) => /^[a-z0-9-]{1,63}$/.test(label) && !/^-|-$/.test(label));
  const numericTop = labels.length > 1 && /^[0-9]+$/.test(labels.at(-1) ?? "");
  return labelsValid && !numericTop && name.length + dnsDomain.length + 2 <= 255;
}

describe("dnsName", () => {
  const cases: [
    what: string,
    namespace: string | undefined,
    name: string | undefined,
    dns: string | undefined,
  ][] = [
    ["is pod.namespace", "default", "web-0", "web-0.default"],
    ["is the pod alone without namespace", undefined, "web-0", "web-0"],
    ["keeps the dots of a static pod", "kube-system", "etcd.node1.example", "etcd.node1.example.kube-system"],
    ["replaces what podman's names may hold", undefined, "Nostalgic_Morse", "nostalgic-morse"],
    ["drops hyphens at the ends of labels", undefined, "_a_.-b-", "a.b"],
    ["may be a number alone", undefined, "42", "42"],
    ["may begin with a number", "default", "42", "42.default"],
    ["is none in a namespace of digits", "2024", "web-0", undefined],
    ["is none if a podman name ends in digits after a dot", undefined, "web.1", undefined],
    ["is none without a name", "default", undefined, undefined],
    ["is none for an empty name", "default", "", undefined],
    ["is none if a label holds nothing usable", "default", "a.__.b", undefined],
    ["is none if too long", LONGEST_NAMESPACE, Array(33).fill("abc").join("."), undefined],
  ];
  test.each(cases)("%s", (_, namespace, name, dns) => {
    expect(dnsName({ namespace, name })).toBe(dns);
  });

  test("cuts long labels, ends them with a hash, and keeps them apart", () => {
    const one = dnsName({ namespace: "default", name: LONGEST_NAME });
    const other = dnsName({ namespace: "default", name: `${LONGEST_NAME.slice(1)}q` });
    expect(one).toMatch(/^p{52}-[0-9a-f]{10}\.default$/);
    expect(other).toMatch(/^p{52}-[0-9a-f]{10}\.default$/);
    expect(other).not.toBe(one);
  });

  test("does not cut between hyphens", () => {
    expect(dnsName({ name: `${"a".repeat(50)}---${"b".repeat(50)}` })).toMatch(/^a{50}-[0-9a-f]{10}$/);
  });

  test("is accepted by Neutron with a domain of 62 characters, or is none, whatever the pod is called", () => {
    const domain = "d".repeat(62);
    const pieces = ["a", "-", ".", "9", "Z", "_", "x".repeat(62), "é", ""];
    const names = pieces.flatMap((a) => pieces.flatMap((b) => pieces.map((c) => a + b + c)));
    for (const namespace of ["default", "7", LONGEST_NAMESPACE]) {
      for (const name of names) {
        const dns = dnsName({ namespace, name });
        expect(dns === undefined || neutronAccepts(dns, domain)).toBe(true);
      }
    }
  });
});
