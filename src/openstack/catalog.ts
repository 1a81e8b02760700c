import { OpenStackError } from "./errors.ts";

/** Which of a service's endpoints: Keystone's `interface` and `region`. */
export interface EndpointChoice {
  /** Service type, e.g. `network`. */
  readonly type: string;
  readonly interface: EndpointInterface;
  /** Any region when absent. */
  readonly region?: string;
}

export type EndpointInterface = "public" | "internal" | "admin";

/** An entry of the token's `catalog` (Keystone API v3), as far as it is used. */
export interface CatalogService {
  readonly type: string;
  readonly endpoints: readonly {
    readonly interface: string;
    readonly region?: string | null;
    readonly region_id?: string | null;
    readonly url: string;
  }[];
}

/**
 * The URL of the chosen endpoint, see {@link normalizeEndpoint}.
 * @throws OpenStackError of kind `config` that lists what the catalogue has instead
 */
export function findEndpoint(
  catalog: readonly CatalogService[],
  choice: EndpointChoice,
  authUrl: string,
): string {
  const endpoints = catalog
    .filter(({ type }) => type === choice.type)
    .flatMap((service) => service.endpoints);
  const found = endpoints.find(
    (endpoint) =>
      endpoint.interface === choice.interface &&
      (choice.region === undefined || regionOf(endpoint) === choice.region),
  );
  if (found !== undefined) return normalizeEndpoint(found.url);
  const wanted = `"${choice.type}" endpoint, interface ${choice.interface}${choice.region === undefined ? "" : `, region ${choice.region}`}`;
  const known = endpoints.map((endpoint) => `${endpoint.interface}/${regionOf(endpoint)}`).join(", ");
  throw new OpenStackError({
    service: "keystone",
    kind: "config",
    said: `the catalogue of ${authUrl} has no ${wanted}; it has ${known || "none of this type"}`,
    hint: "correct region_name and interface, or set neutron_url",
  });
}

/** A service's URL without trailing slash and without the version, which every request path carries itself. */
export function normalizeEndpoint(url: string): string {
  return url.replace(/\/+$/, "").replace(/\/v2(\.0)?$/, "");
}

function regionOf(endpoint: CatalogService["endpoints"][number]): string {
  return endpoint.region_id ?? endpoint.region ?? "";
}
