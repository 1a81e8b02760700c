/** What a pod may ask for in its annotations. Users know these names; they do not change. */
export const Annotation = {
  networkId: "skynet/network_id",
  subnetId: "skynet/subnet_id",
  ip: "skynet/ip",
  mac: "skynet/mac",
  securityGroupIds: "skynet/security_group_ids",
  portSecurity: "skynet/port_security",
} as const;

/** What the agent tells about a pod's port, as JSON. Nothing is asked for by it. */
export const STATUS_ANNOTATION = "skynet/status";

/** What all of these begin with. */
export const ANNOTATION_PREFIX = "skynet/";
const KNOWN: readonly string[] = Object.values(Annotation);

/** Names that differ in more letters than this are not taken for misspelt. */
const MOST_TYPOS = 4;

/** A sentence for every annotation of ours that we do not know, with the name that was probably meant. */
export function unknownAnnotations(names: Iterable<string>, pod: string): string[] {
  return [...names]
    .filter((name) => isUnknown(name))
    .map((name) => {
      const nearest = nearestKnown(name);
      const advice = nearest === undefined ? `known are ${KNOWN.join(", ")}` : `did you mean ${nearest}?`;
      return `annotation ${name} of pod ${pod} is unknown and ignored: ${advice}`;
    });
}

function isUnknown(name: string): boolean {
  return name.startsWith(ANNOTATION_PREFIX) && name !== STATUS_ANNOTATION && !KNOWN.includes(name);
}

function nearestKnown(name: string): string | undefined {
  const lowerCase = name.toLowerCase().replaceAll("-", "_");
  const ranked = KNOWN.map((known) => ({ known, typos: editDistance(lowerCase, known) }));
  const [best] = ranked.sort((a, b) => a.typos - b.typos);
  return best !== undefined && best.typos <= MOST_TYPOS ? best.known : undefined;
}

/** Levenshtein distance: letters to insert, remove or replace. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...a].entries()) {
    const current = [row + 1];
    for (let column = 1; column <= b.length; column++) {
      const replace = (previous[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1);
      const remove = (previous[column] ?? 0) + 1;
      const insert = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replace, remove, insert));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
