/** What security groups do, seen from outside: one TCP port answers, another does not, strangers get no reply. */
import { run } from "../command.ts";
import { gateway, secret } from "./cast.ts";
import type { Detail } from "./report.ts";
import { milliseconds, type Stage } from "./stage.ts";

/** How a stranger's pings went. */
interface Strangers {
  readonly sent: number;
  readonly replies: number;
}

/** Shows that group `web` lets TCP 80 in and blocks 81. @throws Error when it is otherwise */
export async function tryWebGroup(stage: Stage): Promise<string> {
  const server = stage.player("shop");
  const address = stage.address("shop", 4);
  await using _http = await server.pod.listen(80);
  await using _other = await server.pod.listen(81);
  const client = stage.player("web-2").pod;
  const [open, blocked] = await Promise.all([client.connect(address, 80), client.connect(address, 81)]);
  const words = `80 ${open.outcome}, 81 ${blocked.outcome === "timeout" ? "blocked" : blocked.outcome}`;
  if (open.outcome !== "answered" || blocked.outcome !== "timeout") {
    throw new Error(`expected 80 answered and 81 blocked, but: ${words}`);
  }
  return words;
}

/** Pings a pod of the default group and one of `web` from the gateway, which is in no group. */
export async function tryStranger(stage: Stage): Promise<string> {
  const [isolated, open] = await Promise.all([
    strangerPings(stage.address("web-1", 4)),
    strangerPings(stage.address("shop", 4)),
  ]);
  const words =
    `web-1 (group default): ${isolated.replies} of ${isolated.sent} answered, ` +
    `shop (group web, which allows ICMP): ${open.replies} of ${open.sent} answered`;
  if (isolated.replies > 0 || open.replies === 0) throw new Error(words);
  return words;
}

/** Attaches a pod while a stranger pings the address it will have, and for a moment after. */
export async function attachUnderFire(stage: Stage, detail: Detail): Promise<string> {
  const address = secret.annotations["skynet/ip"] ?? "";
  const ping = Bun.spawn(["ping", "-n", "-i", "0.02", "-W", "1", address], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const output = new Response(ping.stdout).text();
  try {
    const { added } = await stage.attach(secret);
    detail(`attached in ${milliseconds(added)}`);
    await strangerPings(address);
  } finally {
    // ping prints its count when it is interrupted.
    ping.kill("SIGINT");
  }
  const { sent, replies } = countOf(await output);
  const reached = await stage.player(secret.name).pod.ping(gateway[4]);
  const words = `${replies} of ${sent} pings answered; the pod itself reaches the gateway`;
  if (sent === 0 || replies > 0) throw new Error(`${replies} of ${sent} pings answered`);
  if (reached === 0) throw new Error("the pod does not reach the gateway");
  return words;
}

/** From this process's namespace, the control namespace, which is the gateway of the flat network. */
async function strangerPings(address: string): Promise<Strangers> {
  return countOf(await run(["sh", "-c", `ping -n -c 3 -i 0.2 -W 1 ${address}; true`]));
}

function countOf(output: string): Strangers {
  const [, sent, replies] = /(\d+) packets transmitted, (\d+) received/.exec(output) ?? [];
  return { sent: Number(sent ?? 0), replies: Number(replies ?? 0) };
}
