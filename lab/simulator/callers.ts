/** Who calls, in each of the ways a Neutron can be told. */
import type { Cloud } from "./cloud.ts";
import type { Caller, Reply } from "./http.ts";
import { callerOfToken, unauthorized } from "./keystone.ts";

/**
 * - `noauth`: everybody is admin, of `fake_project_id` or of the project that `X-Project-Id` names;
 * - `headers`: `X-User-Id`, `X-Project-Id` and `X-Roles` are believed, and the policy applies;
 * - `keystone`: `X-Auth-Token` is looked up, and the policy applies.
 */
export const AUTH_MODES = ["noauth", "headers", "keystone"] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

/** @returns the caller, or the refusal */
export function identify(cloud: Cloud, mode: AuthMode, headers: Headers): Caller | Reply {
  const project = headers.get("x-project-id");
  if (mode === "noauth") {
    return { projectId: project ?? "fake_project_id", isAdmin: true, projectRequired: project !== null };
  }
  if (mode === "keystone") {
    const caller = callerOfToken(cloud, headers.get("x-auth-token"));
    return caller ?? { ...unauthorized(), headers: { "WWW-Authenticate": 'Keystone uri="/v3"' } };
  }
  if (headers.get("x-user-id") === null) return unauthorized();
  const roles = (headers.get("x-roles") ?? "").split(",").map((role) => role.trim());
  return { projectId: project ?? "", isAdmin: roles.includes("admin"), projectRequired: false };
}

export function isCaller(value: Caller | Reply): value is Caller {
  return "projectId" in value;
}
