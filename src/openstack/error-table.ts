import type { OpenStackErrorKind, OpenStackService } from "./errors.ts";

/** How an answer is understood: its kind, and what the reader can do. */
export interface Meaning {
  readonly kind: OpenStackErrorKind;
  readonly hint: string;
  readonly retryable?: boolean;
}

/** Neutron's error types; sources: neutron-lib `exceptions/`, neutron `api/api_common.py`, observed answers of Neutron 21. */
const BY_TYPE: Readonly<Record<string, Meaning>> = {
  OverQuota: {
    kind: "quota",
    hint: "raise the project's quota (openstack quota set --ports) or delete unused ports",
  },
  IpAddressGenerationFailure: {
    kind: "addressesExhausted",
    hint: "add a subnet or allocation pool to the network, or delete unused ports",
  },
  ExternalIpAddressExhausted: {
    kind: "addressesExhausted",
    hint: "add a subnet or allocation pool to the external network",
  },
  IpAddressInUse: addressInUse(),
  IpAddressAlreadyAllocated: addressInUse(),
  MacAddressInUse: {
    kind: "macInUse",
    hint: "ask for another MAC address, or delete the port that holds it (openstack port list --mac-address)",
  },
  InvalidIpForNetwork: {
    kind: "invalid",
    hint: "choose an address inside one of the network's subnets",
  },
  InvalidIpForSubnet: {
    kind: "invalid",
    hint: "choose an address inside the subnet's CIDR, not its network or broadcast address",
  },
  InvalidInput: { kind: "invalid", hint: "check that the subnet belongs to the network" },
  NetworkNotFound: notFound("network", "default_network_id or the pod's network annotation"),
  SubnetNotFound: notFound("subnet", "default_subnet_id or the pod's subnet annotation"),
  SecurityGroupNotFound: notFound(
    "security group",
    "default_security_group_ids or the pod's security group annotation",
  ),
  PortNotFound: { kind: "notFound", hint: "the port was deleted in the meantime" },
  RevisionNumberConstraintFailed: {
    kind: "revision",
    hint: "somebody changed the object since it was read: read it again",
  },
};

/** What a plain status means when neither the type nor the message says more. */
const BY_STATUS: Readonly<Record<number, Meaning>> = {
  400: { kind: "invalid", hint: "correct the value that the message names" },
  403: { kind: "forbidden", hint: "give the service user a role that the policy accepts" },
  404: { kind: "notFound", hint: "check the id, and that the project may see it" },
  409: { kind: "conflict", hint: "another change is going on, or the object is in use" },
  412: { kind: "revision", hint: "somebody changed the object since it was read: read it again" },
  413: { kind: "rateLimited", hint: "the API limits requests: try again later", retryable: true },
  429: { kind: "rateLimited", hint: "the API limits requests: try again later", retryable: true },
  500: unavailable("look for the request id in the service's log"),
  502: unavailable("the proxy in front of the API got no answer from it"),
  503: unavailable("the API or its proxy is overloaded or restarting"),
  504: unavailable("the API took longer than its proxy waits"),
};

/** Attributes that Neutron's default policy keeps from a plain member, and what allows each. */
const POLICY_ATTRIBUTES: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /binding:(host_id|profile)/,
    "creating bound ports needs the admin or service role, or a policy for create_port:binding:host_id",
  ],
  [
    /mac_address/,
    "choosing a MAC address needs admin, ownership of the network, or a policy for create_port:mac_address",
  ],
  [
    /fixed_ips/,
    "choosing an address or subnet needs admin, ownership of the network, or a policy for create_port:fixed_ips",
  ],
  [
    /port_security_enabled|allowed_address_pairs/,
    "changing port security needs admin or ownership of the network",
  ],
];

/** The meaning of an HTTP answer that is not a success. */
export function meaningOf(
  service: OpenStackService,
  status: number,
  type: string | undefined,
  message: string,
): Meaning {
  if (status === 401) return { kind: "unauthorized", hint: unauthorizedHint(service) };
  const typed = type === undefined || !Object.hasOwn(BY_TYPE, type) ? undefined : BY_TYPE[type];
  if (typed !== undefined) return typed;
  if (service === "keystone" && status === 400) return { kind: "unauthorized", hint: CREDENTIALS_HINT };
  if (status === 403 && service === "neutron") return forbidden(message);
  // Neutron names what it does not find, and Keystone has found nothing to log in to: this is somebody else's answer.
  if (status === 404 && (type === undefined || service === "keystone")) {
    return { kind: "unexpected", hint: ADDRESS_HINTS[service] };
  }
  return BY_STATUS[status] ?? unknownStatus(status);
}

const CREDENTIALS_HINT = "check user, password or application credential, their domains and the project";

const ADDRESS_HINTS: Readonly<Record<OpenStackService, string>> = {
  keystone: "check that auth_url is the address of Keystone",
  neutron: "check that the URL is that of Neutron's API: neutron_url, or the catalogue's",
};

function unauthorizedHint(service: OpenStackService): string {
  return service === "keystone"
    ? CREDENTIALS_HINT
    : "this Neutron wants authentication: set credentials in the section openstack, or, if there are some, check that " +
        "it belongs to their Keystone";
}

function forbidden(message: string): Meaning {
  const attribute = POLICY_ATTRIBUTES.find(([pattern]) => pattern.test(message));
  return {
    kind: "forbidden",
    hint: attribute?.[1] ?? "give the service user a role that Neutron's policy accepts",
  };
}

function unknownStatus(status: number): Meaning {
  if (status >= 500) return unavailable("look into the service's log");
  if (status >= 400) return { kind: "invalid", hint: "correct what the message names" };
  return { kind: "unexpected", hint: "check that the URL is that of the API itself" };
}

function addressInUse(): Meaning {
  return {
    kind: "addressInUse",
    hint: "ask for another address, or delete the port that holds it (openstack port list --fixed-ip ip-address=…)",
  };
}

function notFound(what: string, where: string): Meaning {
  return { kind: "notFound", hint: `check the ${what} in ${where}, and that the project may see it` };
}

function unavailable(hint: string): Meaning {
  return { kind: "unavailable", hint, retryable: true };
}
