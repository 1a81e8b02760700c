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

/** Names of a report's tests that failed or were skipped, each with its file and the groups it is in. */
export function failedTests(xml: string): string[] {
  const cases = [...xml.matchAll(/<testcase\b([^>]*[^>/])>([\s\S]*?)<\/testcase>/g)];
  return cases
    .filter(([, , inside]) => /<(failure|error|skipped)\b/.test(inside ?? ""))
    .map(([, head = ""]) => {
      const names = [text(head, "classname"), text(head, "name")].filter((name) => name !== "");
      return `${text(head, "file")}: ${names.join(" > ")}`;
    });
}

const entities: Record<string, string> = { amp: "&", apos: "'", gt: ">", lt: "<", quot: '"' };

function text(element: string, name: string): string {
  const value = element.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1] ?? "";
  return value.replaceAll(/&(\w+);/g, (whole, entity: string) => entities[entity] ?? whole);
}

function attribute(element: string, name: string): number {
  return Number(element.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
}
