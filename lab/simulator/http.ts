/** What a handler of the simulator gets and gives: one HTTP exchange, without the server around it. */

/** Who sent the request, as Neutron's request context sees it. */
export interface Caller {
  projectId: string;
  isAdmin: boolean;
  /** A project named by a header but no Keystone behind it: creates must name their project (real Neutron says 400). */
  projectRequired: boolean;
}

export interface ApiRequest {
  method: string;
  /** `http://host:port`, as the client addressed us; used in links. */
  origin: string;
  path: string;
  /** Values of the `:name` segments of the route. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  headers: Headers;
  body: string;
  caller: Caller;
}

export interface Reply {
  status: number;
  /** JSON value; absent: an empty body. */
  body?: unknown;
  headers?: Record<string, string>;
}

export type Handler = (request: ApiRequest) => Reply;

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const noContent = (): Reply => ({ status: 204 });

/** The value of a `:name` segment; a missing one is a mistake in the route table. */
export function param(request: ApiRequest, name: string): string {
  const value = request.params[name];
  if (value === undefined) throw new Error(`the route of ${request.path} has no segment :${name}`);
  return value;
}
