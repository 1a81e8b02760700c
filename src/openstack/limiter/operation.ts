/**
 * What a call does, in few words, for metrics: the method and the collection, without ids and queries: `POST ports`,
 * `PUT ports/tags`. Paths alternate between collections and ids (`/v2.0/ports/{id}/tags`), so there are as many operations as
 * the code has kinds of calls.
 */
export function operationOf(method: string, path: string): string {
  const [, , ...segments] = path.replace(/\?.*/s, "").split("/");
  return `${method} ${segments.filter((_, index) => index % 2 === 0).join("/")}`;
}
