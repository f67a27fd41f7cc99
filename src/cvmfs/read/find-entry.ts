import { FarmError } from '../../core/farm-error.ts';
import { type Entry, has } from './catalog/catalog-entry.ts';
import { type Catalog, transitionProblems } from './catalog/open-catalog.ts';
import { invalid } from './format/invalid.ts';
import { ancestry, bytesOfPath, type PathBytes, parentOf, parseTypedPath, showPath } from './format/path-bytes.ts';
import { deepestNesting } from './limits.ts';
import type { Repository } from './open-repository.ts';

/** An entry, and the catalog that has what is in it. */
export interface FoundEntry {
  readonly entry: Entry;
  readonly catalog: Catalog;
}

const mostLinks = 40;

/** Finds an entry by a path that somebody typed; links on the way are followed, and one at its end if `follow` says so. A path below `/cvmfs/<name>` is read as one in the repository.
 * @throws CVMFS_NOT_FOUND, CVMFS_UNSUPPORTED for a link that leads out of the repository; what reading catalogs throws */
export async function findEntry(
  repository: Repository,
  typed: string,
  { follow }: { readonly follow: boolean },
): Promise<FoundEntry> {
  const mount = `/cvmfs/${repository.trust.manifest.name}`;
  const path = parseTypedPath(typed === mount || typed.startsWith(`${mount}/`) ? typed.slice(mount.length) : typed);
  if (path === undefined) {
    throw new FarmError('ARGUMENT_INVALID', `Cannot read "${typed}": it is no path inside a repository`);
  }
  let target = path;
  for (let links = 0; links <= mostLinks; links += 1) {
    const step = await stepTo(repository, target, follow);
    if (typeof step !== 'string') return step;
    target = step;
  }
  throw notFound(path, 'its links lead round in a circle');
}

/** Goes down a path; gives another path when a link is in the way. */
async function stepTo(repository: Repository, path: PathBytes, follow: boolean): Promise<FoundEntry | PathBytes> {
  let catalog = await repository.catalog(repository.root);
  let found: Entry | undefined;
  let nesting = 0;
  for (const part of ancestry(path)) {
    found = entryOnWay(catalog, part, path);
    if (found.kind === 'link' && (part !== path || follow)) {
      return followLink(repository, found, path.slice(part.length));
    }
    if (!has(found, 'nestedMountPoint')) continue;
    nesting += 1;
    if (nesting > deepestNesting) throw invalid(showPath(path), 'it is in too many catalogs inside one another');
    ({ catalog, entry: found } = await enter(repository, catalog, found));
  }
  return { entry: found!, catalog };
}

/** The entry that is one step of the way to a path. */
function entryOnWay(catalog: Catalog, part: PathBytes, path: PathBytes): Entry {
  const found = catalog.entry(part);
  if (found === undefined) throw notFound(path, part === path ? 'there is nothing' : `there is no ${showPath(part)}`);
  const leadsOn = part === path || found.kind === 'folder' || found.kind === 'link';
  if (!leadsOn) throw notFound(path, `${showPath(part)} is no folder`);
  return found;
}

/** Opens the catalog that is mounted at an entry.
 * @throws CVMFS_INVALID when the two do not belong together, and what `openCatalog` throws */
async function enter(repository: Repository, above: Catalog, mountPoint: Entry): Promise<FoundEntry> {
  const reference = above.nestedAt(mountPoint.path);
  if (reference === undefined)
    throw invalid(showPath(mountPoint.path), 'the catalog that is mounted here is not named');
  const catalog = await repository.catalog(reference);
  return { catalog, entry: rootEntry(catalog, mountPoint) };
}

/** The root of a catalog, which must be the folder that it is mounted at.
 * @throws CVMFS_INVALID */
export function rootEntry(catalog: Catalog, mountPoint?: Entry): Entry {
  const { path } = catalog.reference;
  const entry = catalog.entry(path);
  if (entry?.kind !== 'folder') throw invalid(showPath(path), 'its catalog has no folder as its root');
  const [problem] = mountPoint === undefined ? [] : transitionProblems(mountPoint, entry);
  if (problem !== undefined) throw invalid(showPath(path), problem);
  return entry;
}

/** The path that a link leads to, with the rest of the way behind it. */
function followLink(repository: Repository, link: Entry, rest: PathBytes): PathBytes {
  const target = link.target.replace(/\$\(\w+(?::-([^()]*))?\)/g, (_, fallback?: string) => fallback ?? '');
  const mount = `/cvmfs/${repository.trust.manifest.name}`;
  const isAbsolute = target.startsWith('/');
  if (isAbsolute && target !== mount && !target.startsWith(`${mount}/`)) throw leadsOut(link);
  const from = isAbsolute ? target.slice(mount.length) : `${parentOf(link.path)}/${target}`;
  const parts: PathBytes[] = [];
  for (const part of `${from}${rest}`.split('/')) {
    if (part === '..' && parts.pop() === undefined) throw leadsOut(link);
    if (part !== '..' && part !== '.' && part !== '') parts.push(part);
  }
  return parts.map((part) => `/${part}`).join('');
}

function leadsOut(link: Entry): FarmError {
  const target = bytesOfPath(link.target).toString('utf8');
  return new FarmError(
    'CVMFS_UNSUPPORTED',
    `Cannot follow "${showPath(link.path)}": it leads to ${target}, outside of the repository`,
  );
}

function notFound(path: PathBytes, state: string): FarmError {
  return new FarmError('CVMFS_NOT_FOUND', `Cannot read "${showPath(path)}": ${state}`);
}
