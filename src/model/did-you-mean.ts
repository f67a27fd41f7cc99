/** The candidate that a mistyped name was most likely meant to be; undefined when none is near.
 * Near is at most one slip (a letter too many, too few, another, or two exchanged) in names of up to 5 characters,
 * two in longer ones; letter case and the difference of `-` and `_` do not count. Of equally near ones the first is taken. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(name);
  let limit = name.length <= 2 ? 0 : name.length <= 5 ? 1 : 2;
  let nearest: string | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) > limit) continue;
    const distance = slipsBetween(wanted, fold(candidate), limit);
    if (distance > limit) continue;
    nearest = candidate;
    limit = distance - 1;
    if (limit < 0) break;
  }
  return nearest;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** The distance of Damerau and Levenshtein between two texts (optimal string alignment); a number above the limit when it is above the limit. */
function slipsBetween(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const replaced = at(above, column - 1) + (same ? 0 : 1);
      const exchanged = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        replaced,
        at(above, column) + 1,
        at(current, column - 1) + 1,
        exchanged ? at(before, column - 2) + 1 : replaced,
      );
    }
    if (Math.min(...current) > limit && Math.min(...above) > limit) return limit + 1;
    before = above;
    above = current;
  }
  return at(above, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0;
}
