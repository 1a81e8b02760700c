import { readAsk } from "../cni/asked.ts";
import type { CniRequest } from "../cni/request.ts";
import { Annotation } from "../kubernetes/annotation.ts";

/** What may be full or slow by itself. */
const SHARED = [Annotation.networkId, Annotation.subnetId];

/**
 * Which line a call waits in: that of its CNI network or, where the runtime passes annotations and these ask for
 * another Neutron network or subnet than the configuration, that of these. For people, too: it names them.
 *
 * @throws {CniError} when what the runtime asks for the pod is malformed
 */
export function lineOf(request: CniRequest): string {
  const annotations = request.command === "ADD" ? readAsk(request).annotations : undefined;
  const asked = SHARED.map((name) => annotations?.get(name) ?? "").filter((id) => id !== "");
  return [request.networkName, ...asked].join(" ");
}
