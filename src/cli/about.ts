import { SUPPORTED_VERSIONS } from "../cni/versions.ts";
import { VERSION } from "../version.ts";
import type { Terminal } from "./terminal.ts";

/** What a plugin says when somebody starts it by hand, without a verb. */
export function about(terminal: Terminal): void {
  terminal.err(
    `skynet ${VERSION}: a CNI plugin that gives pods OpenStack Neutron ports\n` +
      `CNI versions: ${SUPPORTED_VERSIONS.join(", ")}\n` +
      "Container runtimes call it with CNI_COMMAND set. For everything else: skynet --help\n",
  );
}
