/** A column: its title, and which side its cells lean to. */
export interface Column {
  title: string;
  align?: "left" | "right";
}

const GAP = "  ";

/**
 * Lays rows out under their titles, each column as wide as its widest cell. The first line is the titles'.
 * Control characters in cells are escaped, so that a row is always one line.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map((_, i) => cell(row[i]))),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines.map((line) => layOut(line, columns, widths));
}

function layOut(line: readonly string[], columns: readonly Column[], widths: readonly number[]): string {
  const cells = columns.map(({ align }, i) => {
    const text = line[i] ?? "";
    const width = widths[i] ?? 0;
    return align === "right" ? text.padStart(width) : text.padEnd(width);
  });
  return cells.join(GAP).trimEnd();
}

/** What is unknown shows as a dash. */
function cell(text: string | undefined): string {
  if (text === undefined || text === "") return "-";
  return text.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}
