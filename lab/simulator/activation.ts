/** From DOWN to ACTIVE: what an agent reports once it has wired a bound port and put its filters in force. */
import { isBound } from "./binding.ts";
import type { Cloud } from "./cloud.ts";
import type { Port } from "./model.ts";

/** With `activation: immediate`, lets a bound port become ACTIVE after the delay that is set. */
export function scheduleActivation(cloud: Cloud, port: Port): void {
  if (cloud.settings.activation !== "immediate" || !isBound(port) || port.status === "ACTIVE") return;
  const timer = setTimeout(() => {
    cloud.timers.delete(timer);
    const now = cloud.ports.get(port.id);
    if (now !== undefined && isBound(now) && now.status !== "ACTIVE")
      cloud.ports.update(port.id, { status: "ACTIVE" });
  }, cloud.settings.active_delay_ms);
  cloud.timers.add(timer);
}

/** After a restart: the bound ports that were on their way. */
export function resumeActivations(cloud: Cloud): void {
  for (const port of cloud.ports.select("status = 'DOWN'", [])) scheduleActivation(cloud, port);
}
