/** One metric as read back from its text. */
export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: ParsedSample[];
}

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const HEAD = /^# HELP ([a-z_]+) (.+)\n# TYPE \1 (counter|gauge|histogram)$/;
const SAMPLE = /^([a-z_]+)(?:\{(.+)\})? (\S+)$/;
/** A label and what follows it. */
const LABEL = /^([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;
const VALUE = /^(?:[+-]Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/** Reads the exposition format strictly. @throws Error naming the line that is wrong */
export function parseExposition(text: string): ParsedFamily[] {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families: ParsedFamily[] = [];
  const lines = text.slice(0, -1).split("\n");
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line.startsWith("#")) families.push(parseHead(`${line}\n${lines.shift()}`, families));
    else families.at(-1)?.samples.push(parseSample(line, families.at(-1)?.name ?? "-"));
  }
  return families;
}

function parseHead(lines: string, known: readonly ParsedFamily[]): ParsedFamily {
  const [, name, help, type] = HEAD.exec(lines) ?? [];
  if (name === undefined || help === undefined || type === undefined) throw new Error(`no head: ${lines}`);
  if (known.some((family) => family.name === name)) throw new Error(`${name} is there twice`);
  return { name, help, type, samples: [] };
}

function parseSample(line: string, family: string): ParsedSample {
  const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined || !VALUE.test(value)) throw new Error(`no sample: ${line}`);
  if (!name.startsWith(family)) throw new Error(`${name} stands under ${family}`);
  return { name, labels: parseLabels(labels), value: Number(value.replace("Inf", "Infinity")) };
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== "") {
    const [all, name, value] = LABEL.exec(rest) ?? [];
    if (all === undefined || name === undefined || value === undefined) throw new Error(`no labels: ${text}`);
    if (name in labels) throw new Error(`the label ${name} is there twice: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped));
    rest = rest.slice(all.length);
  }
  return labels;
}
