import { expect, test } from "bun:test";
import type { OpenStackError, OpenStackErrorKind } from "./errors.ts";
import { type FakeReply, neutronError, noauthSession, serve } from "./test-support.ts";

/** Bodies as Neutron 21 answers them. */
const ANSWERS: readonly (readonly [FakeReply, OpenStackErrorKind, RegExp])[] = [
  [neutronError(409, "OverQuota", "Quota exceeded for resources: ['port']."), "quota", /quota set --ports/],
  [
    neutronError(409, "IpAddressGenerationFailure", "No more IP addresses available on network n."),
    "addressesExhausted",
    /allocation pool/,
  ],
  [
    neutronError(409, "IpAddressAlreadyAllocated", "IP address 10.50.0.30 already allocated"),
    "addressInUse",
    /holds it/,
  ],
  [neutronError(409, "IpAddressInUse"), "addressInUse", /holds it/],
  [neutronError(409, "MacAddressInUse"), "macInUse", /MAC/],
  [neutronError(400, "InvalidIpForNetwork"), "invalid", /subnets/],
  [neutronError(400, "InvalidIpForSubnet"), "invalid", /CIDR/],
  [neutronError(400, "InvalidInput"), "invalid", /subnet belongs/],
  [neutronError(400, "HTTPBadRequest", "Unrecognized attribute(s) 'foo'"), "invalid", /message names/],
  [neutronError(404, "NetworkNotFound"), "notFound", /default_network_id/],
  [neutronError(404, "SubnetNotFound"), "notFound", /default_subnet_id/],
  [neutronError(404, "SecurityGroupNotFound"), "notFound", /default_security_group_ids/],
  [neutronError(404, "PortNotFound"), "notFound", /deleted/],
  [{ status: 404, body: "404 page not found" }, "unexpected", /URL is that of Neutron's API/],
  [neutronError(412, "RevisionNumberConstraintFailed"), "revision", /read it again/],
  [neutronError(409, "NetworkInUse"), "conflict", /in use/],
  [
    neutronError(
      403,
      "PolicyNotAuthorized",
      "(rule:create_port and rule:create_port:binding:host_id) is disallowed by policy",
    ),
    "forbidden",
    /binding:host_id/,
  ],
  [
    neutronError(403, "HTTPForbidden", "(rule:create_port:mac_address) is disallowed by policy"),
    "forbidden",
    /MAC address/,
  ],
  [
    neutronError(403, "PolicyNotAuthorized", "rule:create_port:fixed_ips:ip_address is disallowed by policy"),
    "forbidden",
    /create_port:fixed_ips/,
  ],
  [
    neutronError(
      403,
      "PolicyNotAuthorized",
      "rule:create_port:port_security_enabled is disallowed by policy",
    ),
    "forbidden",
    /port security/,
  ],
  [neutronError(403, "PolicyNotAuthorized", "rule:get_x is disallowed by policy"), "forbidden", /role/],
  [{ status: 401, body: "Authentication required" }, "unauthorized", /wants authentication/],
  [{ status: 413 }, "rateLimited", /later/],
  [{ status: 429 }, "rateLimited", /later/],
  [neutronError(500, "HTTPInternalServerError"), "unavailable", /log/],
  [{ status: 502, body: "<h1>Bad Gateway</h1>" }, "unavailable", /proxy/],
  [{ status: 503, body: "<h1>Service Unavailable</h1>" }, "unavailable", /overloaded/],
  [{ status: 504 }, "unavailable", /proxy waits/],
  [{ status: 507 }, "unavailable", /log/],
  [{ status: 418 }, "invalid", /message/],
  [{ status: 300, headers: { Location: "http://elsewhere/" } }, "unexpected", /URL/],
];

test.each(ANSWERS)("%j is understood as %s", async (reply, kind, hint) => {
  await using server = await serve(() => reply);
  const signal = AbortSignal.timeout(4000);
  const path = "/v2.0/ports";
  // An ended request without retries: POST with the answer that leaves its outcome open is not repeated either.
  const session = noauthSession(server.url, {
    retry: { attempts: 1, firstMs: 0, capMs: 0, longestRetryAfterMs: 0 },
  });
  const error = (await session
    .request({ method: "POST", path, body: {}, signal })
    .catch((e) => e)) as OpenStackError;
  expect(error.kind).toBe(kind);
  expect(error.hint).toMatch(hint);
  expect(error.service).toBe("neutron");
  expect(error.status).toBe((reply as { status: number }).status);
  expect(error.ambiguous).toBe([500, 502, 504].includes(error.status ?? 0));
  expect(error.retryable).toBe(kind === "rateLimited" || kind === "unavailable");
});
