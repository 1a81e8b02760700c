import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createLogger, type Fields, formatRecord, LOG_LEVELS, type LogOptions, silent } from "./log.ts";

const TIME = new Date("2026-11-22T23:00:00.000Z");

/** A logger whose lines are kept, without their time. */
function recording(options: LogOptions = {}) {
  const lines: string[] = [];
  const log = createLogger({ ...options, sink: (line) => lines.push(line.replace(/^\S+ /, "")) });
  return { log, lines };
}

describe("a record", () => {
  test("is one line of time, level, message and fields", () => {
    expect(formatRecord(TIME, "info", "port created", { id: "31a8f352", ms: 12.5 })).toBe(
      "2026-11-22T23:00:00.000Z INFO  port created id=31a8f352 ms=12.5\n",
    );
    expect(formatRecord(TIME, "error", "x", {})).toBe("2026-11-22T23:00:00.000Z ERROR x\n");
  });

  const fields: [value: unknown, written: string][] = [
    ["plain", "plain"],
    ["", '""'],
    ["two words", '"two words"'],
    ['a"b', '"a\\"b"'],
    ["a=b", '"a=b"'],
    ["a\nb", '"a\\nb"'],
    ["\u001b[31m", '"\\u001b[31m"'],
    [7, "7"],
    [10n, "10"],
    [true, "true"],
    [null, "null"],
    [["a", "b"], '"[\\"a\\",\\"b\\"]"'],
    [new Error("no route"), '"no route"'],
  ];
  for (const [value, written] of fields) {
    test(`writes a field ${JSON.stringify(written)}`, () => {
      expect(formatRecord(TIME, "info", "m", { key: value })).toEndWith(`INFO  m key=${written}\n`);
    });
  }

  test("leaves undefined out", () => {
    expect(formatRecord(TIME, "info", "m", { a: undefined, b: 1 })).toEndWith("INFO  m b=1\n");
  });

  test("survives what JSON cannot write", () => {
    const loop: Fields = {};
    loop.self = loop;
    expect(formatRecord(TIME, "info", "m", { loop })).toEndWith('m loop="[object Object]"\n');
  });

  test("cannot be made to look like two", () => {
    expect(formatRecord(TIME, "warn", "bad\nname\r", {})).toEndWith("WARN  bad\\nname\\r\n");
  });

  test.each(["password", "token", "application_credential_secret", "X-Auth-Token", "Authorization"])(
    "hides %s, at the top and inside",
    (key) => {
      const line = formatRecord(TIME, "info", "m", { [key]: "hunter2", request: { [key]: "hunter2" } });
      expect(line).not.toContain("hunter2");
      expect(line.match(/\(hidden\)/g)).toHaveLength(2);
    },
  );
});

describe("levels", () => {
  test.each([
    ["debug", ["DEBUG m\n", "INFO  m\n", "WARN  m\n", "ERROR m\n"]],
    ["info", ["INFO  m\n", "WARN  m\n", "ERROR m\n"]],
    ["warn", ["WARN  m\n", "ERROR m\n"]],
    ["error", ["ERROR m\n"]],
  ] as const)("from %s on", (level, expected) => {
    const { log, lines } = recording({ level });
    for (const each of LOG_LEVELS) log[each]("m");
    expect(lines).toEqual([...expected]);
  });

  test("info is the default", () => {
    const { log, lines } = recording();
    log.debug("no");
    log.info("yes");
    expect(lines).toEqual(["INFO  yes\n"]);
  });
});

test("a child writes its fields first, the record's own win, and the parent stays as it was", () => {
  const { log, lines } = recording();
  const child = log.child({ container: "c1" }).child({ pod: "shop/web-0" });
  child.info("plugged", { tap: "tap31a8f352" });
  child.info("again", { pod: "shop/web-1" });
  log.info("parent");
  expect(lines).toEqual([
    "INFO  plugged container=c1 pod=shop/web-0 tap=tap31a8f352\n",
    "INFO  again container=c1 pod=shop/web-1\n",
    "INFO  parent\n",
  ]);
});

describe("a log file", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync("/tmp/skynet-log-");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test("is made for owner and group, appended to, and gets what standard error gets", () => {
    const file = `${directory}/skynet.log`;
    const umask = process.umask(0o022);
    const first = recording({ file });
    first.log.child({ pod: "a" }).info("one");
    recording({ file }).log.info("two");
    process.umask(umask);
    expect(readFileSync(file, "utf8")).toMatch(/^\S+ INFO {2}one pod=a\n\S+ INFO {2}two\n$/);
    expect(first.lines).toEqual(["INFO  one pod=a\n"]);
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  test("that cannot be opened costs a warning and nothing else", () => {
    const { log, lines } = recording({ file: `${directory}/missing/skynet.log` });
    log.info("still here");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^WARN {2}the log file cannot be opened.*log_file=\S+ error="open \S+: ENOENT"/);
    expect(lines[1]).toBe("INFO  still here\n");
  });
});

test("a process that logs leaves standard output alone, and outlives a full or closed standard error", () => {
  const script = `
    const { createLogger } = await import(${JSON.stringify(`${import.meta.dir}/log.ts`)});
    createLogger({ file: "/dev/full" }).error("said on standard error");
    require("node:fs").closeSync(2);
    createLogger().error("said to nobody");
    process.stdout.write("result");
  `;
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, "-e", script]);
  expect(stdout.toString()).toBe("result");
  expect(stderr.toString()).toMatch(/^\S+ ERROR said on standard error\n$/);
  expect(exitCode).toBe(0);
});

test("the silent logger says nothing and has silent children", () => {
  expect(silent.child({ a: 1 })).toBe(silent);
  expect(LOG_LEVELS.map((level) => silent[level]("m"))).toEqual([undefined, undefined, undefined, undefined]);
});
