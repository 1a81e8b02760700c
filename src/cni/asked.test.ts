import { describe, expect, test } from "bun:test";
import { parseArgs } from "./args.ts";
import { POD_ANNOTATIONS, readAsk } from "./asked.ts";
import { expectCniError, request } from "./test-support.ts";

function ask(config: Record<string, unknown>, args = "") {
  return readAsk(request({ config: { name: "net", ...config }, args: parseArgs(args) }));
}

describe("the pod", () => {
  test("is known from CNI_ARGS, whatever their order", () => {
    const args =
      "K8S_POD_UID=1f2e;IgnoreUnknown=1;K8S_POD_NAME=web-0;K8S_POD_INFRA_CONTAINER_ID=c1;K8S_POD_NAMESPACE=shop";
    expect(ask({}, args).pod).toEqual({
      namespace: "shop",
      name: "web-0",
      uid: "1f2e",
      infraContainerId: "c1",
    });
  });

  test("may be known by name alone, or not at all; empty values count as missing", () => {
    expect(ask({}, "K8S_POD_NAME=box;K8S_POD_NAMESPACE=").pod).toStrictEqual({ name: "box" });
    expect(ask({}).pod).toStrictEqual({});
  });
});

describe("pod annotations", () => {
  const annotations = (value: unknown) => ask({ runtimeConfig: { [POD_ANNOTATIONS]: value } }).annotations;

  test("arrive under the capability's key", () => {
    expect(annotations({ "skynet/ip": "10.0.0.5", empty: "" })).toEqual(
      new Map([
        ["skynet/ip", "10.0.0.5"],
        ["empty", ""],
      ]),
    );
  });

  test("are unknown when the capability is not declared, and empty when the pod has none", () => {
    expect(ask({})).not.toHaveProperty("annotations");
    expect(ask({ runtimeConfig: null })).not.toHaveProperty("annotations");
    expect(annotations({})?.size).toBe(0);
  });

  test("of a wrong type are refused with code 7, naming the key", () => {
    expectCniError(() => annotations("x"), 7, `runtimeConfig["${POD_ANNOTATIONS}"] must be an object`);
    expectCniError(() => annotations({ "a/b": 5 }), 7, `runtimeConfig["${POD_ANNOTATIONS}"]["a/b"]`);
  });
});

describe("asked-for addresses", () => {
  const RUNTIME = { runtimeConfig: { ips: ["10.0.0.5/24", "fd00::5"] } };
  const ARGS = { args: { cni: { ips: ["10.0.0.6"] } } };

  test("from runtimeConfig.ips, each with its place", () => {
    expect(ask(RUNTIME).addresses).toEqual([
      { value: { address: "10.0.0.5", prefixLength: 24 }, source: "runtimeConfig.ips[0]" },
      { value: { address: "fd00::5" }, source: "runtimeConfig.ips[1]" },
    ]);
  });

  test("from args.cni.ips", () => {
    expect(ask(ARGS).addresses).toEqual([{ value: { address: "10.0.0.6" }, source: "args.cni.ips[0]" }]);
  });

  test("from CNI_ARGS IP", () => {
    expect(ask({}, "IP=10.0.0.7").addresses).toEqual([
      { value: { address: "10.0.0.7" }, source: "CNI_ARGS IP" },
    ]);
  });

  test("runtimeConfig wins over args.cni, which wins over CNI_ARGS", () => {
    const first = (config: object, args: string) => ask({ ...config }, args).addresses[0]?.source;
    expect(first({ ...RUNTIME, ...ARGS }, "IP=10.0.0.7")).toBe("runtimeConfig.ips[0]");
    expect(first({ ...ARGS, runtimeConfig: { ips: [] } }, "IP=10.0.0.7")).toBe("args.cni.ips[0]");
    expect(first({ args: { cni: { ips: null } } }, "IP=10.0.0.7")).toBe("CNI_ARGS IP");
  });

  test("none when nobody asks", () => {
    expect(ask({ args: { labels: {} } }, "IP=").addresses).toEqual([]);
  });

  for (const [config, key] of [
    [{ runtimeConfig: [] }, "runtimeConfig must be an object"],
    [{ runtimeConfig: { ips: "10.0.0.5" } }, "runtimeConfig.ips must be a list"],
    [{ runtimeConfig: { ips: ["10.0.0.5", 5] } }, "runtimeConfig.ips[1] must be a string"],
    [{ runtimeConfig: { ips: ["10.0.0.555"] } }, "runtimeConfig.ips[0] must be an IP address"],
    [{ args: "x" }, "args must be an object"],
    [{ args: { cni: 1 } }, "args.cni must be an object"],
    [{ args: { cni: { ips: ["10.0.0.5/33"] } } }, "args.cni.ips[0] must be an IP address"],
  ] as const) {
    test(`${JSON.stringify(config)} is refused with code 7, naming the key`, () => {
      expectCniError(() => ask(config), 7, key);
    });
  }

  test("a wrong one in CNI_ARGS is refused with code 4, naming it", () => {
    expectCniError(() => ask({}, "IP=ten"), 4, "CNI_ARGS IP must be an IP address", '"ten"');
  });
});

describe("an asked-for MAC", () => {
  const A = "fa:16:3e:00:00:0a";
  const B = "fa:16:3e:00:00:0b";
  const C = "fa:16:3e:00:00:0c";

  test("comes from runtimeConfig, else from args.cni, else from CNI_ARGS", () => {
    const args = { args: { cni: { mac: B } } };
    expect(ask({ runtimeConfig: { mac: A }, ...args }, `MAC=${C}`).mac).toEqual({
      value: A,
      source: "runtimeConfig.mac",
    });
    expect(ask(args, `MAC=${C}`).mac).toEqual({ value: B, source: "args.cni.mac" });
    expect(ask({}, `MAC=${C}`).mac).toEqual({ value: C, source: "CNI_ARGS MAC" });
    expect(ask({})).not.toHaveProperty("mac");
  });

  test("is put in lower case with colons", () => {
    expect(ask({}, "MAC=FA-16-3E-00-00-0A").mac?.value).toBe(A);
  });

  for (const wrong of ["fa:16:3e:00:00", "fa:16:3e:00:00:0a:0b", "fa:16-3e:00:00:0a", "fa163e00000a", "x"]) {
    test(`${wrong} is refused, with code 7 in the configuration and 4 in CNI_ARGS`, () => {
      expectCniError(
        () => ask({ runtimeConfig: { mac: wrong } }),
        7,
        "runtimeConfig.mac must be a MAC",
        wrong,
      );
      expectCniError(() => ask({}, `MAC=${wrong}`), 4, "CNI_ARGS MAC must be a MAC", wrong);
    });
  }
});
