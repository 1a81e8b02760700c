export interface Counts {
  passed: number;
  failed: number;
}

/**
 * Counts a JUnit report's tests. Whatever leaves a doubt is a failure: no report, no test in it, a skipped test,
 * or a process that failed although every test of the report passed.
 */
export function countJunit(xml: string | undefined, exitCode: number): Counts {
  const head = xml?.match(/<testsuites\b[^>]*>/)?.[0];
  if (head === undefined) return { passed: 0, failed: 1 };
  const all = attribute(head, "tests");
  const failed = attribute(head, "failures") + attribute(head, "errors") + attribute(head, "skipped");
  if (all === 0) return { passed: 0, failed: 1 };
  return { passed: all - failed, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}

function attribute(element: string, name: string): number {
  return Number(element.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
}
