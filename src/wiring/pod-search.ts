/** Which network namespaces of the node hold the pod's end of which port: for when no store tells. */
import { isMissingNamespace } from "../netlink/errors.ts";
import { listLinks } from "../netlink/links.ts";
import { Namespace } from "../netlink/namespace.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { hostEndOf } from "./names.ts";

/** Where runtimes keep the namespaces of their pods: containerd, CRI-O and `ip netns` alike. */
const FOLDERS = ["/run/netns", "/var/run/netns"];

/** An interface with a wanted MAC. */
export interface FoundPodEnd {
  readonly netns: string;
  readonly ifname: string;
  readonly mac: string;
}

/**
 * The paths under which runtimes keep network namespaces here, each once where folders are links.
 *
 * @param known paths of some namespaces: what is in their folders counts too
 * @throws what keeps this process from reading a folder that is there
 */
export function namespacePaths(known: readonly string[] = []): string[] {
  const { readdirSync, realpathSync } = process.getBuiltinModule("node:fs");
  const list = (folder: string): string[] => {
    try {
      return readdirSync(folder).map((name) => `${realpathSync(folder)}/${name}`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return [];
      throw error;
    }
  };
  // A process's own (`/proc/1/ns/net`) is in no folder of pods.
  const others = known.filter((path) => !path.startsWith("/proc/"));
  const folders = [...FOLDERS, ...others.map((path) => path.slice(0, path.lastIndexOf("/")))];
  return [...new Set([...new Set(folders)].flatMap(list))];
}

/** Whether a path leads into a network namespace. @throws NamespaceError "permission" */
export function namespaceExists(path: string): boolean {
  try {
    Namespace.open(path)[Symbol.dispose]();
    return true;
  } catch (error) {
    if (isMissingNamespace(error)) return false;
    throw error;
  }
}

/**
 * The interfaces in a namespace that have one of these MACs. Stand-ins, in the node's own, have their ports' too and do
 * not count. @throws NamespaceError "permission", NetlinkError
 */
export function findPodEnds(path: string, macs: ReadonlySet<string>): FoundPodEnd[] {
  try {
    using socket = NetlinkSocket.openIn(path);
    return listLinks(socket)
      .filter(({ name, mac }) => macs.has(mac) && hostEndOf(name) === undefined)
      .map(({ name, mac }) => ({ netns: path, ifname: name, mac }));
  } catch (error) {
    if (isMissingNamespace(error)) return [];
    throw error;
  }
}
