/**
 * Traffic between two pods, run inside their network namespaces; each prints what it has to say as JSON lines:
 *
 *     traffic.ts serve PORT                   prints "listening"; swallows what it gets, or sends it back
 *     traffic.ts stream ADDRESS PORT MS       prints gigabits a second that the other end has taken
 *     traffic.ts ping ADDRESS PORT MS         prints the microseconds of each round trip of a few bytes
 */

/** What a client says first. */
const STREAM = 1;
const PING = 2;

const CHUNK = new Uint8Array(256 * 1024);
const PING_BYTES = 64;

const [mode = "", ...rest] = Bun.argv.slice(2);
if (mode === "serve") serve(Number(rest[0]));
else console.log(JSON.stringify(await (mode === "stream" ? stream(rest) : ping(rest))));

interface Peer {
  kind: number | undefined;
  received: number;
}

/** A stream is counted, and the count sent back when the client has ended its side; a ping is sent back at once. */
function serve(port: number): void {
  Bun.listen<Peer>({
    hostname: "0.0.0.0",
    port,
    allowHalfOpen: true,
    socket: {
      open(socket) {
        socket.data = { kind: undefined, received: 0 };
      },
      data(socket, chunk) {
        socket.data.kind ??= chunk[0];
        if (socket.data.kind === PING) socket.write(chunk);
        else socket.data.received += chunk.byteLength;
      },
      end(socket) {
        socket.end(socket.data.kind === STREAM ? `${socket.data.received}` : "");
      },
    },
  });
  console.log("listening");
}

async function stream([hostname = "", port, ms]: string[]): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let answer = "";
  const began = performance.now();
  const until = began + Number(ms);
  CHUNK[0] = STREAM;
  const send = (socket: Bun.Socket) => {
    while (performance.now() < until) if (socket.write(CHUNK) < CHUNK.byteLength) return;
    socket.shutdown();
  };
  await Bun.connect({
    hostname,
    port: Number(port),
    allowHalfOpen: true,
    socket: {
      open: send,
      drain: send,
      data(_, chunk) {
        answer += new TextDecoder().decode(chunk);
      },
      close: () => resolve((Number(answer) * 8) / (performance.now() - began) / 1e6),
      end: (socket) => void socket.end(),
    },
  });
  return promise;
}

async function ping([hostname = "", port, ms]: string[]): Promise<number[]> {
  const { promise, resolve } = Promise.withResolvers<number[]>();
  const message = new Uint8Array(PING_BYTES).fill(PING);
  const microseconds: number[] = [];
  const until = performance.now() + Number(ms);
  let sentAt = 0;
  const send = (socket: Bun.Socket) => {
    sentAt = performance.now();
    socket.write(message);
  };
  await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: send,
      data(socket) {
        microseconds.push((performance.now() - sentAt) * 1000);
        if (performance.now() < until) return send(socket);
        socket.end();
        resolve(microseconds);
      },
    },
  });
  return promise;
}

export {};
