import * as v from "valibot";
import { LOG_LEVELS } from "../log.ts";
import { absolutePath, NOT_AN_OBJECT, oneOf, seconds } from "./values.ts";

const NETWORK_NAME_ALLOWED =
  "it must begin with a letter or digit and go on with letters, digits, '_', '.' and '-'";
const CLUSTER_NAME_ALLOWED =
  "it must have 1 to 45 letters, digits, '_', '.' and '-', and begin and end with a letter or digit";
const HOSTNAME_ALLOWED =
  "it must be a host name: 1 to 247 letters, digits, '_', '.' and '-', beginning and ending with a letter or digit";

function deadline(title: string, description: string, ofSeconds: number) {
  return v.optional(v.pipe(seconds, v.title(title), v.description(description)), ofSeconds);
}

/** `deadlines`: from the runtime's call to our answer, in seconds. */
export const DeadlinesSchema = v.object(
  {
    add: deadline("Deadline of ADD", "Below kubelet's four minutes for starting a pod's sandbox.", 120),
    del: deadline("Deadline of DEL", "Below kubelet's two minutes for stopping one.", 60),
    check: deadline("Deadline of CHECK", "It reads, and changes nothing.", 10),
    gc: deadline("Deadline of GC", "It removes whatever the runtime no longer lists.", 300),
  },
  NOT_AN_OBJECT,
);

/** A node's name; with `compute:` before it, it must fit into the 255 characters of a port's device_owner. */
export const hostnameSchema = v.pipe(
  v.string(HOSTNAME_ALLOWED),
  v.regex(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,245}[A-Za-z0-9])?$/, HOSTNAME_ALLOWED),
);

/** The keys outside of the sections: the CNI network's own, and what is true of the whole node. */
export const nodeEntries = {
  name: v.pipe(
    v.string(NETWORK_NAME_ALLOWED),
    v.regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, NETWORK_NAME_ALLOWED),
    v.title("Name of the CNI network"),
    v.description("Unique on the node. In a `.conflist` it stands at the top of the list."),
    v.examples(["skynet"]),
  ),
  type: v.exactOptional(
    v.pipe(
      v.string("it must be the name of the executable"),
      v.title("Name of the executable"),
      v.description("Looked up by the runtime in its plugin directories, such as `/opt/cni/bin`."),
      v.examples(["skynet"]),
    ),
  ),
  log_level: v.optional(
    v.pipe(
      oneOf(LOG_LEVELS),
      v.title("Least important records to log"),
      v.description("Records go to standard error, where the runtime's own log takes them up."),
    ),
    "info",
  ),
  log_file: v.exactOptional(
    v.pipe(
      absolutePath,
      v.title("File to log to as well"),
      v.description("Appended to; its directory must exist. If it cannot be opened, standard error says so."),
      v.examples(["/var/log/skynet.log"]),
    ),
  ),
  cluster_name: v.optional(
    v.pipe(
      v.string(CLUSTER_NAME_ALLOWED),
      v.regex(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,43}[A-Za-z0-9])?$/, CLUSTER_NAME_ALLOWED),
      v.title("Name of the Kubernetes cluster"),
      v.description(
        "Must differ where two clusters share one Neutron: ports carry it in the tag `skynet-cluster=<name>`, " +
          "and nothing of another cluster is ever deleted.",
      ),
      v.examples(["k8s"]),
    ),
    "k8s",
  ),
  hostname: v.exactOptional(
    v.pipe(
      hostnameSchema,
      v.title("Name of this node in Neutron"),
      v.description(
        "Must be the `host` of Neutron's agent on this node, or ports do not bind. Default: the host name.",
      ),
      v.examples(["node-1"]),
    ),
  ),
  state_dir: v.optional(
    v.pipe(
      absolutePath,
      v.title("Directory of the node's store"),
      v.description("Holds what is attached and what is still to be deleted; must survive a reboot."),
    ),
    "/var/lib/skynet",
  ),
};
