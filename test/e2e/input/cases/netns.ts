import type { Case, Table } from "../case.ts";

function unusable(name: string, path: string, why: RegExp, more: Partial<Case> = {}): Case {
  return {
    name,
    env: { CNI_NETNS: path },
    files: { file: "" },
    code: 8,
    says: [why],
    ...more,
  };
}

const NOT_ONE = /CNI_NETNS cannot be used: \S+ is not a network namespace; is the container still running/;

const withoutCapabilities = (...names: string[]) => [
  "setpriv",
  `--bounding-set=${names.map((name) => `-${name}`).join(",")}`,
];

/** As runtimes make namespaces last: a mount on a file, which does not tell by its name what it leads to. */
const boundToOwn = [
  "unshare",
  "--mount",
  "sh",
  "-c",
  'mount --bind /proc/self/ns/net "$CNI_NETNS" && exec "$@"',
  "sh",
];

export const netns: Table = {
  topic: "network namespace and interface",
  cases: [
    unusable(
      "a path that is not there",
      "/run/netns/no-such-pod",
      /CNI_NETNS cannot be used: .*\/run\/netns\/no-such-pod is missing; is the container still running/,
    ),
    unusable(
      "a process that has ended",
      "/proc/999999999/ns/net",
      /CNI_NETNS cannot be used: .*999999999\/ns\/net is missing/,
    ),
    unusable("a regular file", "@dir@/file", NOT_ONE),
    unusable("a folder", "@dir@", NOT_ONE),
    unusable("a device", "/dev/null", NOT_ONE),
    unusable("a namespace of another kind", "/proc/self/ns/mnt", NOT_ONE),
    unusable("the plugin's own", "/proc/self/ns/net", /plugin's own network namespace/),
    unusable("the plugin's own, with CNI_NETNS_OVERRIDE=no", "/proc/self/ns/net", /CNI_NETNS_OVERRIDE=1/, {
      env: { CNI_NETNS: "/proc/self/ns/net", CNI_NETNS_OVERRIDE: "no" },
    }),
    unusable("the plugin's own, bound to a path", "@dir@/file", /plugin's own network namespace/, {
      through: boundToOwn,
    }),
    unusable("no path at all but a text", "pod-7", /CNI_NETNS cannot be used: .*pod-7 is missing/),
    unusable("CHECK of one that is gone", "/run/netns/no-such-pod", /is the container/, {
      verb: "CHECK",
      config: { prevResult: { cniVersion: "1.0.0" } },
    }),
    unusable("one that may not be entered", "@pod@", /may not be entered: skynet must run as root/, {
      through: withoutCapabilities("sys_admin"),
    }),
    {
      name: "DEL of one that is gone succeeds",
      verb: "DEL",
      env: { CNI_NETNS: "/run/netns/no-such-pod" },
      code: 0,
      says: [],
    },
    {
      name: "DEL of a regular file succeeds",
      verb: "DEL",
      env: { CNI_NETNS: "@dir@/file" },
      files: { file: "" },
      code: 0,
      says: [],
    },
    {
      name: "an interface that is there already",
      env: { CNI_IFNAME: "busy0" },
      code: 4,
      says: [/interface busy0 already exists in \/run\/netns/, /pod shop\/web-0/, /DEL/],
    },
    {
      name: "the pod's loopback as the interface",
      env: { CNI_IFNAME: "lo" },
      code: 4,
      says: [/interface lo already exists/, /CNI_IFNAME must be another name/],
    },
  ],
};
