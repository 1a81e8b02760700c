import { applicationCredentialRequest } from "./application-credential.ts";
import { passwordRequest } from "./password.ts";
import { tokenRequest } from "./token.ts";

/** A Keystone domain: by id or by name. */
export type DomainRef = { readonly id: string } | { readonly name: string };

/** The project to work in: ids are unique, names only within their domain. */
export type ProjectRef = { readonly id: string } | { readonly name: string; readonly domain: DomainRef };

/** A Keystone user: ids are unique, names only within their domain. */
export type UserRef = { readonly id: string } | { readonly name: string; readonly domain: DomainRef };

export interface PasswordCredentials {
  readonly type: "password";
  readonly authUrl: string;
  readonly user: UserRef;
  readonly password: string;
  readonly project: ProjectRef;
}

export interface ApplicationCredentials {
  readonly type: "v3applicationcredential";
  readonly authUrl: string;
  /** A name is unique only for its user. */
  readonly credential: { readonly id: string } | { readonly name: string; readonly user: UserRef };
  readonly secret: string;
}

export interface TokenCredentials {
  readonly type: "v3token";
  readonly authUrl: string;
  readonly token: string;
  readonly project: ProjectRef;
}

/** Credentials that Keystone exchanges for a token. */
export type KeystoneCredentials = PasswordCredentials | ApplicationCredentials | TokenCredentials;

/** How to be accepted by Neutron: not at all (`noauth`), or with a token from Keystone. */
export type Credentials = { readonly type: "none" } | KeystoneCredentials;

/** The body of `POST /v3/auth/tokens` for `credentials`. */
export function authRequest(credentials: KeystoneCredentials): object {
  switch (credentials.type) {
    case "password":
      return passwordRequest(credentials);
    case "v3applicationcredential":
      return applicationCredentialRequest(credentials);
    case "v3token":
      return tokenRequest(credentials);
  }
}

/**
 * What makes two sets of credentials the same identity, without their secrets: tokens are cached under it.
 * A token in use is told apart by its digest, since it names nobody.
 */
export function identityOf(credentials: KeystoneCredentials): readonly unknown[] {
  const { type, authUrl } = credentials;
  switch (credentials.type) {
    case "password":
      return [type, authUrl, credentials.user, credentials.project];
    case "v3applicationcredential":
      return [type, authUrl, credentials.credential];
    case "v3token":
      return [type, authUrl, Bun.SHA256.hash(credentials.token, "hex"), credentials.project];
  }
}
