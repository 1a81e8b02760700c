/** What an error body says, as far as it can be read. */
export interface ErrorBody {
  /** `NeutronError.type`. */
  readonly type?: string;
  readonly message: string;
}

const LONGEST_TEXT = 200;
/** Characters of a page that are looked at: what it has to say comes soon, and the search for tags may be long. */
const LONGEST_PAGE = 32_768;

/**
 * Reads the error body of any service:
 * Neutron's `{"NeutronError": {type, message, detail}}`, the same once more encoded as a JSON string (which Neutron
 * answers to a body that is not JSON), Keystone's `{"error": {code, message, title}}`, and proxies' HTML or plain text.
 */
export function parseErrorBody(text: string): ErrorBody {
  return fromJson(parseJson(text)) ?? { message: plainText(text) };
}

/** `text` parsed, or undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fromJson(value: unknown): ErrorBody | undefined {
  if (typeof value === "string") return fromJson(parseJson(value)) ?? { message: plainText(value) };
  if (typeof value !== "object" || value === null) return undefined;
  const { NeutronError: neutron, error: keystone } = value as { NeutronError?: unknown; error?: unknown };
  return fromDetails(neutron ?? keystone);
}

function fromDetails(value: unknown): ErrorBody | undefined {
  if (typeof value === "string") return { message: value };
  if (typeof value !== "object" || value === null) return undefined;
  const { type, message, detail, title } = value as Record<string, unknown>;
  const said = [message, detail].filter((part) => typeof part === "string" && part !== "").join(" ");
  return {
    ...(typeof type === "string" ? { type } : {}),
    message: said || (typeof title === "string" ? title : "no message"),
  };
}

function plainText(text: string): string {
  const plain = text
    .slice(0, LONGEST_PAGE)
    .replace(/<(style|script)\b.*?<\/\1>/gis, " ")
    .replace(/<[^<>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  if (plain === "") return "empty answer";
  return plain.length > LONGEST_TEXT ? `${plain.slice(0, LONGEST_TEXT)}…` : plain;
}
