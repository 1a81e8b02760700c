/** `docs/performance.md`: its text is written by hand, the part between the marks by the benchmark. */
import { join } from "node:path";
import { checkout } from "../../lab/layout.ts";

const PATH = join(checkout, "docs/performance.md");
const BEGIN = "<!-- measured: written by `make bench` -->";
const END = "<!-- /measured -->";

/** Puts `measured` between the marks. */
export async function writeDocument(measured: string): Promise<void> {
  const document = await Bun.file(PATH).text();
  const [before, rest] = cut(document, BEGIN);
  const [, after] = cut(rest, END);
  await Bun.write(PATH, `${before}${BEGIN}\n\n${measured}\n\n${END}${after}`);
  console.error(`written into ${PATH}`);
}

function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`${PATH} has no line "${mark}"`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
