import { describe, expect, test } from "bun:test";
import { PodRequestError } from "./errors.ts";
import { type Asked, parsePodRequest } from "./pod-request.ts";

const NETWORK = "e5e7478a-53ec-4063-a4dc-f3ca3ba3e98b";
const SUBNET = "0c9f3b36-6b1e-4c0e-9a52-1f6d7a3fd0a1";
const GROUP = "31a8f352-580e-4136-9f91-fa8829aa179c";
const pod = { namespace: "default", name: "web-0" };

const parse = (annotations: Record<string, string>, rest: { ips?: Asked[][]; macs?: Asked[] } = {}) =>
  parsePodRequest({ pod, annotations: Object.entries(annotations), ...rest });

const asked = (source: string, ...values: string[]) => values.map((value) => ({ value, source }));

describe("parsePodRequest", () => {
  test("of a pod that asks for nothing is empty", () => {
    expect(parsePodRequest({ pod })).toEqual({ ips: [], origins: {}, warnings: [] });
  });

  test("reads every annotation, in its one form, with its origin", () => {
    const annotations = new Map([
      ["skynet/network_id", ` ${NETWORK.toUpperCase()} `],
      ["skynet/subnet_id", SUBNET],
      ["skynet/ip", "10.0.0.5, 2001:DB8:0::5"],
      ["skynet/mac", "FA-16-3E-00-00-01"],
      ["skynet/security_group_ids", `${GROUP}, ${SUBNET},${GROUP}`],
      ["skynet/port_security", "true"],
      ["kubernetes.io/anything", "else"],
    ]);
    const of = (name: string) => `annotation skynet/${name} of pod default/web-0`;
    expect(parsePodRequest({ pod, annotations })).toEqual({
      networkId: NETWORK,
      subnetId: SUBNET,
      ips: ["10.0.0.5", "2001:db8::5"],
      mac: "fa:16:3e:00:00:01",
      securityGroupIds: [GROUP, SUBNET],
      portSecurity: true,
      origins: {
        networkId: of("network_id"),
        subnetId: of("subnet_id"),
        ips: of("ip"),
        mac: of("mac"),
        securityGroupIds: of("security_group_ids"),
        portSecurity: of("port_security"),
      },
      warnings: [],
    });
  });

  test("takes empty annotations for absent", () => {
    const empty = {
      network_id: "",
      subnet_id: " ",
      ip: " , ",
      mac: "",
      security_group_ids: "",
      port_security: "",
    };
    const annotations = Object.fromEntries(
      Object.entries(empty).map(([key, value]) => [`skynet/${key}`, value]),
    );
    expect(parse(annotations)).toEqual({ ips: [], origins: {}, warnings: [] });
  });

  test("takes an address without port security", () => {
    expect(parse({ "skynet/port_security": "false" }).portSecurity).toBe(false);
  });

  test.each([
    ["10.0.0.5 2001:db8::5", ["10.0.0.5", "2001:db8::5"]],
    ["2001:db8::5\n10.0.0.5", ["2001:db8::5", "10.0.0.5"]],
    ["fd00:0:0:0:0:0:0:A", ["fd00::a"]],
  ])("reads the addresses %p in the order given", (text, ips) => {
    expect(parse({ "skynet/ip": text }).ips).toEqual(ips);
  });
});

describe("what the runtime asks for", () => {
  const runtime = asked("runtimeConfig.ips", "10.0.0.5/24", "2001:db8::5/64");
  const args = asked("args.cni.ips", "10.0.0.6");
  const environment = asked("CNI_ARGS IP", "10.0.0.7");

  test("counts without an annotation, and loses its prefix length", () => {
    const request = parse({}, { ips: [runtime, args, environment] });
    expect(request.ips).toEqual(["10.0.0.5", "2001:db8::5"]);
    expect(request.origins.ips).toBe("runtimeConfig.ips of pod default/web-0");
  });

  test("counts from the first way that says anything", () => {
    expect(parse({}, { ips: [[], args, environment] }).ips).toEqual(["10.0.0.6"]);
    expect(parse({}, { ips: [asked("runtimeConfig.ips", ""), [], environment] }).ips).toEqual(["10.0.0.7"]);
  });

  test("loses against an annotation", () => {
    const request = parse({ "skynet/ip": "10.0.0.9" }, { ips: [runtime] });
    expect(request.ips).toEqual(["10.0.0.9"]);
    expect(request.origins.ips).toBe("annotation skynet/ip of pod default/web-0");
  });

  test("may be a MAC", () => {
    const macs = [...asked("runtimeConfig.mac", ""), ...asked("CNI_ARGS MAC", "FA:16:3E:00:00:02")];
    expect(parse({}, { macs })).toMatchObject({
      mac: "fa:16:3e:00:00:02",
      origins: { mac: "CNI_ARGS MAC of pod default/web-0" },
    });
    expect(parse({ "skynet/mac": "fa:16:3e:00:00:01" }, { macs }).mac).toBe("fa:16:3e:00:00:01");
  });

  test.each([
    ["10.0.0.5/33", "prefix length from 0 to 32"],
    ["2001:db8::5/129", "prefix length from 0 to 128"],
    ["10.0.0.5/", "prefix length from 0 to 32"],
    ["10.0.0.5/a", "prefix length from 0 to 32"],
    ["10.0.0.5/8/8", "prefix length from 0 to 32"],
    ["10.0.0/24", "must be an IPv4 or IPv6 address"],
    ["10.0.0.6,10.0.0.7", "a second IPv4 address"],
  ])("is refused as %p", (text, says) => {
    const ips = [asked("runtimeConfig.ips[0]", text)];
    expect(() => parse({}, { ips })).toThrow(
      `runtimeConfig.ips[0] of pod default/web-0 is ${JSON.stringify(text)}: `,
    );
    expect(() => parse({}, { ips })).toThrow(says);
  });

  test("is refused with two addresses of a family", () => {
    const ips = [asked("runtimeConfig.ips", "10.0.0.5", "10.0.0.6/24")];
    expect(() => parse({}, { ips })).toThrow('"10.0.0.6/24": asks for a second IPv4 address');
  });
});

describe("a wrong annotation", () => {
  const cases: [name: string, value: string, says: string][] = [
    ["network_id", "private", "must be the id (UUID)"],
    ["network_id", `${NETWORK},${SUBNET}`, "must be the id (UUID)"],
    ["subnet_id", `{${SUBNET}}`, "must be the id (UUID)"],
    ["security_group_ids", `${GROUP},default`, "separated by commas"],
    ["ip", "web-0", "must be an IPv4 or IPv6 address"],
    ["ip", "10.0.0", "must be an IPv4 or IPv6 address"],
    ["ip", "10.0.0.256", "must be an IPv4 or IPv6 address"],
    ["ip", "010.0.0.1", "must be an IPv4 or IPv6 address"],
    ["ip", "0x0a000001", "must be an IPv4 or IPv6 address"],
    ["ip", "fe80::1%eth0", "must be an IPv4 or IPv6 address"],
    ["ip", "10.0.0.0/24", "without prefix length"],
    ["ip", "10.0.0.5,10.0.0.6", "a second IPv4 address"],
    ["ip", "fd00::1 fd00::2", "a second IPv6 address"],
    ["ip", "0.0.0.0", '"unspecified"'],
    ["ip", "127.0.0.1", '"loopback"'],
    ["ip", "224.0.0.1", '"multicast"'],
    ["ip", "255.255.255.255", '"broadcast"'],
    ["ip", "169.254.1.1", '"linkLocal"'],
    ["ip", "::", '"unspecified"'],
    ["ip", "::ffff:10.0.0.5", '"ipv4Mapped"'],
    ["ip", "ff02::1", '"multicast"'],
    ["mac", "fa:16:3e:00:00", "must be a MAC address"],
    ["mac", "fa:16-3e:00:00:01", "must be a MAC address"],
    ["mac", "fa163e000001", "must be a MAC address"],
    ["mac", "01:00:5e:00:00:01", "must be a unicast"],
    ["mac", "ff:ff:ff:ff:ff:ff", "must be a unicast"],
    ["mac", "00:00:00:00:00:00", "must not be zero"],
    ["port_security", "no", 'must be "true" or "false"'],
    ["port_security", "True", 'must be "true" or "false"'],
  ];
  test.each(cases)("%s = %p names annotation, value, pod and what is allowed", (name, value, says) => {
    let error: unknown;
    try {
      parse({ [`skynet/${name}`]: value });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(PodRequestError);
    expect(error).toMatchObject({ source: `annotation skynet/${name}`, value, pod: "default/web-0" });
    const start = `annotation skynet/${name} of pod default/web-0 is ${JSON.stringify(value)}: `;
    expect((error as Error).message).toStartWith(start);
    expect((error as Error).message).toContain(says);
  });

  test("is port security off together with security groups", () => {
    const annotations = { "skynet/port_security": "false", "skynet/security_group_ids": GROUP };
    expect(() => parse(annotations)).toThrow(
      "Neutron allows no security groups on a port without port security",
    );
    expect(parse({ ...annotations, "skynet/security_group_ids": "" }).portSecurity).toBe(false);
  });

  test.each([
    ["skynet/network-id", "did you mean skynet/network_id?"],
    ["skynet/networkId", "did you mean skynet/network_id?"],
    ["skynet/ips", "did you mean skynet/ip?"],
    ["skynet/security_groups_id", "did you mean skynet/security_group_ids?"],
    ["skynet/SUBNET_ID", "did you mean skynet/subnet_id?"],
    ["skynet/bandwidth-limit", "known are skynet/network_id, "],
  ])("of an unknown name %s is a warning", (name, says) => {
    const { warnings } = parse({ [name]: "x", "example.com/skynet": "y", skynet: "z" });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toStartWith(
      `annotation ${name} of pod default/web-0 is unknown and ignored: ${says}`,
    );
  });

  test("that the agent has written itself is none", () => {
    const annotations = [["skynet/status", "{}"]] as const;
    expect(parsePodRequest({ pod: { name: "web-0" }, annotations }).warnings).toEqual([]);
  });
});
