import type { RevisionResult } from '../../app/cvmfs/revise-repository.ts';
import { formatBytes, formatCount, formatSeconds } from '../../core/format-quantity.ts';
import type { Style } from '../style.ts';

/** How a revision that was published, or would be, reads. */
export function revisionText(value: RevisionResult, dryRun: boolean, style: Style): string {
  const { repository, revision, isNew, tag, files, objects, bytes, seconds } = value;
  const named = tag === undefined ? '' : `, tag ${style.name(tag)}`;
  if (!isNew) return `${style.strong(repository)} is at revision ${revision}${named}: nothing was different`;
  const fresh = value.catalogs.filter((catalog) => catalog.isNew);
  const catalogs = formatCount(fresh.length + 1, 'catalog');
  const head = dryRun
    ? `Would publish revision ${revision} of ${style.strong(repository)}${named}: ${formatCount(files, 'file')} to read (${formatBytes(bytes)}), ${catalogs} to write, about ${formatSeconds(seconds)}`
    : `Published revision ${revision} of ${style.strong(repository)}${named}: ${formatCount(objects, 'new object')} (${formatBytes(bytes)}), ${catalogs} written, in ${formatSeconds(seconds)}`;
  return [head, ...fresh.slice(0, mostCatalogs).map(catalogLine), ...moreLine(fresh.length - mostCatalogs)].join('\n');
}

const mostCatalogs = 12;

const reasons: Readonly<Record<RevisionResult['catalogs'][number]['reason'], string>> = {
  asked: 'asked for',
  package: 'a package',
  release: 'a release',
  root: 'holds others',
  size: 'large',
  version: 'a version of something',
};

function catalogLine({ path, entries, reason }: RevisionResult['catalogs'][number]): string {
  return `  ${path}  ${formatCount(entries, 'entry', 'entries')}, ${reasons[reason]}`;
}

function moreLine(count: number): string[] {
  return count > 0 ? [`  and ${count} more`] : [];
}
