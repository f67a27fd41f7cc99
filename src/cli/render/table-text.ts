import { stripVTControlCharacters } from 'node:util';

/** Rows as columns of equal width, two spaces apart; the last column is not filled up. */
export function tableText(
  rows: readonly (readonly string[])[],
  options: { readonly right?: readonly number[] } = {},
): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
    });
  }
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) => {
      const filling = ' '.repeat(widths[column]! - widthOf(cell));
      if (options.right?.includes(column)) return `${filling}${cell}`;
      return column === row.length - 1 ? cell : `${cell}${filling}`;
    });
    return cells.join('  ').trimEnd();
  });
  return lines.join('\n');
}

function widthOf(cell: string): number {
  return [...stripVTControlCharacters(cell)].length;
}
