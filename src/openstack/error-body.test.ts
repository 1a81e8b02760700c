import { expect, test } from "bun:test";
import { parseErrorBody } from "./error-body.ts";

const NEUTRON = {
  NeutronError: { type: "HTTPBadRequest", message: "Body contains invalid data", detail: "" },
};

test.each([
  ["Neutron", JSON.stringify(NEUTRON), { type: "HTTPBadRequest", message: "Body contains invalid data" }],
  [
    "Neutron, encoded twice",
    JSON.stringify(JSON.stringify(NEUTRON)),
    { type: "HTTPBadRequest", message: "Body contains invalid data" },
  ],
  [
    "Neutron with a detail",
    '{"NeutronError": {"type": "X", "message": "one", "detail": "two"}}',
    { type: "X", message: "one two" },
  ],
  [
    "Neutron, text only",
    '{"NeutronError": "The resource could not be found."}',
    { message: "The resource could not be found." },
  ],
  [
    "Keystone",
    '{"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}',
    { message: "The request you have made requires authentication." },
  ],
  ["Keystone without message", '{"error":{"code":401,"title":"Unauthorized"}}', { message: "Unauthorized" }],
  [
    "a proxy's page",
    "<html><head><style>b {}</style></head><body><h1>503 Service Unavailable</h1>\nNo server is available.\n</body></html>",
    { message: "503 Service Unavailable No server is available." },
  ],
  ["nothing", "", { message: "empty answer" }],
  ["other JSON", '{"a": 1}', { message: '{"a": 1}' }],
  ["null", "null", { message: "null" }],
  ["plain text", "Authentication required", { message: "Authentication required" }],
])("reads the body of %s", (_name, text, expected) => {
  expect(parseErrorBody(text)).toEqual(expected);
});

test("a long page is cut", () => {
  expect(parseErrorBody("x".repeat(5000)).message).toHaveLength(201);
});

test.each(["<", "<script", "<style>"])("a long text of %p alone is read at once", (piece) => {
  expect(parseErrorBody(piece.repeat(300_000)).message.length).toBeLessThanOrEqual(201);
});
