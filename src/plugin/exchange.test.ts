import { expect, test } from "bun:test";
import { parseAnswer } from "./exchange.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\nX: 1\r\n\r\n{"ü":"é"}';

test("an answer is complete with its last byte, wherever the parts are cut", () => {
  const whole = bytes(ANSWER.replace(": 9", ": 11"));
  for (let length = 0; length < whole.byteLength; length++) {
    expect(parseAnswer(whole.subarray(0, length))).toBeUndefined();
  }
  expect(parseAnswer(whole)).toEqual({ kind: "answered", status: 200, body: '{"ü":"é"}' });
});

test("an answer without a body is complete with its head", () => {
  expect(parseAnswer(bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))).toEqual({
    kind: "answered",
    status: 200,
    body: "",
  });
});

test.each(["SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nhello"])("%p is no answer", (text) => {
  expect(parseAnswer(bytes(text))).toEqual({ kind: "lost", reason: "it answered something else than HTTP" });
});
