import type { TokenCredentials } from "./credentials.ts";

/** Keystone API v3, "Token authentication with scoped authorization". */
export function tokenRequest({ token, project }: TokenCredentials): object {
  return {
    auth: { identity: { methods: ["token"], token: { id: token } }, scope: { project } },
  };
}
