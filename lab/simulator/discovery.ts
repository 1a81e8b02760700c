/** What a server says about itself: versions, resources, extensions. */
import type { Cloud } from "./cloud.ts";
import { routeNotFound } from "./errors.ts";
import { type ApiRequest, ok, param, type Reply } from "./http.ts";

export function versions(request: ApiRequest): Reply {
  const self = { rel: "self", href: `${request.origin}/v2.0/` };
  return ok({ versions: [{ id: "v2.0", status: "CURRENT", links: [self] }] });
}

export function resources(request: ApiRequest): Reply {
  const names = ["network", "subnet", "subnetpool", "port"];
  return ok({
    resources: names.map((name) => ({
      name,
      collection: `${name}s`,
      links: [{ rel: "self", href: `${request.origin}/v2.0/${name}s` }],
    })),
  });
}

export function listExtensions(cloud: Cloud): Reply {
  return ok({ extensions: cloud.settings.extensions.map(describe) });
}

export function showExtension(cloud: Cloud, request: ApiRequest): Reply {
  const alias = param(request, "id");
  if (!cloud.settings.extensions.includes(alias)) throw routeNotFound();
  return ok({ extension: describe(alias) });
}

function describe(alias: string) {
  return { name: alias, alias, description: alias, updated: "2022-10-05T10:00:00-00:00", links: [] };
}
