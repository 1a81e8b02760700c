import { expect, test } from "bun:test";
import { mergeIni, renderIni } from "./ini.ts";

test("renders sections of keys", () => {
  expect(renderIni({ DEFAULT: { use_stderr: true, port: 9696 }, agent: { root_helper: "env" } })).toBe(
    "[DEFAULT]\nuse_stderr = true\nport = 9696\n\n[agent]\nroot_helper = env\n",
  );
});

test("lays sections over each other key by key", () => {
  const base = { DEFAULT: { port: 9696, workers: 0 }, agent: { root_helper: "env" } };
  expect(mergeIni(base, { DEFAULT: { workers: 1 }, ovn: { metadata: false } })).toEqual({
    DEFAULT: { port: 9696, workers: 1 },
    agent: { root_helper: "env" },
    ovn: { metadata: false },
  });
  expect(base.DEFAULT.workers).toBe(0);
});
