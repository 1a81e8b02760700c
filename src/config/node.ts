import * as v from "valibot";
import { LOG_LEVELS } from "../log.ts";
import { documented } from "./documented.ts";
import { absolutePath, NOT_AN_OBJECT, oneOf, seconds } from "./values.ts";

const NETWORK_NAME_ALLOWED =
  "it must begin with a letter or digit and go on with letters, digits, '_', '.' and '-'";
const CLUSTER_NAME_ALLOWED =
  "it must have 1 to 45 letters, digits, '_', '.' and '-', and begin and end with a letter or digit";
const HOSTNAME_ALLOWED =
  "it must be a host name: 1 to 247 letters, digits, '_', '.' and '-', beginning and ending with a letter or digit";

function deadline(title: string, description: string, ofSeconds: number) {
  return documented(v.optional(seconds, ofSeconds), { title: title, description: description });
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
  name: documented(
    v.pipe(v.string(NETWORK_NAME_ALLOWED), v.regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, NETWORK_NAME_ALLOWED)),
    {
      title: "Name of the CNI network",
      description: "Unique on the node. In a `.conflist` it stands at the top of the list.",
      examples: ["skynet"],
    },
  ),
  type: documented(v.exactOptional(v.string("it must be the name of the executable")), {
    title: "Name of the executable",
    description: "Looked up by the runtime in its plugin directories, such as `/opt/cni/bin`.",
    examples: ["skynet"],
  }),
  log_level: documented(v.optional(oneOf(LOG_LEVELS), "info"), {
    title: "Least important records to log",
    description: "Records go to standard error, where the runtime's own log takes them up.",
  }),
  log_file: documented(v.exactOptional(absolutePath), {
    title: "File to log to as well",
    description: "Appended to; its directory must exist. If it cannot be opened, standard error says so.",
    examples: ["/var/log/skynet.log"],
  }),
  cluster_name: documented(
    v.optional(
      v.pipe(
        v.string(CLUSTER_NAME_ALLOWED),
        v.regex(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,43}[A-Za-z0-9])?$/, CLUSTER_NAME_ALLOWED),
      ),
      "k8s",
    ),
    {
      title: "Name of the Kubernetes cluster",
      description:
        "Must differ where two clusters share one Neutron: ports carry it in the tag `skynet-cluster=<name>`, " +
        "and nothing of another cluster is ever deleted.",
      examples: ["k8s"],
    },
  ),
  hostname: documented(v.exactOptional(hostnameSchema), {
    title: "Name of this node in Neutron",
    description:
      "Must be the `host` of Neutron's agent on this node, or ports do not bind. Default: the host name.",
    examples: ["node-1"],
  }),
  state_dir: documented(v.optional(absolutePath, "/var/lib/skynet"), {
    title: "Directory of the node's store",
    description: "Holds what is attached and what is still to be deleted; must survive a reboot.",
  }),
};
