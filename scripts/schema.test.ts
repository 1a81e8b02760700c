import { describe, expect, test } from "bun:test";
import { KEY_ALIASES, RETIRED_KEYS } from "../src/config/aliases.ts";
import { loadConfig } from "../src/config/load.ts";
import { sections } from "../src/config/schema.ts";
import { fileSchema, staleFiles, withTables } from "./schema.ts";

const docs = `${import.meta.dir}/../docs`;
const guide = await Bun.file(`${docs}/configuration.md`).text();

/** A JSON Schema as plain JSON, to be walked. */
type Node = { [key: string]: Node } & {
  title?: string;
  description?: string;
  pattern?: string;
  $ref?: string;
};
const schema = JSON.parse(JSON.stringify(fileSchema())) as Node;
const properties = schema.definitions?.plugin?.properties ?? ({} as Node);

function* nodes(node: unknown, path = "#"): Generator<[path: string, node: Node]> {
  if (typeof node !== "object" || node === null) return;
  yield [path, node as Node];
  for (const [key, inner] of Object.entries(node)) yield* nodes(inner, `${path}/${key}`);
}

test("docs/configuration.schema.json and docs/configuration.md are fresh", async () => {
  expect(await staleFiles()).toEqual([]);
});

test("a stale table is made anew and an unknown section refused", () => {
  const stale = guide.replaceAll(/^\| `neutron_url`.*$/gm, "| old |");
  expect(stale).not.toBe(guide);
  expect(withTables(stale)).toBe(guide);
  expect(() => withTables("<!-- keys: nova -->\n<!-- end of keys -->")).toThrow('no section "nova"');
});

describe("the JSON Schema", () => {
  test("has every section", () => {
    expect(Object.keys(properties)).toContainValues(Object.keys(sections));
  });

  test("says of every key what it is", () => {
    const keys = [...nodes(properties)].filter(([path]) => /^#\/\w+(\/properties\/\w+)?$/.test(path));
    expect(keys.length).toBeGreaterThan(50);
    const unsaid = keys.filter(([path, { title, description, type }]) => {
      const section = path.split("/").length === 2 && String(type) === "object";
      return !title || (!description && !section);
    });
    expect(unsaid.map(([path]) => path)).toEqual([]);
  });

  test("has references that lead somewhere, and patterns that compile", () => {
    const all = new Map(nodes(schema));
    for (const { $ref, pattern } of all.values()) {
      if (typeof $ref === "string") expect(all.has($ref)).toBe(true);
      if (typeof pattern === "string") expect(() => new RegExp(pattern)).not.toThrow();
    }
  });

  test("knows defaults, enumerations and bounds", () => {
    expect(properties.log_level).toMatchObject({ default: "info" });
    expect(properties.deadlines?.properties?.add).toMatchObject({
      type: "number",
      minimum: 1,
      maximum: 3600,
      default: 120,
    });
    expect(properties.plugin?.properties?.plugin_type).toMatchObject({
      enum: ["linuxbridge", "openvswitch", "macvlan"],
    });
    expect(properties.plugin?.required as unknown).toEqual(["plugin_type"]);
  });

  test("lets an optional string be empty, as the reader does", () => {
    expect(properties.kubernetes?.properties?.kubeconfig?.anyOf as unknown).toEqual([
      { const: "" },
      { type: "string", pattern: "^\\/[^\\0]*$" },
    ]);
    expect(properties.plugin?.properties?.plugin_type?.anyOf).toBeUndefined();
  });
});

describe("the guide's examples", () => {
  const examples = [...guide.matchAll(/### (.*)\n\n```jsonc\n([\s\S]*?)```/g)];

  test("are four", () => {
    expect(examples).toHaveLength(4);
  });

  for (const [, title = "", text = ""] of examples) {
    test(`${title} loads without a warning`, () => {
      expect(loadConfig(Bun.JSONC.parse(text) as Record<string, unknown>, {}).warnings).toEqual([]);
    });
  }
});

test("20-skynet.conf loads without a warning", async () => {
  const conf = await Bun.file(`${docs}/examples/20-skynet.conf`).json();
  expect(loadConfig(conf, {}).warnings).toEqual([]);
});

test("20-skynet.conflist loads without a warning once the runtime has put the name into the plugin", async () => {
  const { name, cniVersion, plugins } = await Bun.file(`${docs}/examples/20-skynet.conflist`).json();
  expect(loadConfig({ ...plugins[0], name, cniVersion }, {}).warnings).toEqual([]);
});

test.each([...Object.keys(KEY_ALIASES), ...Object.keys(RETIRED_KEYS)])(
  "the guide has the old spelling %s",
  (key) => {
    expect(guide).toContain(`\`${key}\``);
  },
);
