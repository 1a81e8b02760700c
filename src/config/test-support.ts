import { CniError } from "../cni/errors.ts";
import { type LoadedConfig, loadConfig } from "./load.ts";
import { type JsonObject, setPath } from "./object.ts";

export const NETWORK_ID = "e5e7478a-53ec-4063-a4dc-f3ca3ba3e98b";
export const GROUP_ID = "31a8f352-580e-4136-9f91-fa8829aa179c";

/** The least that is a valid configuration. */
export function minimal(): JsonObject {
  return {
    name: "skynet",
    neutron: { neutron_url: "http://192.0.2.1:9696" },
    plugin: { plugin_type: "openvswitch" },
  };
}

/** The least valid configuration, with the values at the given paths set, or removed where undefined. */
export function minimalWith(values: JsonObject): JsonObject {
  const config = minimal();
  for (const [path, value] of Object.entries(values)) setPath(config, path, value);
  return config;
}

/** Loads {@link minimalWith} in an empty environment. */
export function loadWith(values: JsonObject, env: Record<string, string> = {}): LoadedConfig {
  return loadConfig(minimalWith(values), env);
}

/** The problems of a configuration that must be refused, one a line. */
export function problemsWith(values: JsonObject, env: Record<string, string> = {}): string[] {
  return refusal(() => loadWith(values, env)).details?.split("\n") ?? [];
}

/** The error that `load` must throw. */
export function refusal(load: () => unknown): CniError {
  try {
    load();
  } catch (error) {
    if (error instanceof CniError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}
