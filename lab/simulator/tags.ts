/** Tags of any resource: `/v2.0/{collection}/{id}/tags[/{tag}]`, the body's `tags`, and the four tag filters. */
import { type Item, type Parse, parseObject, repr } from "./attributes.ts";
import type { Cloud } from "./cloud.ts";
import { duplicateTag, invalidInput, tagNotFound, tagResourceNotFound } from "./errors.ts";
import { type ApiRequest, noContent, ok, param, type Reply } from "./http.ts";
import { type Condition, type Filter, type ResourceType, visible } from "./resource.ts";
import type { Standard } from "./table.ts";

const MAX_LENGTH = 255;

export const parseTags: Parse = (value) => {
  if (!Array.isArray(value)) throw invalidInput(`${repr(value)} is not a list`);
  for (const tag of value) {
    if (typeof tag !== "string") throw invalidInput(`${repr(tag)} is not a valid string`);
    if (tag.length > MAX_LENGTH) throw invalidInput(`'${tag}' exceeds maximum length of ${MAX_LENGTH}`);
  }
  const twice = value.find((tag, index) => value.indexOf(tag) !== index);
  if (twice !== undefined) throw invalidInput(`Duplicate items in the list: '${twice}'`);
  return value;
};

/** Replaces all tags of a resource. */
export function storeTags(cloud: Cloud, id: string, tags: readonly string[]): void {
  deleteTags(cloud, id);
  const lower = tags.map((tag) => tag.toLowerCase());
  const twice = lower.find((tag, index) => lower.indexOf(tag) !== index);
  if (twice !== undefined) throw duplicateTag(twice);
  for (const tag of tags) cloud.sql("INSERT INTO tags (resource_id, tag) VALUES (?, ?)").run(id, tag);
}

export function deleteTags(cloud: Cloud, id: string): void {
  cloud.sql("DELETE FROM tags WHERE resource_id = ?").run(id);
}

const splitAll = (values: string[]): string[] => values.flatMap((value) => value.split(","));

function tagged(tags: string[], atLeast: number, negate: boolean): Condition {
  const marks = tags.map(() => "?").join(", ");
  const count = `(SELECT COUNT(*) FROM tags WHERE resource_id = t.id AND tag IN (${marks}))`;
  return { sql: `${count} ${negate ? "<" : ">="} ${atLeast}`, bindings: tags };
}

/** `tags` all of them, `tags-any` one of them; `not-tags`, `not-tags-any` their opposites. Commas part tags. */
export const tagFilters: Readonly<Record<string, Filter>> = {
  tags: (values) => tagged(splitAll(values), new Set(splitAll(values)).size, false),
  "tags-any": (values) => tagged(splitAll(values), 1, false),
  "not-tags": (values) => tagged(splitAll(values), new Set(splitAll(values)).size, true),
  "not-tags-any": (values) => tagged(splitAll(values), 1, true),
};

/** The tag routes of one kind of resource. @param touch moves the resource's revision */
export function tagHandlers<Row extends Standard & { tags: string[] }>(
  cloud: Cloud,
  type: ResourceType<Row>,
  touch: (id: string) => void,
) {
  const owner = (request: ApiRequest): Row => findTagged(cloud, type, request);
  return {
    list: (request: ApiRequest): Reply => ok({ tags: owner(request).tags }),
    replace: (request: ApiRequest): Reply => {
      const { id } = owner(request);
      const tags = tagsOf(parseObject(request.body));
      cloud.db.transaction(() => {
        storeTags(cloud, id, tags);
        touch(id);
      })();
      return ok({ tags });
    },
    clear: (request: ApiRequest): Reply => {
      deleteTags(cloud, owner(request).id);
      return noContent();
    },
    has: (request: ApiRequest): Reply => {
      const tag = param(request, "tag");
      if (!owner(request).tags.includes(tag)) throw tagNotFound(tag);
      return noContent();
    },
    add: (request: ApiRequest): Reply => {
      const row = owner(request);
      const tag = param(request, "tag");
      if (!row.tags.includes(tag)) storeTags(cloud, row.id, [...row.tags, tag]);
      return { status: 201, body: null };
    },
    remove: (request: ApiRequest): Reply => {
      const row = owner(request);
      const tag = param(request, "tag");
      if (!row.tags.includes(tag)) throw tagNotFound(tag);
      storeTags(
        cloud,
        row.id,
        row.tags.filter((other) => other !== tag),
      );
      return noContent();
    },
  };
}

function tagsOf(body: Item): string[] {
  if (!("tags" in body)) throw invalidInput("Invalid tags body");
  return parseTags(body.tags, "tags") as string[];
}

function findTagged<Row extends Standard>(cloud: Cloud, type: ResourceType<Row>, request: ApiRequest): Row {
  const id = param(request, "id");
  const condition = visible(type, request.caller);
  const row = type.table(cloud).select(`id = ? AND ${condition.sql}`, [id, ...condition.bindings])[0];
  if (row === undefined) throw tagResourceNotFound(type.collection, id);
  return row;
}
