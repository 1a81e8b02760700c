import type { Case, Table } from "../case.ts";

function containerId(id: string): Case {
  return {
    name: `CNI_CONTAINERID ${JSON.stringify(id).slice(0, 20)}`,
    env: { CNI_CONTAINERID: id },
    code: 4,
    says: [/^CNI_CONTAINERID ".{1,60}…? is invalid: it must start with a letter or digit/],
  };
}

function ifname(name: string, why: RegExp): Case {
  return {
    name: `CNI_IFNAME ${JSON.stringify(name)}`,
    env: { CNI_IFNAME: name },
    code: 4,
    says: [/^CNI_IFNAME ".+" is invalid: /, why],
  };
}

function args(text: string, quoted: RegExp): Case {
  return {
    name: `CNI_ARGS ${JSON.stringify(text)}`,
    env: { CNI_ARGS: text },
    code: 4,
    says: [/^CNI_ARGS/, quoted, /write KEY=VALUE/],
  };
}

export const environment: Table = {
  topic: "environment",
  cases: [
    {
      name: "ADD without CNI_CONTAINERID",
      env: { CNI_CONTAINERID: null },
      code: 4,
      says: [/CNI_CONTAINERID/, /ADD/],
    },
    { name: "ADD without CNI_NETNS", env: { CNI_NETNS: null }, code: 4, says: [/CNI_NETNS/, /ADD/] },
    { name: "ADD with an empty CNI_IFNAME", env: { CNI_IFNAME: "" }, code: 4, says: [/CNI_IFNAME/, /ADD/] },
    {
      name: "ADD without any of the three",
      env: { CNI_CONTAINERID: null, CNI_NETNS: null, CNI_IFNAME: null },
      code: 4,
      says: [/CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME/],
    },
    {
      name: "CHECK without CNI_NETNS",
      verb: "CHECK",
      env: { CNI_NETNS: "" },
      code: 4,
      says: [/CHECK needs CNI_NETNS/],
    },
    {
      name: "DEL without CNI_CONTAINERID",
      verb: "DEL",
      env: { CNI_CONTAINERID: null },
      code: 4,
      says: [/DEL needs CNI_CONTAINERID/],
    },
    {
      name: "DEL without CNI_IFNAME",
      verb: "DEL",
      env: { CNI_IFNAME: null },
      code: 4,
      says: [/DEL needs CNI_IFNAME/],
    },
    {
      name: "an empty CNI_COMMAND",
      env: { CNI_COMMAND: "" },
      code: 4,
      says: [/CNI_COMMAND is not set or empty/, /ADD, DEL/],
    },
    {
      name: "an unknown CNI_COMMAND",
      env: { CNI_COMMAND: "ATTACH" },
      code: 4,
      says: [/CNI_COMMAND "ATTACH" is unknown/, /ADD, DEL/],
    },
    {
      name: "a CNI_COMMAND in small letters",
      env: { CNI_COMMAND: "add" },
      code: 4,
      says: [/CNI_COMMAND "add" is unknown/],
    },
    ...["-c1", "a/../../etc", "a b", "käfig", "c1\n", `c1;rm -rf ${"x".repeat(300)}`].map(containerId),
    ifname("abcdefghijklmnop", /at most 15 bytes/),
    ifname("öööööööö", /at most 15 bytes/),
    ifname(".", /neither '\.' nor '\.\.'/),
    ifname("..", /neither '\.' nor '\.\.'/),
    ifname("net/eth0", /no '\/'/),
    ifname("eth0:1", /':'/),
    ifname("eth 0", /white space/),
    ifname("eth0\n", /white space/),
    ifname("eth%d", /'%'/),
    ifname("all", /kernel/),
    ifname("default", /kernel/),
    args("K8S_POD_NAME", /"K8S_POD_NAME"/),
    args("IgnoreUnknown=1;=web-0", /"=web-0"/),
    args("K8S_POD_NAME=web-0,K8S_POD_NAMESPACE=shop;IP", /"IP"/),
  ],
};
