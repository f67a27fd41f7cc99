import type { BuildPreview, PlannedPackage } from '../../app/stack/plan-build.ts';
import { formatBytes, formatCount, formatSeconds } from '../../core/format-quantity.ts';
import type { Style } from '../style.ts';
import { tableText } from './table-text.ts';

/** What a build would do, for people: each package with its action, cost and reason, by platform, and the sum. */
export function previewText(preview: BuildPreview, style: Style): string {
  const platforms = Map.groupBy(preview.packages, ({ platform }) => platform);
  const sections = [...platforms].map(
    ([platform, packages]) => `${style.strong(platform)}\n${packagesText(packages, style)}\n`,
  );
  return [...sections, summaryText(preview)].join('\n');
}

/** The sum of a preview in one line: `3 packages to build (about 2 min 10 s of work), 9 reused, 1 taken from the base.` */
export function summaryText({ builds, reused, externals, expectedSeconds }: BuildPreview): string {
  const cost =
    expectedSeconds === undefined || builds === 0 ? '' : ` (about ${formatSeconds(expectedSeconds)} of work)`;
  const base = externals === 0 ? '' : `, ${externals} taken from the base`;
  if (builds === 0) return `Nothing to build: ${formatCount(reused, 'package is', 'packages are')} there${base}.`;
  return `${formatCount(builds, 'package')} to build${cost}, ${reused} reused${base}.`;
}

function packagesText(packages: readonly PlannedPackage[], style: Style): string {
  const signs = { build: style.warn('build'), reuse: style.good('reuse'), external: style.faint('base') };
  const rows = packages.map((item) => [
    `  ${signs[item.action]}`,
    `${item.name} ${item.version}`,
    costText(item),
    style.faint(becauseText(item.because)),
  ]);
  const lines = tableText(rows, { right: [2] }).split('\n');
  return packages.flatMap((item, index) => [lines[index]!, ...newsLines(item, style)]).join('\n');
}

function costText({ action, expectedSeconds, bytes, expectedBytes }: PlannedPackage): string {
  const parts = [
    ...(action === 'build' && expectedSeconds !== undefined ? [formatSeconds(expectedSeconds)] : []),
    ...[bytes ?? expectedBytes].filter((size) => size !== undefined).map(formatBytes),
  ];
  return parts.join(', ');
}

function becauseText(because: readonly string[]): string {
  const [first = '', ...others] = because;
  return others.length === 0 ? first : `${first}, and ${others.length} more`;
}

/** What is new about a package that was built before; of one that never was, everything is. */
function newsLines({ news, changes, expectedSeconds }: PlannedPackage, style: Style): string[] {
  const hasHistory = changes !== undefined || expectedSeconds !== undefined;
  return news === undefined || !hasHistory ? [] : [`         ${style.warn('because')} ${news}`];
}
