import { answerVersion, errorAnswer, versionAnswer } from "./answer.ts";
import { extendResult } from "./chain.ts";
import { writeResult } from "./convert.ts";
import { readEnvironment } from "./environment.ts";
import { CniCode, CniError, messageOf } from "./errors.ts";
import { checkNetns, type SameNetns } from "./netns.ts";
import {
  type CheckRequest,
  type CniRequest,
  type GcRequest,
  readRequest,
  toCheckRequest,
  toGcRequest,
} from "./request.ts";
import type { Result } from "./result.ts";
import { parseConfig } from "./stdin.ts";

/** The work behind the verbs. Each throws a `CniError`, or anything that the dispatcher can be told to read as one. */
export interface Handlers {
  /** Attaches, and returns what this attachment made; results of plugins before it in the chain are put in front. */
  add(request: CniRequest): Promise<Result>;
  del(request: CniRequest): Promise<void>;
  check(request: CheckRequest): Promise<void>;
  status(request: CniRequest): Promise<void>;
  gc(request: GcRequest): Promise<void>;
}

/** What connects a dispatcher with its process. */
export interface CniIo {
  env: Readonly<Record<string, string | undefined>>;
  /** The whole of standard input; see `readBounded`. */
  readStdin(): Promise<string>;
  /** Standard output, which gets the answer and nothing else. */
  writeStdout(text: string): void;
  sameNetns: SameNetns;
}

type Answer = Record<string, unknown>;

/**
 * Serves one call of a container runtime, from the environment to the answer on standard output.
 *
 * @param handlers or what loads them, called only when a valid request needs them
 * @param toCniError turns what handlers throw into the error to answer; it must pass on a `CniError` as it is
 * @returns the exit code: 0, or 1 with an error on standard output
 */
export async function dispatch(
  io: CniIo,
  handlers: Handlers | (() => Promise<Handlers>),
  toCniError: (error: unknown) => CniError,
): Promise<number> {
  let stdin = "";
  try {
    stdin = await readStdin(io);
    const answer = await serve(io, stdin, handlers);
    if (answer !== undefined) {
      print(io, answer);
    }
    return 0;
  } catch (error) {
    print(io, errorAnswer(toCniError(error), answerVersion(stdin)));
    return 1;
  }
}

async function readStdin(io: CniIo): Promise<string> {
  try {
    return await io.readStdin();
  } catch (error) {
    if (error instanceof CniError) {
      throw error;
    }
    throw new CniError(CniCode.io, `standard input cannot be read: ${messageOf(error)}`, undefined, {
      cause: error,
    });
  }
}

async function serve(
  io: CniIo,
  stdin: string,
  handlers: Handlers | (() => Promise<Handlers>),
): Promise<Answer | undefined> {
  const environment = readEnvironment(io.env);
  const { command } = environment;
  if (command === "VERSION") {
    return versionAnswer(stdin);
  }
  const request = checkNetns(readRequest({ ...environment, command }, parseConfig(stdin)), io.sameNetns);
  const call = prepareCall(request);
  return call(typeof handlers === "function" ? await handlers() : handlers);
}

/** Checks what only this verb needs, so that a bad request fails before the handlers are loaded. */
function prepareCall(request: CniRequest): (handlers: Handlers) => Promise<Answer | undefined> {
  switch (request.command) {
    case "ADD":
      return (handlers) => add(handlers, request);
    case "CHECK": {
      const check = toCheckRequest(request);
      return (handlers) => silent(handlers.check(check));
    }
    case "GC": {
      const gc = toGcRequest(request);
      return (handlers) => silent(handlers.gc(gc));
    }
    case "DEL":
      return (handlers) => silent(handlers.del(request));
    case "STATUS":
      return (handlers) => silent(handlers.status(request));
  }
}

async function add(handlers: Handlers, request: CniRequest): Promise<Answer> {
  const own = await handlers.add(request);
  const result = request.prevResult === undefined ? own : extendResult(request.prevResult, own);
  return writeResult(result, request.cniVersion);
}

/** All verbs but ADD and VERSION answer success with nothing. */
async function silent(work: Promise<void>): Promise<undefined> {
  await work;
  return undefined;
}

function print(io: CniIo, answer: Answer): void {
  io.writeStdout(`${JSON.stringify(answer)}\n`);
}
