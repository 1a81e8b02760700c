import type { BaseIssue } from "valibot";
import { CniCode, CniError } from "../cni/errors.ts";

/** Keys whose values never appear in a message or a log. */
export const SECRET_KEYS = new Set(["password", "token", "application_credential_secret"]);

const SHOWN_LENGTH = 80;

/** Where URLs carry passwords and tokens. */
const USER_INFO = /\/\/[^/@]*@/;
const QUERY = /(:\/\/[^"]*?[?#])[^"]+/;

/** A finding of the schema as a sentence: `<key> is <value>: <what is allowed>`. */
export function problemOf(issue: BaseIssue<unknown>): string {
  const keys = (issue.path ?? []).map((item) => String(item.key));
  const path = keys.join(".");
  if (issue.input === undefined) return `${path} is missing: ${issue.message}`;
  const secret = keys.some((key) => SECRET_KEYS.has(key));
  return `${path} is ${secret ? "(hidden)" : shown(issue.input)}: ${issue.message}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const written = JSON.stringify(value).replace(USER_INFO, "//(hidden)@").replace(QUERY, "$1(hidden)");
  return written.length > SHOWN_LENGTH ? `${written.slice(0, SHOWN_LENGTH)}…` : written;
}

/** All that is wrong with a configuration, as one error with CNI's code 7. */
export function invalidConfig(problems: string[]): CniError {
  return new CniError(
    CniCode.invalidConfig,
    `invalid configuration: ${problems.join("; ")}`,
    problems.join("\n"),
  );
}
