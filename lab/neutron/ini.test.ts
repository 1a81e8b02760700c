import { expect, test } from "bun:test";
import { renderIni } from "./ini.ts";

test("renders sections of keys", () => {
  expect(renderIni({ DEFAULT: { use_stderr: true, port: 9696 }, agent: { root_helper: "env" } })).toBe(
    "[DEFAULT]\nuse_stderr = true\nport = 9696\n\n[agent]\nroot_helper = env\n",
  );
});
