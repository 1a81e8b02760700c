/** A TCP connection from one network namespace to another that carries more than fits into one packet. */
import { attempt } from "../../../lab/command.ts";

const BYTES = 1_000_000;
const PORT = 8080;
const SECONDS = 10;

/** Whether a megabyte comes from `address`, in namespace `to`, to namespace `from`, within ten seconds. */
export async function transfers(from: string, to: string, address: string): Promise<boolean> {
  const role = (netns: string, name: string) => [
    "nsenter",
    `--net=${netns}`,
    process.execPath,
    import.meta.path,
    name,
    address,
  ];
  const server = Bun.spawn(role(to, "serve"), { stdout: "pipe" });
  try {
    // Tells when it listens.
    await server.stdout.getReader().read();
    const client = await attempt(role(from, "receive"), { timeout: SECONDS * 1000 });
    return client.stdout.trim() === String(BYTES);
  } finally {
    server.kill();
    await server.exited;
  }
}

function serve(hostname: string): void {
  Bun.serve({ hostname, port: PORT, fetch: () => new Response(new Uint8Array(BYTES)) });
  console.log("listening");
}

async function receive(address: string): Promise<void> {
  const host = address.includes(":") ? `[${address}]` : address;
  const response = await fetch(`http://${host}:${PORT}/`, { proxy: "" });
  console.log((await response.bytes()).length);
}

if (import.meta.main) {
  const [role, address = ""] = Bun.argv.slice(2);
  if (role === "serve") serve(address);
  else await receive(address);
}
