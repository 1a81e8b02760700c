/**
 * Keystone v3, as far as a client that fetches tokens meets it: password, application credential and token methods,
 * the catalogue, expiry and revocation. Tokens live in the database. Errors are Keystone's:
 * `{"error": {"code", "message", "title"}}`.
 */
import { ACCOUNTS, type Account, DOMAIN, REGION } from "./accounts.ts";
import type { Cloud } from "./cloud.ts";
import type { ApiRequest, Caller, Reply } from "./http.ts";
import type { Route } from "./router.ts";

/** Where the catalogue says Neutron and Keystone are. */
export interface Endpoints {
  network: string;
  identity: string;
}

interface StoredToken {
  userId: string;
  methods: string[];
  issuedAt: number;
  expiresAt: number;
}

type Scope = { project?: { id?: string; name?: string } } | undefined;

interface Authentication {
  identity?: {
    methods?: string[];
    password?: { user?: { id?: string; name?: string; password?: string } };
    application_credential?: {
      id?: string;
      name?: string;
      secret?: string;
      user?: { id?: string; name?: string };
    };
    token?: { id?: string };
  };
  scope?: Scope;
}

const UNAUTHENTICATED = "The request you have made requires authentication.";

/** @param endpoints asked for at each answer: the ports are known only once the servers listen */
export function keystoneRoutes(cloud: Cloud, endpoints: () => Endpoints): Route[] {
  return [
    ["GET", "/v3", (request) => ({ status: 200, body: { version: version(request.origin) } })],
    ["POST", "/v3/auth/tokens", (request) => issue(cloud, request, endpoints())],
    [
      "GET",
      "/v3/auth/tokens",
      (request) => withSubject(cloud, request, (token) => describe(token, endpoints())),
    ],
    ["DELETE", "/v3/auth/tokens", (request) => withSubject(cloud, request, (_, id) => revoke(cloud, id))],
  ];
}

/** The caller a token stands for; undefined when it is unknown, revoked or expired. */
export function callerOfToken(cloud: Cloud, id: string | null): Caller | undefined {
  const token = id === null ? undefined : load(cloud, id);
  const account = token === undefined ? undefined : accountById(token.userId);
  if (account === undefined) return undefined;
  return { projectId: account.projectId, isAdmin: account.roles.includes("admin"), projectRequired: false };
}

/** All tokens, or one, stop working at once. @returns how many there were */
export function revokeTokens(cloud: Cloud, id?: string): number {
  return id === undefined
    ? cloud.sql("DELETE FROM tokens").run().changes
    : cloud.sql("DELETE FROM tokens WHERE id = ?").run(id).changes;
}

export function unauthorized(message = UNAUTHENTICATED): Reply {
  return { status: 401, body: { error: { code: 401, message, title: "Unauthorized" } } };
}

function issue(cloud: Cloud, request: ApiRequest, endpoints: Endpoints): Reply {
  const auth = parseAuth(request.body);
  if (auth?.identity?.methods === undefined) return badRequest();
  const { methods } = auth.identity;
  if (methods.includes("application_credential") && auth.scope !== undefined) {
    return unauthorized("Application credentials cannot request a scope.");
  }
  const account = authenticate(cloud, auth);
  if (account === undefined || !inScope(account, auth.scope)) return unauthorized();
  const now = Date.now();
  const token: StoredToken = {
    userId: account.userId,
    methods,
    issuedAt: now,
    expiresAt: now + cloud.settings.token_lifetime * 1000,
  };
  const id = crypto.randomUUID().replaceAll("-", "");
  cloud
    .sql("INSERT INTO tokens (id, expires_at, identity) VALUES (?, ?, ?)")
    .run(id, token.expiresAt, JSON.stringify(token));
  return { ...describe(token, endpoints), status: 201, headers: { "X-Subject-Token": id } };
}

function parseAuth(body: string): Authentication | undefined {
  try {
    return (JSON.parse(body) as { auth?: Authentication }).auth;
  } catch {
    return undefined;
  }
}

function authenticate(cloud: Cloud, auth: Authentication): Account | undefined {
  const { password, application_credential: credential, token } = auth.identity ?? {};
  if (password?.user !== undefined) {
    const { id, name, password: secret } = password.user;
    return ACCOUNTS.find((one) => (one.userId === id || one.userName === name) && one.password === secret);
  }
  if (credential !== undefined) return byCredential(credential);
  return token?.id === undefined ? undefined : accountById(load(cloud, token.id)?.userId);
}

/** An application credential is named by its id, or by its name together with its user. */
function byCredential(
  given: NonNullable<NonNullable<Authentication["identity"]>["application_credential"]>,
): Account | undefined {
  return ACCOUNTS.find(({ credential, userId, userName }) => {
    const isUser = given.user?.id === userId || given.user?.name === userName;
    const isNamed = given.id === credential.id || (isUser && given.name === credential.name);
    return isNamed && given.secret === credential.secret;
  });
}

function inScope(account: Account, scope: Scope): boolean {
  if (scope?.project === undefined) return true;
  return scope.project.id === account.projectId || scope.project.name === account.projectName;
}

function accountById(id: string | undefined): Account | undefined {
  return ACCOUNTS.find((account) => account.userId === id);
}

function load(cloud: Cloud, id: string): StoredToken | undefined {
  const row = cloud.sql("SELECT identity FROM tokens WHERE id = ? AND expires_at > ?").get(id, Date.now());
  return row === null ? undefined : (JSON.parse((row as { identity: string }).identity) as StoredToken);
}

function withSubject(
  cloud: Cloud,
  request: ApiRequest,
  use: (token: StoredToken, id: string) => Reply,
): Reply {
  if (callerOfToken(cloud, request.headers.get("x-auth-token")) === undefined) return unauthorized();
  const id = request.headers.get("x-subject-token") ?? "";
  const token = load(cloud, id);
  if (token !== undefined) return use(token, id);
  return {
    status: 404,
    body: { error: { code: 404, message: "Failed to validate token", title: "Not Found" } },
  };
}

function revoke(cloud: Cloud, id: string): Reply {
  revokeTokens(cloud, id);
  return { status: 204 };
}

function describe(token: StoredToken, endpoints: Endpoints): Reply {
  const account = accountById(token.userId);
  if (account === undefined) return unauthorized();
  const body = {
    token: {
      methods: token.methods,
      user: { id: account.userId, name: account.userName, domain: DOMAIN, password_expires_at: null },
      project: { id: account.projectId, name: account.projectName, domain: DOMAIN },
      roles: account.roles.map((name) => ({ id: name, name })),
      is_domain: false,
      issued_at: new Date(token.issuedAt).toISOString(),
      expires_at: new Date(token.expiresAt).toISOString(),
      catalog: [
        catalogEntry("network", "neutron", endpoints.network),
        catalogEntry("identity", "keystone", `${endpoints.identity}/v3`),
      ],
    },
  };
  return { status: 200, body };
}

function catalogEntry(type: string, name: string, url: string) {
  const interfaces = ["public", "internal", "admin"];
  return {
    id: name,
    type,
    name,
    endpoints: interfaces.map((kind) => ({
      id: `${name}-${kind}`,
      interface: kind,
      region: REGION,
      region_id: REGION,
      url,
    })),
  };
}

function version(origin: string) {
  return { id: "v3.14", status: "stable", links: [{ rel: "self", href: `${origin}/v3/` }] };
}

function badRequest(): Reply {
  const message =
    "Expecting to find valid JSON with auth in it. The server could not comply with the request.";
  return { status: 400, body: { error: { code: 400, message, title: "Bad Request" } } };
}
