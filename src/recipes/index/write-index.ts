import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import { addPackage, createIndexEncoder, type IndexEncoder } from './encode-index.ts';
import type { ImportedPackage } from './imported-package.ts';
import { bytesOf, formatIndexFile } from './index-file.ts';
import { createSpecReader, isUsable, type ResolvedPackage, resolvePackage } from './resolve-package.ts';

/** What an index is made of. */
export interface IndexContent {
  /** What it is made from, for people: a folder's name, a commit. */
  readonly source: string;
  readonly packages: Iterable<ImportedPackage>;
  /** Names of providers by virtual, the preferred ones first; those that are not named come behind them, by name. */
  readonly providers?: Readonly<Record<string, readonly string[]>>;
  /** Packages that are never built; they are left out. */
  readonly unbuildable?: readonly string[];
}

/** What an index holds. */
export interface IndexStatistics {
  readonly packages: number;
  readonly versions: number;
  readonly dependencies: number;
  readonly conflicts: number;
  /** Distinct specs. */
  readonly specs: number;
  readonly bytes: number;
  /** Packages with lines that could not be read, and the number of those lines. */
  readonly incomplete: number;
  readonly unreadLines: number;
}

/** Writes the index of imported packages; a reader sees the old file or the new one. Equal packages give equal bytes.
 * @throws DISK_FULL PERMISSION_DENIED */
export async function writeIndex(path: string, content: IndexContent): Promise<IndexStatistics> {
  const { bytes, statistics } = encodeIndex(content);
  await writeFileAtomic(path, bytes);
  return statistics;
}

/** The bytes of an index. */
export function encodeIndex(content: IndexContent): { readonly bytes: Buffer; readonly statistics: IndexStatistics } {
  const encoder = createIndexEncoder();
  const leftOut = new Set(content.unbuildable);
  const read = createSpecReader();
  const packages = [...content.packages]
    .filter((source) => isUsable(source) && !leftOut.has(source.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((source) => resolvePackage(source, read));
  for (const resolved of packages) addPackage(encoder, resolved);
  const bytes = formatIndexFile({
    source: Buffer.from(content.source),
    names: bytesOf(packages.map(({ source }) => encoder.strings.idOf(source.name))),
    virtuals: bytesOf(wordsOfVirtuals(encoder, packages, content.providers ?? {})),
    search: Buffer.from(packages.map(searchLineOf).join('\n')),
    packages: bytesOf(encoder.packages),
    records: bytesOf(encoder.records),
    specs: bytesOf(encoder.specs),
    specWords: bytesOf(encoder.specWords),
    places: bytesOf(encoder.places),
    unread: bytesOf(encoder.unread),
    ...textSections(encoder),
  });
  return { bytes, statistics: { ...statisticsOf(packages), specs: encoder.specs.length, bytes: bytes.length } };
}

function textSections({ strings }: IndexEncoder) {
  const { text, offsets } = strings.bytes();
  return { text, textOffsets: bytesOf(offsets) };
}

function wordsOfVirtuals(
  { strings }: IndexEncoder,
  packages: readonly ResolvedPackage[],
  preferred: NonNullable<IndexContent['providers']>,
): number[] {
  const providers = new Map<string, Set<string>>();
  for (const { source, provides } of packages) {
    for (const { spec } of provides) {
      const name = spec.name ?? '';
      providers.set(name, (providers.get(name) ?? new Set()).add(source.name));
    }
  }
  return [...providers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([virtual, all]) => {
      const first = (Object.hasOwn(preferred, virtual) ? preferred[virtual]! : []).filter((name) => all.has(name));
      const ordered = new Set([...first, ...all]);
      return [strings.idOf(virtual), ordered.size, ...[...ordered].map((name) => strings.idOf(name))];
    });
}

function searchLineOf({ source }: ResolvedPackage): string {
  const variants = new Set(source.variants.map(({ name }) => name));
  const plain = (text: string) => text.replace(/\s+/g, ' ').trim();
  return [source.name, plain(source.summary ?? ''), [...variants].join(',')].join('\t');
}

function statisticsOf(packages: readonly ResolvedPackage[]) {
  const sum = (count: (resolved: ResolvedPackage) => number) =>
    packages.reduce((total, resolved) => total + count(resolved), 0);
  return {
    packages: packages.length,
    versions: sum(({ versions }) => versions.length),
    dependencies: sum(({ dependencies }) => dependencies.length),
    conflicts: sum(({ conflicts }) => conflicts.length),
    incomplete: packages.filter(({ unread }) => unread.length > 0).length,
    unreadLines: sum(({ unread }) => unread.length),
  };
}
