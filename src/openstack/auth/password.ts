import type { PasswordCredentials } from "./credentials.ts";

/** Keystone API v3, "Password authentication with scoped authorization". */
export function passwordRequest({ user, password, project }: PasswordCredentials): object {
  return {
    auth: {
      identity: { methods: ["password"], password: { user: { ...user, password } } },
      scope: { project },
    },
  };
}
