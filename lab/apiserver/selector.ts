import { type ApiObject, fieldOf } from "./objects.ts";
import { badRequest } from "./status.ts";

export type Selector = (object: ApiObject) => boolean;

const TERM = /^\s*([^=!\s]+)\s*(!=|==|=)\s*([^=!\s]*)\s*$/;

/**
 * Reads `fieldSelector` and `labelSelector`: terms `key=value` and `key!=value`, joined by commas.
 *
 * @param fields what the resource can be selected by; others are refused, as the real server does
 * @throws {Refusal} 400
 */
export function parseSelector(
  fieldSelector: string | null,
  labelSelector: string | null,
  fields: readonly string[],
): Selector {
  const terms = [
    ...parseTerms(fieldSelector, (object, key) => {
      if (!fields.includes(key)) throw badRequest(`field label not supported: ${key}`);
      return fieldOf(object, key);
    }),
    ...parseTerms(labelSelector, (object, key) => object.metadata?.labels?.[key] ?? ""),
  ];
  const selector: Selector = (object) => terms.every((term) => term(object));
  // Once on nothing, so that a field which cannot be selected by is refused also while there are no objects.
  for (const term of terms) term({});
  return selector;
}

function parseTerms(text: string | null, read: (object: ApiObject, key: string) => string): Selector[] {
  if (text === null || text === "") return [];
  return text.split(",").map((part) => {
    const [, key = "", operator, value] = TERM.exec(part) ?? [];
    if (operator === undefined) throw badRequest(`unable to parse requirement: ${part}`);
    return (object) => (read(object, key) === value) === (operator !== "!=");
  });
}
