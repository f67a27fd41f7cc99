import type { BuildPreview } from '../../app/stack/plan-build.ts';
import type { Style } from '../style.ts';
import { tableText } from './table-text.ts';

/** What one platform's solution is judged by. */
type Criteria = NonNullable<BuildPreview['criteria']>[string];

const shownCauses = 6;

/** What a solution is judged by, for people: every criterion in order with its cost, and the packages that cause it. */
export function criteriaText(platform: string, criteria: Criteria, style: Style): string {
  const rows = criteria.map(({ name, cost }, index) => [`  ${index + 1}`, name, String(cost)]);
  const lines = tableText(rows, { right: [0, 2] }).split('\n');
  const causes = criteria.map((criterion) => causeLines(criterion, style));
  return [style.strong(platform), ...lines.flatMap((line, index) => [line, ...causes[index]!])].join('\n');
}

/** Where all packages are counted only their number is told. */
function causeLines({ name, causes }: Criteria[number], style: Style): string[] {
  if (name === 'packages') return [];
  const shown = causes.slice(0, shownCauses).map(({ key, says }) => `       ${key}: ${says}`);
  const more = causes.length - shown.length;
  return [...shown, ...(more > 0 ? [`       and ${more} more`] : [])].map(style.faint);
}
