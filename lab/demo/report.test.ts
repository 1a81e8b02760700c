import { expect, test } from "bun:test";
import { waitFor } from "../wait.ts";
import { Report, StepFailure } from "./report.ts";

function fake(settings: { colour?: boolean; watched?: boolean } = {}) {
  const said = { out: "", err: "" };
  const terminal = {
    out(text: string) {
      said.out += text;
    },
    err(text: string) {
      said.err += text;
    },
    colour: settings.colour ?? false,
    watched: settings.watched ?? false,
  };
  return { terminal, said };
}

test("a step that succeeds is one line with its time, and answers what its work answers", async () => {
  const { terminal, said } = fake();
  expect(await new Report({ terminal }).step("count", async () => 7)).toBe(7);
  expect(said.out).toMatch(/^ {2}ok {3,} \d+\.\d s {2}count\n$/);
});

test("a step that fails says why, line by line", async () => {
  const { terminal, said } = fake();
  const failing = new Report({ terminal }).step("count", () => Promise.reject(new Error("no\nfingers")));
  await expect(failing).rejects.toBeInstanceOf(StepFailure);
  expect(said.out).toMatch(/^ {2}FAILED +\d+\.\d s {2}count\n {17}no\n {17}fingers\n$/);
});

test("a step that was interrupted has not failed", async () => {
  const { terminal, said } = fake();
  const report = new Report({ terminal, interrupt: AbortSignal.abort() });
  await expect(report.step("count", () => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
  expect(said.out).toBe("");
});

test("a person sees what goes on, and it is wiped out", async () => {
  const { terminal, said } = fake({ watched: true });
  await new Report({ terminal }).step("count", async (detail) => {
    detail("one");
    await waitFor("detail", () => said.err.includes("count: one"));
  });
  expect(said.err).toEndWith("\r\u001b[K");
  expect(said.out).not.toContain("one");
});

test("a log is spared the details of a quick step", async () => {
  const { terminal, said } = fake();
  await new Report({ terminal }).step("count", async (detail) => detail("one"));
  expect(said).toEqual({ out: expect.stringMatching(/^ {2}ok .*\n$/), err: "" });
});

test("blocks are one empty line apart", () => {
  const { terminal, said } = fake();
  const report = new Report({ terminal });
  report.title("Numbers");
  report.table([{ title: "N", align: "right" }, { title: "NAME" }], [["10", "ten"]]);
  report.note("that is all");
  expect(said.out).toBe(`\nNumbers\n\n     N  NAME\n    10  ten\n\n${" ".repeat(17)}that is all\n`);
});

test("colours only where they are shown", async () => {
  const { terminal, said } = fake({ colour: true });
  await new Report({ terminal }).step("count", async () => undefined);
  expect(said.out).toContain("\u001b[32mok");
});
