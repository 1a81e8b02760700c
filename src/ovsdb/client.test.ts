import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import type { Socket, UnixSocketListener } from "bun";
import { OvsdbClient } from "./client.ts";
import { OvsdbError } from "./errors.ts";
import { JsonStream } from "./framing.ts";
import { insert, select } from "./operations.ts";

interface Message {
  readonly id: unknown;
  readonly method?: string;
  readonly params?: readonly unknown[];
  readonly result?: unknown;
}

/** A server on a unix socket that does with each message what a test says. */
let onMessage: (message: Message, socket: Socket<JsonStream>) => void;
let server: UnixSocketListener<JsonStream>;
let folder: string;
let address: string;

beforeEach(() => {
  folder = mkdtempSync("/tmp/ovsdb-test-");
  address = `unix:${folder}/db.sock`;
  server = Bun.listen<JsonStream>({
    unix: `${folder}/db.sock`,
    socket: {
      open: (socket) => {
        socket.data = new JsonStream();
      },
      data: (socket, piece) => {
        for (const message of socket.data.push(piece)) onMessage(message as Message, socket);
      },
    },
  });
});

afterEach(() => {
  server.stop(true);
  rmSync(folder, { recursive: true });
});

const signal = () => AbortSignal.timeout(5_000);
const connect = () => OvsdbClient.connect(address, "Open_vSwitch", signal());
const answer = (socket: Socket<JsonStream>, id: unknown, result: unknown, error: unknown = null) =>
  socket.write(JSON.stringify({ id, result, error }));

async function failureOf(promise: Promise<unknown>): Promise<OvsdbError> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(OvsdbError);
  return error as OvsdbError;
}

describe("transact", () => {
  test("sends the operations and answers their results, those of several in flight to whom they belong", async () => {
    const asked: Message[] = [];
    onMessage = (message, socket) => {
      asked.push(message);
      if (asked.length < 2) return;
      for (const { id, params } of asked.toReversed()) answer(socket, id, [{ rows: [{ of: params?.[1] }] }]);
    };
    using client = await connect();
    const operations = [select("Port", [], ["name"]), select("Bridge", [], [])];
    const results = await Promise.all(
      operations.map((operation) => client.transact([operation], signal()) as Promise<unknown>),
    );
    expect(asked[0]).toMatchObject({ method: "transact", params: ["Open_vSwitch", operations[0]] });
    expect(results).toEqual(operations.map((operation) => [{ rows: [{ of: operation }] }]));
  });

  test("a refused operation is an error that names it and carries the database's code", async () => {
    onMessage = ({ id }, socket) =>
      answer(socket, id, [{}, { error: "timed out", details: "it differs" }, null]);
    using client = await connect();
    const operations = ["A", "B", "C"].map((table) => insert(table, {}));
    const error = await failureOf(client.transact(operations, signal()));
    expect(error).toMatchObject({ reason: "refused", code: "timed out" });
    expect(error.message).toBe(`${address}: insert B: timed out (it differs)`);
  });

  test("so is what only shows when the transaction is put together, and a refused request", async () => {
    const refusals: [result: unknown, error: unknown][] = [
      [[{}, { error: "constraint violation", details: null }], null],
      [null, { error: "no" }],
    ];
    onMessage = ({ id }, socket) => answer(socket, id, ...(refusals.shift() ?? [null, null]));
    using client = await connect();
    const first = await failureOf(client.transact([insert("A", {})], signal()));
    expect(first.message).toBe(`${address}: the transaction: constraint violation`);
    expect(await failureOf(client.transact([], signal()))).toMatchObject({ reason: "refused", code: "no" });
  });
});

test("the server's question whether the client lives is answered, also in the middle of a transaction", async () => {
  const { promise: echoed, resolve } = Promise.withResolvers<Message>();
  onMessage = (message, socket) => {
    if (message.method === undefined) {
      resolve(message);
      answer(socket, 1, []);
    } else {
      socket.write(`{"id": "echo", "method": "echo", "params": ["x"]} `);
    }
  };
  using client = await connect();
  expect(await client.transact([], signal())).toEqual([]);
  expect(await echoed).toEqual({ id: "echo", result: ["x"], error: null } as Message);
});

test("a large transaction arrives whole", async () => {
  const name = "x".repeat(3_000_000);
  onMessage = ({ id, params }, socket) => answer(socket, id, [{ count: JSON.stringify(params).length }]);
  using client = await connect();
  const [result] = await client.transact([insert("Port", { name })], signal());
  expect(result?.count).toBeGreaterThan(3_000_000);
});

describe("until", () => {
  test("looks at once and after each change, and ends with the first answer", async () => {
    onMessage = ({ id }, socket) => {
      answer(socket, id, {});
      socket.write(`{"id": null, "method": "update2", "params": [2, {}]}`);
    };
    using client = await connect();
    let looks = 0;
    const seen = client.until(
      { Port: { columns: ["tag"], where: [] } },
      async () => {
        looks += 1;
        if (looks === 1) return undefined;
        return "seen";
      },
      signal(),
    );
    expect(await seen).toBe("seen");
    expect(looks).toBe(2);
  });
});

test.each([
  [true, false],
  [false, true],
])("a lock that was granted is nobody else's: %p", async (granted, locked) => {
  onMessage = ({ id }, socket) => answer(socket, id, { locked: granted });
  using client = await connect();
  expect(await client.isLocked("ovs_vswitchd", signal())).toBe(locked);
});

describe("a server that is not as it should be", () => {
  test("missing, refusing, or no socket", async () => {
    server.stop(true);
    for (const where of [address, `unix:${folder}`, "tcp:127.0.0.1:1"]) {
      const error = await failureOf(OvsdbClient.connect(where, "x", signal()));
      expect(error.reason).toBe("unreachable");
      expect(error.message).toStartWith(`${where} cannot be reached: `);
    }
  });

  test("silent: whoever asks waits as long as its signal says, and others are not disturbed", async () => {
    onMessage = ({ id, params }, socket) => {
      if (params?.length === 2) answer(socket, id, [{}]);
    };
    using client = await connect();
    const controller = new AbortController();
    const waiting = client.transact([], controller.signal);
    const reason = new Error("no time");
    controller.abort(reason);
    expect(waiting).rejects.toBe(reason);
    expect(await client.transact([insert("A", {})], signal())).toEqual([{}]);
    expect(client.transact([], controller.signal)).rejects.toBe(reason);
  });

  test("gone in the middle of a transaction, and for the ones after it", async () => {
    onMessage = (_, socket) => socket.end();
    using client = await connect();
    const error = await failureOf(client.transact([], signal()));
    expect(error).toMatchObject({ reason: "unreachable", message: `${address} closed the connection` });
    expect(await failureOf(client.transact([], signal()))).toBe(error);
  });

  test.each(["SSH-2.0-OpenSSH\n", "{}x", "[]"])("speaking something else: %p", async (text) => {
    onMessage = (_, socket) => {
      socket.write(text);
    };
    using client = await connect();
    const error = await failureOf(client.transact([], signal()));
    expect(error).toMatchObject({ reason: "protocol", message: `${address} does not speak OVSDB` });
  });

  test("answering with something else", async () => {
    onMessage = ({ id }, socket) => answer(socket, id, 7);
    using client = await connect();
    expect(await failureOf(client.transact([], signal()))).toMatchObject({ reason: "protocol" });
  });
});
