import type { Release, ReleaseChange, ReleasePackage } from '../../model/release.ts';

/** What is new in one release against another, by platform and package. */
export interface ReleaseChanges {
  readonly added: readonly ReleaseChange[];
  readonly removed: readonly ReleaseChange[];
  /** Another version, other options, or built anew. */
  readonly updated: readonly ReleaseChange[];
}

/** Compares the packages of two releases; the first may be absent. */
export function compareReleases(
  before: Pick<Release, 'platforms'> | undefined,
  after: Pick<Release, 'platforms'>,
): ReleaseChanges {
  const changes = { added: [] as ReleaseChange[], removed: [] as ReleaseChange[], updated: [] as ReleaseChange[] };
  const platforms = [...new Set([...Object.keys(before?.platforms ?? {}), ...Object.keys(after.platforms)])].sort();
  for (const platform of platforms) {
    const old = byName(before?.platforms[platform]?.packages);
    const now = byName(after.platforms[platform]?.packages);
    for (const name of [...new Set([...old.keys(), ...now.keys()])].sort()) {
      const change = {
        platform,
        name,
        ...describe('before', old.get(name), now.get(name)),
        ...describe('after', now.get(name), old.get(name)),
      };
      if (change.before === undefined) changes.added.push(change);
      else if (change.after === undefined) changes.removed.push(change);
      else if (
        old
          .get(name)!
          .map(({ buildHash }) => buildHash)
          .join() !==
        now
          .get(name)!
          .map(({ buildHash }) => buildHash)
          .join()
      )
        changes.updated.push(change);
    }
  }
  return changes;
}

function byName(packages: Readonly<Record<string, ReleasePackage>> | undefined): Map<string, ReleasePackage[]> {
  const grouped = Map.groupBy(
    Object.entries(packages ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
    ([, item]) => item.name as string,
  );
  return new Map([...grouped].map(([name, entries]) => [name, entries.map(([, item]) => item)]));
}

/** One side in words: the version, the options where they differ, and the hash where nothing else does. */
function describe(
  side: 'before' | 'after',
  own: readonly ReleasePackage[] | undefined,
  other: readonly ReleasePackage[] | undefined,
): Partial<ReleaseChange> {
  if (own === undefined) return {};
  const texts = own.map((item, index) => {
    const twin = other?.[index];
    const options = Object.entries(item.variants).filter(
      ([key, value]) => twin && JSON.stringify(twin.variants[key]) !== JSON.stringify(value),
    );
    const parts = [item.version, ...options.map(([key, value]) => formatOption(key, value))];
    const same = twin !== undefined && options.length === 0 && twin.version === item.version;
    return [...parts, ...(same ? [`(${item.buildHash.slice(0, 8)})`] : [])].join(' ');
  });
  return { [side]: texts.join(', ') };
}

function formatOption(key: string, value: boolean | string | readonly string[]): string {
  if (typeof value === 'boolean') return `${value ? '+' : '~'}${key}`;
  return `${key}=${typeof value === 'string' ? value : value.join(',')}`;
}

/** What a patched release says of itself: what it was made from, and what runs with a new package. */
function describePatch({ patchOf, platforms }: Release): string[] {
  if (patchOf === undefined) return [];
  const replaced = [...new Set(patchOf.replaced.map(({ name }) => name))];
  const items = Object.values(platforms).flatMap(({ packages }) => Object.values(packages));
  const users = new Set(items.filter(({ renames }) => renames !== undefined).map((item) => item.name as string));
  for (const name of replaced) users.delete(name);
  const list = [...users].sort().join(', ');
  return [
    `Patched from ${patchOf.name}: ${replaced.join(', ')} replaced.${users.size === 0 ? '' : ` Not built anew: ${list}.`}`,
    '',
  ];
}

/** Release notes in Markdown: what changed against the release before, and how many packages there are. */
export function formatReleaseNotes(release: Release): string {
  const { added, removed, updated, against } = release.changes;
  const section = (title: string, list: readonly ReleaseChange[], line: (change: ReleaseChange) => string) =>
    list.length === 0 ? [] : [`## ${title}`, '', ...[...new Set(list.map(line))].map((text) => `- ${text}`), ''];
  const platforms = Object.entries(release.platforms).map(
    ([name, { packages }]) => `- ${name}: ${Object.keys(packages).length} packages`,
  );
  return [
    `# ${release.farm} ${release.name}`,
    '',
    ...(release.notes === '' ? [] : [release.notes, '']),
    ...(against === undefined ? [] : [`Changes against ${against}.`, '']),
    ...describePatch(release),
    ...section('Added', added, ({ name, after }) => `${name} ${after}`),
    ...section('Updated', updated, ({ name, before, after }) => `${name}: ${before} → ${after}`),
    ...section('Removed', removed, ({ name, before }) => `${name} ${before}`),
    '## Platforms',
    '',
    ...platforms,
    '',
  ].join('\n');
}
