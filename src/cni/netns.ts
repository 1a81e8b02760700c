import { CniCode, CniError, messageOf } from "./errors.ts";
import type { CniRequest } from "./request.ts";

/**
 * Whether a path is the network namespace of this process; throws, naming the path, when it is no network
 * namespace, or when there is nothing at the path.
 */
export type SameNetns = (path: string) => boolean;

/**
 * Checks the container's network namespace before anybody works in it.
 *
 * For DEL the namespace may be gone, and `/proc/<pid>/ns/net` of a process that is gone may by now be that
 * of another process, on the host: then the request goes on without namespace, so that what belongs to the
 * container is released and nothing of the host is touched.
 *
 * @throws {CniError} code 8, for ADD and CHECK in a namespace that is not usable or is the plugin's own
 */
export function checkNetns(request: CniRequest, sameNetns: SameNetns): CniRequest {
  switch (request.command) {
    case "ADD":
    case "CHECK":
      requireOtherNetns(request, sameNetns);
      return request;
    case "DEL":
      return isOwnForDel(request, sameNetns) ? { ...request, netns: "" } : request;
    default:
      return request;
  }
}

function requireOtherNetns({ netns, netnsOverride }: CniRequest, sameNetns: SameNetns): void {
  if (isOwnOrThrow(netns, sameNetns) && !netnsOverride) {
    throw new CniError(
      CniCode.invalidNetns,
      `CNI_NETNS ${netns} is the plugin's own network namespace: name the container's, ` +
        "or set CNI_NETNS_OVERRIDE=1 if that is meant",
    );
  }
}

function isOwnOrThrow(netns: string, sameNetns: SameNetns): boolean {
  try {
    return sameNetns(netns);
  } catch (error) {
    throw new CniError(
      CniCode.invalidNetns,
      `CNI_NETNS cannot be used: ${messageOf(error)}; is the container still running?`,
      undefined,
      { cause: error },
    );
  }
}

function isOwnForDel({ netns, netnsOverride }: CniRequest, sameNetns: SameNetns): boolean {
  if (netns === "" || netnsOverride) {
    return false;
  }
  try {
    return sameNetns(netns);
  } catch {
    // Gone, most likely: whoever works in it finds out, and for DEL that is no failure.
    return false;
  }
}
