import type { LockChange, LockSide, PlatformChanges } from '../../app/stack/compare-locks.ts';
import type { LockDiff } from '../../app/stack/diff-lock.ts';
import type { VariantValue } from '../../model/lock.ts';
import { formatVariants } from './variant-text.ts';

/** The difference of two locks as Markdown. */
export function lockDiffText({ other, platforms }: LockDiff): string {
  if (platforms.length === 0) return `binfarm.lock does not differ from ${other}.`;
  return [`# binfarm.lock against ${other}`, ...platforms.map(platformText)].join('\n\n');
}

function platformText({ platform, added, removed, changed, rebuilt }: PlatformChanges): string {
  const table = changed.length === 0 ? [] : [`### Changed\n\n${changedTable(changed)}`];
  const sections = [
    ...table,
    ...section(
      'Added',
      added,
      ({ after, ...change }) => `${title(change.key, after)}${hashText(after)}, for ${change.askedBy.join(', ')}`,
    ),
    ...section('Removed', removed, ({ key, before }) => title(key, before)),
    ...section(
      'Built anew',
      rebuilt,
      ({ key, before, after }) => `${title(key, after)}: ${hashOf(before)} → ${hashOf(after)}`,
    ),
  ];
  return [`## ${platform}`, ...sections].join('\n\n');
}

function section(name: string, changes: readonly LockChange[], line: (change: LockChange) => string): string[] {
  return changes.length === 0 ? [] : [`### ${name}\n\n${changes.map((change) => `- ${line(change)}`).join('\n')}`];
}

function changedTable(changes: readonly LockChange[]): string {
  const rows = changes.map(({ key, before, after }) =>
    [key, versionsText(before!, after!), variantsText(before!, after!), `${hashOf(before)} → ${hashOf(after)}`].join(
      ' | ',
    ),
  );
  return [
    '| package | version | options | build |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

function versionsText(before: LockSide, after: LockSide): string {
  const [old, now] = [before, after].map(({ version, external }) => (external ? `${version} (base)` : version));
  return old === now ? `${now}` : `${old} → ${now}`;
}

/** Only the options that differ. */
function variantsText(before: LockSide, after: LockSide): string {
  const differing = (own: LockSide, other: LockSide) =>
    formatVariants(
      Object.fromEntries(Object.entries(own.variants).filter(([name, value]) => !isSame(other.variants[name], value))),
    );
  const [old, now] = [differing(before, after), differing(after, before)];
  return old === now ? '' : `${old || 'none'} → ${now || 'none'}`;
}

function isSame(a: VariantValue | undefined, b: VariantValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function title(key: string, side: LockSide | undefined): string {
  const parts = [key, side?.version ?? '', side?.external ? '(base)' : '', formatVariants(side?.variants ?? {})];
  return parts.filter((part) => part !== '').join(' ');
}

function hashText(side: LockSide | undefined): string {
  return side?.buildHash === undefined ? '' : ` (${hashOf(side)})`;
}

function hashOf(side: LockSide | undefined): string {
  return side?.buildHash === undefined ? 'none' : `\`${side.buildHash.slice(0, 8)}\``;
}
