/** Who a pod is. Podman gives a name only, and no namespace or UID. */
export interface PodIdentity {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly uid?: string | undefined;
}

/** Neutron's limit for names (neutron_lib.db.constants.NAME_FIELD_SIZE). */
const MAX_PORT_NAME = 255;
/** RFC 1035, 2.3.4. */
const MAX_LABEL = 63;
/**
 * Neutron allows 255 characters for `dns_name` and its own `dns_domain` together, and refuses the port otherwise. We
 * leave 64 of them to the domain, which we do not know.
 */
const MAX_DNS_NAME = 255 - 64;
/** Hexadecimal digits of SHA-256 that keep shortened names apart. */
const HASH_LENGTH = 10;

/** The pod as messages name it: `namespace/name`, or as much of it as is known. */
export function podLabel(pod: PodIdentity): string {
  return [pod.namespace, pod.name].filter(Boolean).join("/") || "(unnamed)";
}

/**
 * The name of the pod's Neutron port, `<namespace>_<pod>` (without namespace: `<pod>`). One longer than Neutron allows
 * is cut and ends in a hash of the whole.
 *
 * @returns undefined when the pod has no name
 */
export function portName(pod: PodIdentity): string | undefined {
  if (!pod.name) {
    return undefined;
  }
  return shorten(pod.namespace ? `${pod.namespace}_${pod.name}` : pod.name, MAX_PORT_NAME);
}

/**
 * The name under which Neutron's DHCP agent makes the pod known: `<pod>.<namespace>` (without namespace: `<pod>`), made
 * such that Neutron accepts it (neutron_lib.api.validators.dns): lower case, characters other than letters, digits and
 * hyphens replaced by hyphens, no hyphen at either end of a label, labels longer than 63 characters cut and ended with
 * a hash. Dots in the name of a pod stay: `a.b` in `ns` is `a.b.ns`.
 *
 * @returns undefined when that does not lead to a valid name: the pod has no name, a label has neither letter nor digit,
 * the namespace consists of digits only (Neutron takes it for a top-level domain), or the whole is too long
 */
export function dnsName(pod: PodIdentity): string | undefined {
  if (!pod.name) {
    return undefined;
  }
  const labels = [...pod.name.split("."), ...(pod.namespace ? [pod.namespace] : [])].map(dnsLabel);
  const name = labels.join(".");
  const endsInNumber = labels.length > 1 && /^\d+$/.test(labels.at(-1) ?? "");
  return labels.includes("") || endsInNumber || name.length > MAX_DNS_NAME ? undefined : name;
}

function dnsLabel(text: string): string {
  const clean = text
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, "-")
    .replace(/^-+|-+$/g, "");
  return shorten(clean, MAX_LABEL);
}

/** Texts with the same beginning stay different. */
function shorten(text: string, limit: number): string {
  if (text.length <= limit) {
    return text;
  }
  const hash = new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
  const start = text.slice(0, limit - HASH_LENGTH - 1).replace(/-+$/, "");
  return `${start}-${hash}`;
}
