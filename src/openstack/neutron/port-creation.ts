import { sleep } from "../../sleep.ts";
import { isOpenStackError, OpenStackError } from "../errors.ts";
import type { Neutron } from "./client.ts";
import { hasTags, matchesPort, type Port, type PortDraft } from "./port.ts";
import { listPorts } from "./port-list.ts";
import { deletePort } from "./port-requests.ts";
import { replaceTags } from "./tags.ts";

/** When ports are looked for whose creation was not answered, in milliseconds after the failure: Neutron may still be at it. */
const LOOKS_MS: readonly number[] = [0, 500, 1500];

/** How often a creation is sent at most. */
const MOST_ATTEMPTS = 3;

/** Time for an undo, in milliseconds; it does not depend on the caller's deadline, which may be over. */
const UNDO_MS = 10_000;

/**
 * Makes one port, with its tags.
 * @see createPorts
 */
export async function createPort(
  neutron: Neutron,
  draft: PortDraft,
  signal: AbortSignal,
  looksMs: readonly number[] = LOOKS_MS,
): Promise<Port> {
  const [port] = await createPorts(neutron, [draft], signal, looksMs);
  return port as Port;
}

/**
 * Makes all ports or none, with their tags, in the order of `drafts`: in one request where Neutron has the extension
 * `tag-ports-during-bulk-creation`. When the answer is lost, the ports are looked for by their `device_id` before the request
 * is sent again, and twins that appear nevertheless are deleted.
 * @throws OpenStackError; when it is `ambiguous`, the ports may exist or still come to exist: delete them by `device_id`, later
 */
export async function createPorts(
  neutron: Neutron,
  drafts: readonly PortDraft[],
  signal: AbortSignal,
  looksMs: readonly number[] = LOOKS_MS,
): Promise<Port[]> {
  const ports = await createOrFind(neutron, drafts, signal, looksMs);
  await ensureTags(neutron, drafts, ports, signal);
  return ports;
}

async function createOrFind(
  neutron: Neutron,
  drafts: readonly PortDraft[],
  signal: AbortSignal,
  looksMs: readonly number[],
): Promise<Port[]> {
  let doubt = false;
  for (let attempt = 1; ; attempt++) {
    try {
      const ports = await post(neutron, drafts, signal);
      if (doubt) await deleteTwins(neutron, drafts, ports, signal);
      return ports;
    } catch (error) {
      if (!isOpenStackError(error) || !(doubt || error.ambiguous)) throw error;
      doubt = true;
      const found = await findCreated(neutron, drafts, signal, looksMs).catch(() => {
        throw inDoubt(error); // Without having looked, nothing is sent again.
      });
      if (found !== undefined) return found;
      if (attempt === MOST_ATTEMPTS || !error.ambiguous || signal.aborted) throw inDoubt(error);
    }
  }
}

async function post(neutron: Neutron, drafts: readonly PortDraft[], signal: AbortSignal): Promise<Port[]> {
  const path = "/v2.0/ports";
  const tagsToo = neutron.extensions.has("tag-ports-during-bulk-creation");
  const bodies = drafts.map((draft) => bodyOf(neutron, draft, tagsToo));
  const [single] = bodies;
  if (bodies.length === 1 && (!tagsToo || drafts[0]?.tags === undefined)) {
    return [await neutron.send<Port>({ method: "POST", path, body: { port: single }, signal }, "port")];
  }
  const request = { method: "POST", path, body: { ports: bodies }, signal } as const;
  const made = await neutron.send<Port[]>(request, "ports");
  return drafts.map(({ device_id }) => made.find((port) => port.device_id === device_id) ?? incomplete(path));
}

/** `noauth` has no token that tells the owner: there the configured project goes into the body. */
function bodyOf(neutron: Neutron, draft: PortDraft, tagsToo: boolean): object {
  const { tags, ...port } = draft;
  const { projectId } = neutron.session.settings;
  return {
    ...(projectId === undefined ? {} : { project_id: projectId }),
    ...port,
    ...(tagsToo && tags !== undefined ? { tags } : {}),
  };
}

function incomplete(path: string): never {
  throw new OpenStackError({
    service: "neutron",
    kind: "unexpected",
    method: "POST",
    url: path,
    said: "the answer does not hold every port that was to be made",
    hint: "look at the log of neutron-server",
    ambiguous: true,
  });
}

/** The ports of all drafts, when the unanswered request has made them; undefined when Neutron does not have them (all). */
async function findCreated(
  neutron: Neutron,
  drafts: readonly PortDraft[],
  signal: AbortSignal,
  looksMs: readonly number[],
): Promise<Port[] | undefined> {
  let waited = 0;
  for (const atMs of looksMs) {
    if (!(await sleep(atMs - waited, signal))) return undefined;
    waited = atMs;
    const found = await lookUp(neutron, drafts, signal);
    const ports = found.flatMap(([first]) => (first === undefined ? [] : [first]));
    if (ports.length === drafts.length) return ports;
  }
  return undefined;
}

/** For each draft the ports that were made from it. */
async function lookUp(
  neutron: Neutron,
  drafts: readonly PortDraft[],
  signal: AbortSignal,
): Promise<Port[][]> {
  const ports = await listPorts(neutron, { device_ids: drafts.map((draft) => draft.device_id) }, signal);
  return drafts.map((draft) => ports.filter((port) => isMadeFrom(port, draft)));
}

/** Tags may still be missing: they are set afterwards. */
function isMadeFrom(port: Port, { device_id, network_id, name }: PortDraft): boolean {
  return matchesPort(port, { device_id, network_id, ...(name === undefined ? {} : { name }) });
}

/** Deletes what an earlier, unanswered request has made beside `ports`; what cannot be deleted now is left to the collection. */
async function deleteTwins(
  neutron: Neutron,
  drafts: readonly PortDraft[],
  ports: readonly Port[],
  signal: AbortSignal,
): Promise<void> {
  const kept = new Set(ports.map(({ id }) => id));
  const all = await lookUp(neutron, drafts, signal).catch(() => []);
  const twins = all.flat().filter(({ id }) => !kept.has(id));
  await Promise.allSettled(twins.map(({ id }) => deletePort(neutron, id, signal)));
}

/** Sets the tags that were not made with the ports. Its undo: ports that cannot be tagged are deleted. */
async function ensureTags(
  neutron: Neutron,
  drafts: readonly PortDraft[],
  ports: readonly Port[],
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const [index, { tags = [] }] of drafts.entries()) {
      const port = ports[index] as Port;
      if (!hasTags(port, tags)) await replaceTags(neutron, "ports", port.id, tags, signal);
    }
  } catch (error) {
    if (!isOpenStackError(error)) throw error;
    throw (await deleteAll(neutron, ports)) ? inDoubt(error, false) : inDoubt(error);
  }
}

async function deleteAll(neutron: Neutron, ports: readonly Port[]): Promise<boolean> {
  const signal = AbortSignal.timeout(UNDO_MS);
  const undone = await Promise.allSettled(ports.map(({ id }) => deletePort(neutron, id, signal)));
  return undone.every(({ status }) => status === "fulfilled");
}

/** `error`, saying whether ports may exist. */
function inDoubt(error: OpenStackError, ambiguous = true): OpenStackError {
  return error.ambiguous === ambiguous
    ? error
    : new OpenStackError({ ...error, ambiguous }, { cause: error });
}
