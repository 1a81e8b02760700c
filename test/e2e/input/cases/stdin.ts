import type { Case, Table } from "../case.ts";

const MEGABYTE = 1024 * 1024;
const bytes = (text: string) => new TextEncoder().encode(text);
const BEGINNING = '{"cniVersion": "1.0.0", "name": "pods", ';

/** Not JSON, with the place where it stops being that. */
function broken(name: string, stdin: string | Uint8Array, where: RegExp): Case {
  return { name, stdin, code: 6, says: [/^standard input is not JSON/, where] };
}

/** JSON, but no object. */
function other(name: string, stdin: string): Case {
  return { name, stdin, code: 6, says: [/^standard input must hold/, /a JSON object/, /but holds/] };
}

/** What a file made by an editor of Windows begins with, and UTF-16. */
const BOM = "\ufeff";
const UTF16 = new Uint8Array(Buffer.from(`${BOM}${BEGINNING}}`, "utf16le"));

const LATIN1 = new Uint8Array(Buffer.from(`${BEGINNING}"cluster_name": "käfig"}`, "latin1"));

export const stdin: Table = {
  topic: "standard input",
  cases: [
    { name: "empty", stdin: "", code: 6, says: [/^standard input is empty/, /configuration/] },
    { name: "white space alone", stdin: " \n\t\n", code: 6, says: [/^standard input is empty/] },
    {
      name: "closed",
      through: ["sh", "-c", 'exec "$0" <&-'],
      code: 6,
      says: [/^standard input is empty/],
    },
    {
      name: "a folder",
      through: ["sh", "-c", 'exec "$0" </tmp'],
      code: 5,
      says: [/^standard input cannot be read/, /directory|EISDIR/],
    },
    broken("a sentence", "hello runtime", /line 1, column 1/),
    broken("cut off", `${BEGINNING}"neutron": {"neutron_url`, /line 1, column/),
    broken("a comma too many", '{\n  "name": "pods",\n}', /line 3, column 1/),
    broken("comments", '{\n  // the network\n  "name": "pods"\n}', /line 2, column 3/),
    broken("single quotes", "{'name': 'pods'}", /line 1, column 2/),
    broken("YAML", "name: pods\ntype: skynet\n", /line 1, column 1/),
    broken("two documents", '{"name": "pods"}\n{"name": "pods"}', /line 2, column 1/),
    broken("a NUL inside", '{"name": "po\0ds"}', /line 1, column 10/),
    broken("a NUL after it", '{"name": "pods"}\0', /line 1, column 17/),
    { name: "UTF-16", stdin: UTF16, code: 6, says: [/^standard input is not UTF-8/] },
    { name: "Latin-1", stdin: LATIN1, code: 6, says: [/^standard input is not UTF-8/, /that encoding/] },
    broken("hundred thousand brackets", "[".repeat(100_000), /line 1/),
    other("a list", "[]"),
    other("a list with a configuration", '[{"name": "pods"}]'),
    other("a text", '"pods"'),
    other("a number", "42"),
    other("null", "null"),
    other("true", "true"),
    {
      name: "more than 4 MiB",
      stdin: bytes(`${BEGINNING}"padding": "${"x".repeat(4 * MEGABYTE)}"}`),
      code: 6,
      says: [/standard input has more than 4194304 bytes/],
    },
    {
      name: "a byte order mark before a good configuration is passed over",
      verb: "GC",
      stdin: `${BOM}{"cniVersion": "1.0.0", "name": "pods"}`,
      code: 1,
      says: [/CNI_COMMAND GC exists since version 1\.1\.0/],
    },
    {
      name: "a whole .conflist, which runtimes take apart",
      stdin: '{"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "skynet"}]}',
      code: 7,
      says: [/a list "plugins"/, /a runtime hands over one entry/],
    },
  ],
};
