import { expect, test } from "bun:test";
import { countJunit, failedTests } from "./junit.ts";

const report = (attributes: string) =>
  `<?xml version="1.0"?>\n<testsuites name="bun test" ${attributes}>\n</testsuites>`;

test("counts what passed and what failed", () => {
  expect(countJunit(report('tests="12" assertions="40" failures="2" skipped="0"'), 1)).toEqual({
    passed: 10,
    failed: 2,
  });
});

test("a skipped test is no passed test", () => {
  expect(countJunit(report('tests="3" failures="0" skipped="1"'), 0)).toEqual({ passed: 2, failed: 1 });
});

test("no report, or a report without tests, is a failure", () => {
  expect(countJunit(undefined, 0)).toEqual({ passed: 0, failed: 1 });
  expect(countJunit(report('tests="0" failures="0"'), 0)).toEqual({ passed: 0, failed: 1 });
});

test("a process that failed is a failure, whatever its report says", () => {
  expect(countJunit(report('tests="5" failures="0"'), 137)).toEqual({ passed: 5, failed: 1 });
});

test("names what failed and what was skipped, not what passed", () => {
  const xml = `<testsuites tests="4" failures="2" skipped="1">
    <testcase name="ok" classname="a" file="x.test.ts" assertions="0" />
    <testcase name="is &quot;one&quot; &amp; two" classname="a" time="0.1" file="x.test.ts">
      <failure type="AssertionError" message="no">no</failure>
    </testcase>
    <testcase name="fine" classname="" file="x.test.ts" assertions="0" />
    <testcase name="later" classname="" file="x.test.ts" assertions="0">
      <skipped />
    </testcase>
  </testsuites>`;
  expect(failedTests(xml)).toEqual(['x.test.ts: a > is "one" & two', "x.test.ts: later"]);
});
