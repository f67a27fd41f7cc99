import { formatPlace } from '../../core/farm-error.ts';
import type { ConflictingDirective } from '../solve-types.ts';

const mostLines = 10;
const mostTold = 3;

/** A conflict for people, a line for each directive with its place; what one recipe says of one package, under one condition or another,
 * is one line; and of a very long chain the middle is left out. */
export function tellConflict(directives: readonly ConflictingDirective[]): string[] {
  const groups = Map.groupBy(directives, ({ from, says }, index) => subjectOf(from, says) ?? index);
  const lines = [...groups.values()].map(tellGroup);
  if (lines.length <= mostLines) return lines;
  const left = lines.length - mostLines + 1;
  const first = Math.ceil((mostLines - 1) / 2);
  return [...lines.slice(0, first), `... ${left} more, which --json has`, ...lines.slice(first + left)];
}

/** Who speaks of which package: the same for directives that make one line. */
function subjectOf(from: string, says: string): string | undefined {
  const name = /^needs ([\w-]+)/.exec(says)?.[1];
  return name === undefined ? undefined : `${from} ${name}`;
}

function tellGroup(group: readonly ConflictingDirective[]): string {
  const [{ from, says, place }, ...others] = group as [ConflictingDirective, ...ConflictingDirective[]];
  const where = place === undefined ? '' : `  (${formatPlace(place)})`;
  if (others.length === 0) return `${from} ${says}${where}`;
  const texts = [says, ...others.map((one) => one.says.replace('needs ', ''))];
  const told = texts.length > mostTold ? [...texts.slice(0, mostTold - 1), '...', texts.at(-1)!] : texts;
  return `${from} ${told.join('; ')}  (${texts.length} directives${place === undefined ? '' : `, the first at ${formatPlace(place)}`})`;
}
