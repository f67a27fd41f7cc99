import { FarmError } from '../../core/farm-error.ts';
import { addCounters, type Counters, counterNames, zeroCounters } from '../catalog/counters.ts';
import {
  type CatalogReference,
  type FolderNode,
  type LinkNode,
  type MountNode,
  markerName,
  type Node,
} from '../catalog/node.ts';
import { type OpenCatalog, readCatalog, readTotals } from '../catalog/read-catalog.ts';
import { type ByteText, joinBytes, readableText } from '../format/byte-text.ts';
import type { ContentHash } from '../format/content-hash.ts';
import { storeCatalog } from '../tree/build-subtree.ts';
import type { RevisionWork } from './revision-work.ts';

/** The tree of a revision, opened for changes: only the catalogs on the way to a change are read and written. */
export interface TreeEditor {
  /** What the root catalog says of itself. */
  readonly properties: Readonly<Record<string, string>>;
  /** Puts something in the place of what is at a path, with the folders above it where they are missing. `catalog` says that a folder made for it is to have a catalog of its own. */
  readonly put: (
    path: ByteText,
    node: FolderNode | MountNode | LinkNode,
    options?: { readonly catalog?: boolean },
  ) => Promise<void>;
  /** Removes what is at a path; false when nothing is. */
  readonly remove: (path: ByteText) => Promise<boolean>;
  /** What is at a path; undefined when nothing is. */
  readonly find: (path: ByteText) => Promise<Node | undefined>;
  /** The names in a folder; none when there is no such folder. */
  readonly names: (path: ByteText) => Promise<readonly ByteText[]>;
  /** Replaces the whole tree; `below` counts what its catalogs refer to, where the references do not have all counts. */
  readonly replace: (root: FolderNode, below?: Counters) => void;
  /** Writes the catalogs that have changed, and gives the root with what is below it. */
  readonly finish: () => Promise<{ readonly root: FolderNode; readonly below?: Counters }>;
}

interface Opened {
  readonly path: ByteText;
  root: FolderNode;
  /** Undefined when the references to its children have all counts. */
  below: Counters | undefined;
  readonly parent: Opened | undefined;
  /** Where it is mounted in the parent, and what was there when it was opened. */
  readonly place: { readonly children: FolderNode['children']; readonly name: ByteText } | undefined;
  readonly before: Counters;
  isChanged: boolean;
}

interface Found {
  readonly opened: Opened;
  readonly folder: FolderNode;
}

/** Whether missing folders are made, and with catalogs of their own. */
type FolderMaking = { readonly catalog: boolean } | undefined;

/** Opens the tree below a root catalog.
 * @param time of the folders that change, in seconds since 1970 */
export async function openTree(rootHash: ContentHash, work: RevisionWork, time: number): Promise<TreeEditor> {
  const catalog = readCatalog(await work.readDatabase(rootHash, 'C'));
  const top: Opened = { ...openedOf(catalog), parent: undefined, place: undefined };
  const opened = new Map<ByteText, Opened>([['' as ByteText, top]]);

  const openMount = async (from: Found, name: ByteText, path: ByteText, mount: MountNode): Promise<Found> => {
    const there = opened.get(path);
    if (there !== undefined) return { opened: there, folder: there.root };
    const read = readCatalog(await work.readDatabase(mount.catalog.hash, 'C'));
    const made: Opened = { ...openedOf(read), parent: from.opened, place: { children: from.folder.children, name } };
    made.root.children.delete(markerName);
    opened.set(path, made);
    return { opened: made, folder: made.root };
  };
  const makeFolder = (from: Found, name: ByteText, path: ByteText, hasCatalog: boolean): Found => {
    const folder: FolderNode = { kind: 'folder', mode: 0o755, mtime: time, children: new Map() };
    from.folder.children.set(name, folder);
    touch(from);
    if (!hasCatalog) return { opened: from.opened, folder };
    const place = { children: from.folder.children, name };
    const made: Opened = {
      path,
      root: folder,
      below: zeroCounters(),
      parent: from.opened,
      place,
      before: zeroCounters(),
      isChanged: true,
    };
    opened.set(path, made);
    return { opened: made, folder };
  };
  const touch = ({ opened: item, folder }: Found) => {
    item.isChanged = true;
    folder.mtime = time;
  };
  /** The folder of a name in another; undefined where there is none and none is to be made. */
  const enterFolder = async (
    at: Found,
    part: ByteText,
    path: ByteText,
    make: FolderMaking,
  ): Promise<Found | undefined> => {
    const there = opened.get(path);
    if (there !== undefined) return { opened: there, folder: there.root };
    const child = at.folder.children.get(part);
    if (child === undefined) return make === undefined ? undefined : makeFolder(at, part, path, make.catalog);
    if (child.kind === 'folder') return { opened: at.opened, folder: child };
    if (child.kind === 'mount') return await openMount(at, part, path, child);
    if (make === undefined) return undefined;
    throw notAFolder(path);
  };
  const findFolder = async (parts: readonly ByteText[], make?: FolderMaking): Promise<Found | undefined> => {
    let at: Found | undefined = { opened: top, folder: top.root };
    let path = '' as ByteText;
    for (const part of parts) {
      path = joinBytes(path, part);
      at = await enterFolder(at, part, path, make);
      if (at === undefined) return undefined;
    }
    return at;
  };
  const adjust = async (item: Opened, removed: Node | undefined, added: Node | undefined) => {
    if (item.below === undefined) return;
    for (const reference of referencesIn(removed)) item.below = subtract(item.below, await countersOf(reference, work));
    for (const reference of referencesIn(added))
      item.below = addCounters(item.below, await countersOf(reference, work));
  };
  const forget = (path: ByteText) => {
    for (const key of opened.keys()) if (key === path || key.startsWith(`${path}/`)) opened.delete(key);
  };
  const replaceEntry = async (path: ByteText, node: Node | undefined, found: Found) => {
    const name = path.slice(path.lastIndexOf('/') + 1) as ByteText;
    await adjust(found.opened, found.folder.children.get(name), node);
    forget(path);
    if (node === undefined) found.folder.children.delete(name);
    else found.folder.children.set(name, node);
    touch(found);
  };
  return {
    properties: catalog.properties,
    put: async (path, node, { catalog: hasCatalog = false } = {}) => {
      const found = (await findFolder(partsOf(path).slice(0, -1), { catalog: hasCatalog }))!;
      const name = partsOf(path).at(-1)!;
      if (isSame(found.folder.children.get(name), node) && !opened.has(path)) return;
      await replaceEntry(path, node, found);
    },
    remove: async (path) => {
      const found = await findFolder(partsOf(path).slice(0, -1));
      if (found === undefined || !found.folder.children.has(partsOf(path).at(-1)!)) return false;
      await replaceEntry(path, undefined, found);
      return true;
    },
    find: async (path) => {
      const found = await findFolder(partsOf(path).slice(0, -1));
      return found?.folder.children.get(partsOf(path).at(-1)!);
    },
    names: async (path) => [...((await findFolder(partsOf(path)))?.folder.children.keys() ?? [])].sort(),
    replace: (root, below) => {
      opened.clear();
      opened.set('' as ByteText, top);
      top.root = root;
      top.below = below;
      top.isChanged = true;
    },
    finish: async () => {
      const deepestFirst = [...opened.values()].sort((a, b) => partsOf(b.path).length - partsOf(a.path).length);
      for (const item of deepestFirst) if (item.isChanged && item.parent !== undefined) await writeBack(item, work);
      return { root: top.root, ...(top.below === undefined ? {} : { below: top.below }) };
    },
  };
}

function openedOf({ path, root, self, below }: OpenCatalog): Omit<Opened, 'parent' | 'place'> {
  return { path, root, below, before: addCounters(self, below), isChanged: false };
}

async function writeBack(item: Opened, work: RevisionWork): Promise<void> {
  const { path, root, below, parent, place } = item as Opened & { parent: Opened };
  const mount = await storeCatalog(root, { path, reason: 'root', work, ...(below === undefined ? {} : { below }) });
  place!.children.set(place!.name, mount);
  parent.isChanged = true;
  if (parent.below === undefined) return;
  parent.below = addCounters(subtract(parent.below, item.before), mount.catalog.counters!);
}

function partsOf(path: ByteText): ByteText[] {
  return path.split('/').slice(1) as ByteText[];
}

function isSame(a: Node | undefined, b: Node): boolean {
  if (a?.kind === 'mount' && b.kind === 'mount') {
    return a.catalog.hash === b.catalog.hash && a.mode === b.mode && a.mtime === b.mtime;
  }
  return a?.kind === 'symlink' && b.kind === 'symlink' && a.target === b.target;
}

function* referencesIn(node: Node | undefined): Generator<CatalogReference> {
  if (node?.kind === 'mount') yield node.catalog;
  else if (node?.kind === 'folder') for (const child of node.children.values()) yield* referencesIn(child);
}

async function countersOf({ hash, counters }: CatalogReference, work: RevisionWork): Promise<Counters> {
  return counters ?? readTotals(await work.readDatabase(hash, 'C')).counters;
}

function subtract(a: Counters, b: Counters): Counters {
  return Object.fromEntries(counterNames.map((name) => [name, a[name] - b[name]])) as Counters;
}

function notAFolder(path: ByteText): FarmError {
  return new FarmError('CVMFS_CONTENT_REFUSED', `Cannot publish below "${readableText(path)}": it is no folder`, {
    hint: 'Choose another place with --at',
  });
}
