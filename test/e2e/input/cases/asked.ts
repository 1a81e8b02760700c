import type { Case, Json, Table } from "../case.ts";

function runtimeConfig(name: string, value: Json, code: number, ...says: RegExp[]): Case {
  return { name, config: { runtimeConfig: value }, code, says };
}

function cniArgs(name: string, pairs: string, code: number, ...says: RegExp[]): Case {
  return {
    name,
    env: { CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0;${pairs}` },
    code,
    says,
  };
}

const ADDRESS = /must be an IP address, with or without prefix length/;
const MAC = /must be a MAC address of six bytes/;

/** The runtime's ways to ask for addresses and MACs. */
export const asked: Table = {
  topic: "what the runtime asks for",
  cases: [
    runtimeConfig("ips that is a text", { ips: "10.51.0.20" }, 7, /runtimeConfig\.ips must be a list/),
    runtimeConfig("ips with a number", { ips: [5] }, 7, /runtimeConfig\.ips\[0\]/, /string/),
    runtimeConfig(
      "ips with no address",
      { ips: ["10.51.0.20", "pod"] },
      7,
      /runtimeConfig\.ips\[1\]/,
      ADDRESS,
    ),
    runtimeConfig(
      "ips with prefix 33",
      { ips: ["10.51.0.20/33"] },
      7,
      /runtimeConfig\.ips\[0\]/,
      /\/33/,
      ADDRESS,
    ),
    runtimeConfig(
      "ips with two of one family",
      { ips: ["10.51.0.20/22", "10.51.0.21/22"] },
      101,
      /runtimeConfig\.ips\[1\] of pod shop\/web-0/,
      /second IPv4 address/,
    ),
    runtimeConfig("ips with loopback", { ips: ["127.0.0.1/8"] }, 101, /runtimeConfig\.ips\[0\]/, /loopback/),
    runtimeConfig(
      "ips outside of the network",
      { ips: ["192.0.2.5/24"] },
      101,
      /runtimeConfig\.ips\[0\]/,
      /10\.51\.0\.0\/22/,
    ),
    runtimeConfig("mac that is none", { mac: "fa:16:3e" }, 7, /runtimeConfig\.mac/, MAC),
    runtimeConfig("mac for many", { mac: "ff:ff:ff:ff:ff:ff" }, 101, /runtimeConfig\.mac/, /unicast/),
    {
      name: "runtimeConfig that is a list",
      annotations: null,
      config: { runtimeConfig: [] },
      code: 7,
      says: [/runtimeConfig must be an object/],
    },
    { name: "args that is a text", config: { args: "x" }, code: 7, says: [/args must be an object/] },
    {
      name: "args.cni.ips that is an object",
      config: { args: { cni: { ips: {} } } },
      code: 7,
      says: [/args\.cni\.ips must be a list/],
    },
    {
      name: "args.cni.mac that is none",
      config: { args: { cni: { mac: "x" } } },
      code: 7,
      says: [/args\.cni\.mac/, MAC],
    },
    cniArgs("CNI_ARGS with a bad IP", "IP=10.51.0", 4, /CNI_ARGS IP/, /"10\.51\.0"/, ADDRESS),
    cniArgs("CNI_ARGS with two IPs", "IP=10.51.0.20,10.51.0.21", 4, /CNI_ARGS IP/, ADDRESS),
    cniArgs("CNI_ARGS with a bad MAC", "MAC=fa:16:3e:xx:00:01", 4, /CNI_ARGS MAC/, MAC),
    cniArgs("CNI_ARGS with an IP elsewhere", "IP=192.0.2.5", 101, /CNI_ARGS IP/, /192\.0\.2\.5/),
  ],
};
