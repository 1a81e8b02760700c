import { chmodSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { messageOf } from "../cni/errors.ts";
import type { Logger } from "../log.ts";
import { isSocketPath, type Peer, peerOf } from "../system/unix-socket.ts";
import { AgentError } from "./lock.ts";

/** Connections that came before the path went are served still. */
const LAST_CONNECTIONS_MS = 20;

export interface Listener {
  /** The path goes, unless it is another agent's by now; connections that are open stay. */
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
  const server = createServer((socket) => {
    if (isTrusted(socket, log)) onConnection(socket);
    else socket.destroy();
  });
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
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
      if (inodeOf(path) === inode) rmSync(path, { force: true });
      await Bun.sleep(LAST_CONNECTIONS_MS);
      server.close();
    },
  };
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

/** Who is root may do everything here anyway; so may who started the agent. */
function isTrusted(socket: Socket, log: Logger): boolean {
  const peer = peerOfSocket(socket);
  if (peer !== undefined && (peer.uid === 0 || peer.uid === process.getuid?.())) return true;
  log.warn("a connection was refused: only root may use this socket", { uid: peer?.uid, pid: peer?.pid });
  return false;
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
