import type { ApplicationCredentials } from "./credentials.ts";

/** Keystone API v3, "Authenticating with an Application Credential". Its project is fixed: Keystone refuses a scope. */
export function applicationCredentialRequest({ credential, secret }: ApplicationCredentials): object {
  return {
    auth: {
      identity: {
        methods: ["application_credential"],
        application_credential: { ...credential, secret },
      },
    },
  };
}
