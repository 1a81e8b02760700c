import type { World } from "../attachment/world.ts";
import { dispatch } from "../cni/dispatch.ts";
import { CniCode, CniError } from "../cni/errors.ts";
import type { CniRequest } from "../cni/request.ts";
import { Deadline } from "../deadline.ts";
import type { Logger } from "../log.ts";
import { isOwnNamespace } from "../netlink/namespace.ts";
import { failure, handlersIn } from "../verbs/handlers.ts";
import { Admission } from "./admission.ts";
import { type AskedCall, elapsedMs } from "./asked-call.ts";
import { type Call, fieldsOf, type Refusal, refuse, summaryOf } from "./call.ts";
import { lineOf } from "./line.ts";
import type { Networks } from "./networks.ts";
import type { VerbHooks } from "./part.ts";
import { Turns } from "./turns.ts";

export interface CallAnswer {
  /** 200: the verb succeeded; 500: it failed; else it was not begun: see {@link Refusal}. */
  status: 200 | 500 | Refusal["status"];
  /** What the plugin prints. */
  body: string;
}

export interface CallsOptions {
  networks: Networks;
  hooks: VerbHooks;
  log: Logger;
  /** Why no call can be begun now, if that is so. */
  refusal(): Refusal | undefined;
}

type Verb = "add" | "del" | "check" | "gc";

/** Serves the verbs that plugins hand over, as many at once as is good, each under its own deadline. */
export class Calls {
  private readonly admission = new Admission();
  private readonly turns = new Turns();
  private readonly deadlines = new Set<Deadline>();
  /** Attachments whose ADD is at work: to the store this process is one owner, whichever of its ADDs asks. */
  private readonly adding = new Set<string>();
  private unanswered = 0;
  private whenIdle = Promise.withResolvers<void>();

  constructor(private readonly options: CallsOptions) {}

  /** By network, the ADDs that wait and those at work. */
  load(): { network: string; waiting: number; atWork: number }[] {
    return this.turns.load();
  }

  /** Calls that are not answered yet. */
  get atWork(): number {
    return this.unanswered;
  }

  /** Serves one call, from its text to what the plugin prints; it is over when that is delivered. Never throws. */
  async serve(
    asked: AskedCall,
    gone: AbortSignal,
    deliver: (answer: CallAnswer) => Promise<void>,
  ): Promise<void> {
    const call: Call = { asked, gone, receivedAt: performance.now(), waitedMs: 0 };
    this.unanswered++;
    try {
      const { answer, error } = await this.answer(call);
      const ms = performance.now() - call.receivedAt;
      await deliver(answer);
      this.note(call, error, ms);
    } finally {
      if (--this.unanswered === 0) {
        this.whenIdle.resolve();
        this.whenIdle = Promise.withResolvers();
      }
    }
  }

  /** Resolves once no call is at work, or after `ms`; answers how many still are. */
  async drained(ms: number): Promise<number> {
    if (this.unanswered > 0) await Promise.race([this.whenIdle.promise, Bun.sleep(ms)]);
    return this.unanswered;
  }

  /** Ends whatever is at work: ADDs take back what they made. */
  abort(reason: string): void {
    for (const deadline of this.deadlines) deadline.cancel(reason);
  }

  private async answer(call: Call): Promise<{ answer: CallAnswer; error: CniError | undefined }> {
    let error: CniError | undefined;
    let body = "";
    const exitCode = await dispatch(
      {
        env: call.asked.env,
        readStdin: async () => call.asked.stdin,
        writeStdout: (text) => {
          body += text;
        },
        sameNetns: isOwnNamespace,
      },
      async () => {
        const refusal = this.options.refusal();
        if (refusal !== undefined) throw refuse(call, refusal);
        return handlersIn((request, verb, work) => this.run(call, request, verb, work));
      },
      (thrown) => {
        error = failure(thrown);
        return error;
      },
    );
    return { answer: { status: exitCode === 0 ? 200 : (call.refused?.status ?? 500), body }, error };
  }

  private async run<T>(
    call: Call,
    request: CniRequest,
    verb: Verb,
    work: (world: World) => Promise<T>,
  ): Promise<T> {
    call.request = request;
    const line = lineOf(request);
    const admitted = this.admission.admit(request.command, line);
    if (typeof admitted === "object") throw refuse(call, { status: 503, reason: admitted.refusal });
    try {
      const { config, log, surroundings } = await this.options.networks.of(request.config);
      using deadline = new Deadline(request.command, config.deadlines[verb], elapsedMs(call.asked));
      const world: World = { ...surroundings, log: log.child(fieldsOf(call, request)), deadline };
      const decorated = this.options.hooks.decorate?.(world, request) ?? world;
      // Awaited here: the deadline must not be disposed of before the work is done.
      return await this.under(deadline, call, verb, () =>
        verb === "add" ? this.inTurn(call, request, line, world, () => work(decorated)) : work(decorated),
      );
    } finally {
      admitted();
    }
  }

  /** What makes things is ended with the plugin that asked for it; what removes them goes on. */
  private async under<T>(deadline: Deadline, call: Call, verb: Verb, work: () => Promise<T>): Promise<T> {
    const stop = () => deadline.cancel(`${deadline.what}: the runtime has ended the plugin`);
    const endsWithPlugin = verb === "add" || verb === "check";
    this.deadlines.add(deadline);
    if (endsWithPlugin) {
      if (call.gone.aborted) stop();
      call.gone.addEventListener("abort", stop, { once: true });
    }
    try {
      deadline.signal.throwIfAborted();
      return await work();
    } finally {
      call.gone.removeEventListener("abort", stop);
      this.deadlines.delete(deadline);
    }
  }

  private async inTurn<T>(
    call: Call,
    request: CniRequest,
    line: string,
    { deadline, log }: World,
    work: () => Promise<T>,
  ): Promise<T> {
    const key = `${request.networkName} ${request.containerId} ${request.ifname}`;
    if (this.adding.has(key)) {
      const message = `an earlier ADD of ${request.containerId}, interface ${request.ifname}, is still being ended`;
      throw new CniError(CniCode.tryAgainLater, message);
    }
    this.adding.add(key);
    try {
      log.debug("waits for its turn");
      const giveBack = await this.turns.take(line, deadline.signal);
      call.waitedMs = performance.now() - call.receivedAt;
      try {
        return await work();
      } finally {
        giveBack();
      }
    } finally {
      this.adding.delete(key);
    }
  }

  private note(call: Call, error: CniError | undefined, ms: number): void {
    const { log, hooks } = this.options;
    const { request, waitedMs, refused } = call;
    const how = refused !== undefined ? "refused" : error === undefined ? "served" : "failed";
    log.info(how, summaryOf(call, error, ms));
    if (request !== undefined) hooks.onResult?.({ requestId: call.asked.id, request, error, ms, waitedMs });
  }
}
