import type { Logger } from "../log.ts";
import { close, SOCK_DGRAM, send } from "../system/libc.ts";
import { connectUnix } from "../system/unix-socket.ts";

const TIMEOUT_MS = 1_000;

/** Tells systemd what the service does (sd_notify(3)), where systemd asks for it. */
export function notifySystemd(state: "READY=1" | "STOPPING=1", log: Logger): void {
  const path = process.env.NOTIFY_SOCKET;
  if (path === undefined || path === "") return;
  try {
    const fd = connectUnix(SOCK_DGRAM, path, TIMEOUT_MS);
    try {
      send(fd, new TextEncoder().encode(state));
    } finally {
      close(fd);
    }
  } catch (error) {
    log.warn("systemd could not be told of the agent's state", { state, error });
  }
}
