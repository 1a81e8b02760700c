/**
 * Writes what is derived from the configuration's schema in src/config: docs/configuration.schema.json, and
 * the tables of docs/configuration.md between `<!-- keys: … -->` and `<!-- end of keys -->`.
 *
 *     bun scripts/schema.ts            write both
 *     bun scripts/schema.ts --check    change nothing; fail when one of them is stale
 */
import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import { documentationOf } from "../src/config/documented.ts";
import { ConfigSchema } from "../src/config/schema.ts";

const SCHEMA_FILE = `${import.meta.dir}/../docs/configuration.schema.json`;
const GUIDE_FILE = `${import.meta.dir}/../docs/configuration.md`;

/** Checks and conversions of values that JSON Schema cannot express. */
const ONLY_IN_CODE = ["check", "transform", "to_lower_case"];

/** The keys of one plugin's configuration, as valibot knows them, and as they are documented. */
function pluginSchema(): JsonSchema {
  const { $schema, ...schema } = toJsonSchema(ConfigSchema, { ignoreActions: ONLY_IN_CODE });
  return withDocumentation(schema, ConfigSchema);
}

/** What is walked of a schema of valibot. */
interface KeySchema {
  readonly kind: "schema";
  readonly entries?: Readonly<Record<string, KeySchema>>;
  /** What an optional key may be. */
  readonly wrapped?: KeySchema;
}

function withDocumentation(json: JsonSchema, { entries = {} }: KeySchema): JsonSchema {
  const properties = Object.entries(json.properties ?? {}).map(([key, property]) => {
    const schema = entries[key];
    if (schema === undefined || typeof property === "boolean") return [key, property];
    const { title, description, examples } = documentationOf(schema) ?? {};
    return [
      key,
      {
        ...(title !== undefined && { title }),
        ...(description !== undefined && { description }),
        ...(examples !== undefined && { examples }),
        ...withDocumentation(property, schema.wrapped ?? schema),
      },
    ];
  });
  return properties.length === 0 ? json : { ...json, properties: Object.fromEntries(properties) };
}

/**
 * The JSON Schema of a file in /etc/cni/net.d: a single configuration (`.conf`), or a list (`.conflist`),
 * which has the network's name at its top and, among its plugins, ours.
 */
export function fileSchema(): JsonSchema {
  const { required = [], ...plugin } = allowEmpty(pluginSchema());
  const own = required.filter((key) => key !== "name");
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "skynet network configuration",
    if: { required: ["plugins"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { $ref: "#/definitions/list" },
    else: { allOf: [{ $ref: "#/definitions/plugin" }, { required }] },
    definitions: {
      list: {
        type: "object",
        properties: {
          name: plugin.properties?.name ?? true,
          plugins: {
            type: "array",
            items: {
              if: { properties: { type: { const: "skynet" } } },
              // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
              then: { allOf: [{ $ref: "#/definitions/plugin" }, { required: own }] },
            },
          },
        },
        required: ["name", "plugins"],
      },
      plugin,
    },
  };
}

/** Lets every optional string be empty as well, which means the same as leaving the key out. */
function allowEmpty(schema: JsonSchema): JsonSchema {
  const properties = Object.entries(schema.properties ?? {}).map(([key, property]) => {
    if (typeof property === "boolean") return [key, property];
    if (property.type === "object") return [key, allowEmpty(property)];
    return [key, schema.required?.includes(key) ? property : orEmpty(property)];
  });
  return properties.length === 0 ? schema : { ...schema, properties: Object.fromEntries(properties) };
}

function orEmpty(property: JsonSchema): JsonSchema {
  const { title, description, examples, default: preset, ...values } = property;
  const constrained = ["pattern", "enum", "format", "anyOf"].some((keyword) => keyword in values);
  if (property.type !== "string" || !constrained) return property;
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(examples !== undefined && { examples }),
    ...(preset !== undefined && { default: preset }),
    anyOf: [{ const: "" }, values],
  };
}

/** The text of docs/configuration.md with each table made anew. */
export function withTables(guide: string): string {
  const root = pluginSchema();
  return guide.replace(
    /<!-- keys: (\w+) -->\n[\s\S]*?<!-- end of keys -->/g,
    (_, section: string) => `<!-- keys: ${section} -->\n${tableOf(root, section)}\n<!-- end of keys -->`,
  );
}

/** One row a key of a section; the section `top` is what stands outside of all sections. */
function tableOf(root: JsonSchema, section: string): string {
  const schema = section === "top" ? root : root.properties?.[section];
  if (typeof schema !== "object") throw new Error(`docs/configuration.md: there is no section "${section}"`);
  const rows = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const nested = section === "top" && typeof property === "object" && property.type === "object";
    return typeof property === "boolean" || nested ? [] : [rowOf(key, property, schema.required ?? [])];
  });
  return ["", "| key | values | default | meaning |", "|---|---|---|---|", ...rows, ""].join("\n");
}

function rowOf(key: string, property: JsonSchema, required: string[]): string {
  const values = property.enum?.map(code).join(", ") ?? String(property.type);
  const preset = property.default === undefined ? "–" : code(property.default);
  const meaning = [
    `${property.title}.`,
    property.description,
    ...(property.examples ?? []).map((example) => `Example: ${code(example)}.`),
  ];
  const cells = [
    code(key),
    values,
    required.includes(key) ? "required" : preset,
    meaning.filter(Boolean).join(" "),
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function code(value: unknown): string {
  if (value === "") return "empty";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

/** The files that are derived, by path, with the text they must have. */
export async function derivedFiles(): Promise<Map<string, string>> {
  return new Map([
    [SCHEMA_FILE, `${JSON.stringify(fileSchema(), null, 2)}\n`],
    [GUIDE_FILE, withTables(await Bun.file(GUIDE_FILE).text())],
  ]);
}

/** The derived files that do not have the text they must have. */
export async function staleFiles(): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of await derivedFiles()) {
    const file = Bun.file(path);
    if (!(await file.exists()) || (await file.text()) !== text) stale.push(path);
  }
  return stale;
}

async function main(): Promise<void> {
  if (process.argv.includes("--check")) {
    const stale = await staleFiles();
    for (const path of stale) console.error(`${path} is stale: run bun scripts/schema.ts`);
    process.exitCode = stale.length > 0 ? 1 : 0;
    return;
  }
  for (const [path, text] of await derivedFiles()) await Bun.write(path, text);
}

if (import.meta.main) await main();
