/**
 * A client and a server of one line, run inside a pod's network namespace:
 *
 * ```
 * net-tools.ts listen tcp|udp PORT ANSWER            prints "listening", then answers every client
 * net-tools.ts connect tcp|udp ADDRESS PORT TIMEOUT  prints a ConnectOutcome as JSON
 * ```
 */

export type Protocol = "tcp" | "udp";

/** How an attempt to reach a server ended; `answer` is what it said. */
export type ConnectOutcome =
  | { readonly outcome: "answered"; readonly answer: string }
  | { readonly outcome: "refused" | "unreachable" | "timeout" };

async function listen(protocol: Protocol, port: number, answer: string): Promise<void> {
  if (protocol === "tcp") {
    const open = (socket: { end(text: string): unknown }) => void socket.end(answer);
    Bun.listen({ hostname: "::", port, socket: { open, data() {} } });
  } else {
    await Bun.udpSocket({
      hostname: "::",
      port,
      socket: { data: (socket, _data, from, address) => void socket.send(answer, from, address) },
    });
  }
  console.log("listening");
}

async function connectTcp(hostname: string, port: number): Promise<ConnectOutcome> {
  const { promise, resolve } = Promise.withResolvers<ConnectOutcome>();
  let answer = "";
  const socket = {
    data(_socket: unknown, chunk: Uint8Array) {
      answer += new TextDecoder().decode(chunk);
    },
    close: () => resolve({ outcome: "answered", answer }),
    connectError: (_socket: unknown, error: Error) => resolve(failure(error)),
  };
  await Bun.connect({ hostname, port, socket }).catch((error: Error) => resolve(failure(error)));
  return promise;
}

async function connectUdp(hostname: string, port: number): Promise<ConnectOutcome> {
  const { promise, resolve } = Promise.withResolvers<ConnectOutcome>();
  const socket = await Bun.udpSocket({
    connect: { hostname, port },
    socket: {
      data: (_socket, chunk) => resolve({ outcome: "answered", answer: chunk.toString() }),
      // Bun tells that an ICMP error came, not which; without a server it is "port unreachable".
      error: () => resolve({ outcome: "refused" }),
    },
  });
  socket.send("?");
  return promise;
}

function failure(error: Error): ConnectOutcome {
  const { code } = error as NodeJS.ErrnoException;
  return { outcome: code === "ECONNREFUSED" ? "refused" : code === "ETIMEDOUT" ? "timeout" : "unreachable" };
}

if (import.meta.main) {
  const [action, protocol, ...rest] = Bun.argv.slice(2) as [string, Protocol, ...string[]];
  if (action === "listen") {
    await listen(protocol, Number(rest[0]), rest[1] ?? "");
  } else {
    const [address = "", port = "", timeout = ""] = rest;
    const late = Bun.sleep(Number(timeout)).then((): ConnectOutcome => ({ outcome: "timeout" }));
    const attempt =
      protocol === "tcp" ? connectTcp(address, Number(port)) : connectUdp(address, Number(port));
    console.log(JSON.stringify(await Promise.race([attempt, late])));
    process.exit();
  }
}
