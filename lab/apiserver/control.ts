import type { Answer } from "./call.ts";
import { parseFault } from "./faults.ts";
import type { Playground } from "./routes.ts";
import { expired, noSuchResource } from "./status.ts";

/**
 * The lab's own API, for tests in other processes:
 *
 * | call | does |
 * |---|---|
 * | `GET /_lab/calls`, `DELETE` | counts of calls since the start or the last DELETE, e.g. `{"get pods": 2}` |
 * | `POST /_lab/faults`, `DELETE` | makes calls go wrong (a Fault as JSON); ends all faults |
 * | `POST /_lab/compact` | forgets the changes so far: resuming from an older version is answered with 410 |
 * | `POST /_lab/watches/close` | ends every open watch, as a server does that stops |
 * | `POST /_lab/watches/stall` | open watches stay open and go silent, as with a dead peer |
 * | `POST /_lab/watches/expire` | ends every open watch with the event ERROR 410 |
 * | `POST /_lab/watches/bookmark` | sends a bookmark to every watch that wants them |
 *
 * @throws {Refusal} 404, 400
 */
export function control(call: string, lab: Playground, body: string): Answer {
  const { faults, watches, cluster } = lab;
  const actions: Record<string, () => unknown> = {
    "GET calls": () => faults.calls,
    "DELETE calls": () => faults.forgetCalls(),
    "POST faults": () => faults.add(parseFault(body)),
    "DELETE faults": () => faults.clear(),
    "POST compact": () => cluster.history.compact(),
    "POST watches/close": () => watches.close(),
    "POST watches/stall": () => watches.stall(),
    "POST watches/expire": () => watches.fail(expired(0, cluster.history.version)),
    "POST watches/bookmark": () => watches.bookmark(),
  };
  const action = actions[call];
  if (action === undefined) throw noSuchResource();
  return { status: 200, body: action() ?? {} };
}
