/** What the documentation says of a key of the configuration. */
export interface KeyDocumentation {
  readonly title: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
}

const documentation = new WeakMap<object, KeyDocumentation>();

/**
 * Documents the schema of one key, and answers it. Beside the schema and not in it: every process of the plugin builds
 * the schema, and only the documentation's generator reads this (scripts/schema.ts).
 */
export function documented<Schema extends object>(schema: Schema, said: KeyDocumentation): Schema {
  documentation.set(schema, said);
  return schema;
}

/** What was said of that very schema. */
export function documentationOf(schema: object): KeyDocumentation | undefined {
  return documentation.get(schema);
}
