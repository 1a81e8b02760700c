import { chmodSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { messageOf } from "../cni/errors.ts";
import type { Logger } from "../log.ts";
import { isSocketPath, type Peer, peerOf } from "../system/unix-socket.ts";
import { AgentError } from "./lock.ts";

/** Whoever connected before the path went gets in and is heard within this time, also when the agent is busy. */
const LAST_CONNECTIONS_MS = 2_000;
/** What has come is read, and counted as a call, by then. */
const LAST_REQUESTS_MS = 20;

/** inode(7) */
const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;

export interface Listener {
  /**
   * The path goes at once, unless it is another agent's by now. Resolves when those who had connected before have
   * been heard; their connections stay.
   */
  close(): Promise<void>;
}

/**
 * Listens on a unix socket that is root's alone (0600, in a directory 0700 where that is missing). It is bound under
 * another name and put in its place whole, so that whoever connects meets the old agent or the new one.
 *
 * @throws {AgentError} when it cannot be bound
 */
export async function listenOnUnix(
  path: string,
  log: Logger,
  onConnection: (socket: Socket) => void,
): Promise<Listener> {
  const temporary = `${path}.${process.pid}`;
  if (!isSocketPath(temporary)) throw new AgentError(`agent.socket ${path} is too long for a socket's path`);
  const silent = new Set<Socket>();
  let ownCame = false;
  const server = createServer((socket) => {
    const peer = peerOfSocket(socket);
    if (peer?.pid === process.pid) ownCame = true;
    if (peer !== undefined && isTrusted(peer)) {
      untilHeard(socket, silent);
      return onConnection(socket);
    }
    log.warn("a connection was refused: only root may use this socket", { uid: peer?.uid, pid: peer?.pid });
    socket.destroy();
  });
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    warnOfOpenDirectory(dirname(path), log);
    rmSync(temporary, { force: true });
    await listening(server, { path: temporary });
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
  } catch (error) {
    server.close();
    throw new AgentError(`cannot listen on agent.socket ${path}: ${messageOf(error)}`, { cause: error });
  }
  const inode = inodeOf(path);
  return {
    close: async () => {
      if (inodeOf(path) === inode) await hearTheLast(path, temporary, () => ownCame && silent.size === 0);
      server.close();
    },
  };
}

/** Counts a connection as silent until something comes on it, or it ends. */
function untilHeard(socket: Socket, silent: Set<Socket>): void {
  silent.add(socket);
  const heard = () => silent.delete(socket);
  socket.once("data", heard).once("close", heard);
}

/**
 * Nobody finds the socket any more; connections wait in the order they came, so that once the agent has got one from
 * itself, it has got them all.
 */
async function hearTheLast(path: string, temporary: string, areAllHeard: () => boolean): Promise<void> {
  renameSync(path, temporary);
  const own = connect(temporary, () => own.end());
  own.on("error", () => own.destroy());
  const until = performance.now() + LAST_CONNECTIONS_MS;
  while (!areAllHeard() && performance.now() < until) await Bun.sleep(1);
  own.destroy();
  rmSync(temporary, { force: true });
  await Bun.sleep(LAST_REQUESTS_MS);
}

/** Resolves when a server listens. @throws what keeps it from that */
export function listening(
  server: Pick<Server, "listen" | "once" | "off">,
  where: { path: string } | { host: string; port: number },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(where, () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
}

/** Who may write into the directory may put another socket in the place of this one. */
function warnOfOpenDirectory(path: string, log: Logger): void {
  const { mode } = statSync(path);
  if ((mode & OTHERS_MAY_WRITE) === 0 || (mode & STICKY) !== 0) return;
  log.warn("others than root may write into the directory of agent.socket: forbid it with chmod 0700", {
    path,
  });
}

/** Who is root may do everything here anyway; so may who started the agent. */
function isTrusted({ uid }: Peer): boolean {
  return uid === 0 || uid === process.getuid?.();
}

/** Undefined when the connection is gone already. */
function peerOfSocket(socket: Socket): Peer | undefined {
  // Neither Node nor Bun has a public way to a socket's descriptor.
  const { _handle } = socket as Socket & { _handle?: { fd?: number } | null };
  const fd = _handle?.fd;
  try {
    return fd === undefined || fd < 0 ? undefined : peerOf(fd);
  } catch {
    return undefined;
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
