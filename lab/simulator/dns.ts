/** `dns_name` and `dns_assignment` of a port (extension dns-integration; neutron_lib/api/validators/dns.py). */
import type { Parse } from "./attributes.ts";
import { invalidAttribute } from "./errors.ts";
import type { FixedIp } from "./model.ts";

/** What `dns_domain` is in neutron.conf. */
const DOMAIN = "cluster.example.";

export const parseDnsName: Parse = (value, name) => {
  const text = String(value ?? "").toLowerCase();
  if (text === "") return text;
  const problem = problemOf(text);
  if (problem !== undefined) {
    throw invalidAttribute(name, `'${text}' not a valid PQDN or FQDN. Reason: ${problem}`);
  }
  if (text.endsWith(".") && !text.endsWith(`.${DOMAIN}`)) {
    throw invalidAttribute(
      name,
      "The dns_name passed is a FQDN. Its higher level labels must be equal to the dns_domain option in " +
        `neutron.conf, that has been set to '${DOMAIN}'. It must also include one or more valid DNS labels ` +
        `to the left of '${DOMAIN}'`,
    );
  }
  return text;
};

/** One name an address: the port's, or one made of the address. */
export function dnsAssignment(
  dnsName: string,
  fixedIps: readonly FixedIp[],
): { ip_address: string; hostname: string; fqdn: string }[] {
  return fixedIps.map(({ ip_address }) => {
    const given = dnsName.endsWith(`.${DOMAIN}`) ? dnsName.slice(0, -DOMAIN.length - 1) : dnsName;
    const hostname = given === "" ? `host-${ip_address.replaceAll(/[.:]/g, "-")}` : given;
    return { ip_address, hostname, fqdn: `${hostname}.${DOMAIN}` };
  });
}

function problemOf(text: string): string | undefined {
  if (text.length > 255) return `'${text}' exceeds the 255 character FQDN limit`;
  const labels = (text.endsWith(".") ? text.slice(0, -1) : text).split(".");
  for (const label of labels) {
    if (label === "") return "Encountered an empty component";
    if (label.startsWith("-") || label.endsWith("-"))
      return `Name '${label}' must not start or end with a hyphen`;
    if (!/^[a-z0-9-]{1,63}$/.test(label)) {
      return `Name '${label}' must be 1-63 characters long, each of which can only be alphanumeric or a hyphen`;
    }
  }
  const top = labels.at(-1) ?? "";
  return labels.length > 1 && /^\d+$/.test(top) ? `TLD '${top}' must not be all numeric` : undefined;
}
