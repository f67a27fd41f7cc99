import { FarmError } from '../core/farm-error.ts';
import {
  byteStringOf,
  type DirectoryNode,
  type FileNode,
  impliedDirectory,
  type RootNode,
  type SymlinkNode,
} from './root-node.ts';
import type { RootDirectory, RootEntry, RootFile, RootLayer, RootTree } from './root-tree.ts';
import { splitRootPath } from './split-root-path.ts';

/** Merges layers to one tree and stores each file that is in the result, once, in an order that depends only on the layers. Layers are read from the top to the bottom, so that nothing is stored
 * that an upper layer replaces.
 * @throws ARCHIVE_INVALID when a hard link leads nowhere or a folder lies on a link; ARCHIVE_UNSAFE when a path leaves the root, or there are too many entries */
export async function mergeTree<Data>(
  tree: RootTree,
  store: (file: RootFile) => Promise<Data>,
): Promise<DirectoryNode<Data>> {
  const root = impliedDirectory<Data>(tree.length);
  let entries = 0;
  for (let index = tree.length - 1; index >= 0; index--) {
    const layer = tree[index] as RootLayer;
    const merge: LayerMerge<Data> = { root, store, layer, index, pending: new Map() };
    for await (const entry of layer.entries()) {
      if (++entries > mostEntries) throw unsafe(layer, entry.path, `an image has at most ${mostEntries} entries`);
      await addEntry(merge, entry);
    }
    await resolveLinks(merge);
  }
  return root;
}

/** More than any real image has; what is known of each is held in memory. */
const mostEntries = 4_000_000;

interface LayerMerge<Data> {
  readonly root: DirectoryNode<Data>;
  readonly store: (file: RootFile) => Promise<Data>;
  readonly layer: RootLayer;
  readonly index: number;
  /** By target, hard links to files of this layer that an upper layer replaces. */
  pending: Map<string, Place<Data>[]>;
}

/** Where an entry goes. */
interface Place<Data> {
  readonly parent: DirectoryNode<Data>;
  readonly name: string;
}

async function addEntry<Data>(merge: LayerMerge<Data>, entry: RootEntry): Promise<void> {
  const names = splitRootPath(entry.path, merge.layer.name);
  if (entry.type === 'directory') return addDirectory(merge, entry, names);
  if (entry.type === 'removal') return addRemoval(merge, names, entry.what);
  const place = findPlace(merge, names);
  if (place === undefined || !isFree(merge, place, entry.path)) return;
  if (entry.type === 'hardlink') return addHardLink(merge, place, entry.target);
  place.parent.children.set(place.name, await makeNode(merge, entry));
}

async function makeNode<Data>(
  { store, index }: LayerMerge<Data>,
  entry: RootEntry & { readonly type: 'file' | 'symlink' },
): Promise<FileNode<Data> | SymlinkNode> {
  const { time } = entry;
  if (entry.type === 'symlink')
    return { type: 'symlink', time, target: byteStringOf(entry.target), layer: index, linked: false };
  return { type: 'file', mode: entry.mode & 0o7777, time, data: await store(entry), layer: index, linked: false };
}

function addDirectory<Data>(merge: LayerMerge<Data>, entry: RootDirectory, names: readonly string[]): void {
  const directory = names.length === 0 ? merge.root : makeDirectory(merge, names);
  if (directory === undefined || (directory.layer > merge.index && !directory.implied)) return;
  directory.mode = entry.mode & 0o7777;
  directory.time = entry.time;
  directory.implied = false;
}

function makeDirectory<Data>(merge: LayerMerge<Data>, names: readonly string[]): DirectoryNode<Data> | undefined {
  const place = findPlace(merge, names);
  if (place === undefined) return undefined;
  const known = place.parent.children.get(place.name);
  if (known?.type === 'directory') return known;
  if (known !== undefined && known.layer > merge.index) return undefined;
  const made = impliedDirectory<Data>(merge.index);
  place.parent.children.set(place.name, made);
  return made;
}

function addRemoval<Data>(merge: LayerMerge<Data>, names: readonly string[], what: 'path' | 'contents'): void {
  if (what === 'contents') {
    const directory = names.length === 0 ? merge.root : makeDirectory(merge, names);
    if (directory !== undefined) directory.floor = Math.max(directory.floor, merge.index);
    return;
  }
  const place = findPlace(merge, names);
  if (place === undefined) return;
  place.parent.hidden ??= new Map();
  place.parent.hidden.set(place.name, Math.max(place.parent.hidden.get(place.name) ?? -1, merge.index));
}

/** Finds the folder that an entry belongs to, and makes it where it is not there; undefined when upper layers hide what is at the path. */
function findPlace<Data>(merge: LayerMerge<Data>, names: readonly string[]): Place<Data> | undefined {
  const { index } = merge;
  let parent = merge.root;
  for (const [depth, name] of names.entries()) {
    if (parent.floor > index || (parent.hidden?.get(name) ?? -1) > index) return undefined;
    if (depth === names.length - 1) return { parent, name };
    const child = parent.children.get(name);
    if (child?.type === 'directory') {
      parent = child;
      continue;
    }
    if (child !== undefined && child.layer > index) return undefined;
    if (child !== undefined) throw invalid(merge.layer, names, `"${shown(name)}" is no folder`);
    const made = impliedDirectory<Data>(index);
    parent.children.set(name, made);
    parent = made;
  }
  throw invalid(merge.layer, names, 'only a folder can be the root');
}

/** True when an entry that is no folder can take its place; false when an upper layer has something there. */
function isFree<Data>({ index, layer }: LayerMerge<Data>, { parent, name }: Place<Data>, path: string): boolean {
  const known = parent.children.get(name);
  if (known === undefined || known.layer === index) return true;
  if (known.type === 'directory' && known.implied) {
    throw new FarmError(
      'ARCHIVE_INVALID',
      `Cannot merge "${path}" of ${layer.name}: a layer above has files in a folder of that name and does not say that it is a folder`,
    );
  }
  return false;
}

function addHardLink<Data>(merge: LayerMerge<Data>, place: Place<Data>, target: string): void {
  const node = lookUp(merge, target);
  if (node !== undefined) {
    node.linked = true;
    place.parent.children.set(place.name, node);
    return;
  }
  const places = merge.pending.get(target);
  if (places === undefined) merge.pending.set(target, [place]);
  else places.push(place);
}

/** The file or symbolic link that this very layer has brought to a path. */
function lookUp<Data>(merge: LayerMerge<Data>, path: string): FileNode<Data> | SymlinkNode | undefined {
  let node: RootNode<Data> | undefined = merge.root;
  for (const name of splitRootPath(path, merge.layer.name)) {
    node = node?.type === 'directory' ? node.children.get(name) : undefined;
  }
  return node?.type === 'directory' || node?.layer !== merge.index ? undefined : node;
}

/** Reads a layer again for files that upper layers replace, but of which other names remain; a link to a link takes one more reading. */
async function resolveLinks<Data>(merge: LayerMerge<Data>): Promise<void> {
  const asked = new Set<string>();
  while (merge.pending.size > 0) {
    const wanted = merge.pending;
    merge.pending = new Map();
    for (const target of wanted.keys()) {
      if (asked.has(target)) throw deadLink(merge.layer, target);
      asked.add(target);
    }
    for await (const entry of merge.layer.entries()) {
      const places = wanted.get(entry.path) ?? [];
      if (wanted.delete(entry.path)) await linkTo(merge, entry, places);
    }
    for (const target of wanted.keys()) throw deadLink(merge.layer, target);
  }
}

async function linkTo<Data>(merge: LayerMerge<Data>, entry: RootEntry, places: readonly Place<Data>[]): Promise<void> {
  if (entry.type === 'hardlink') {
    merge.pending.set(entry.target, [...(merge.pending.get(entry.target) ?? []), ...places]);
    return;
  }
  if (entry.type === 'directory' || entry.type === 'removal') throw deadLink(merge.layer, entry.path);
  const node = await makeNode(merge, entry);
  node.linked = places.length > 1;
  for (const { parent, name } of places) if (!parent.children.has(name)) parent.children.set(name, node);
}

function deadLink(layer: RootLayer, target: string): FarmError {
  return new FarmError(
    'ARCHIVE_INVALID',
    `Cannot read ${layer.name}: a hard link leads to "${target}", which it does not have`,
  );
}

function invalid(layer: RootLayer, names: readonly string[], state: string): FarmError {
  return new FarmError('ARCHIVE_INVALID', `Cannot merge "${shown(names.join('/'))}" of ${layer.name}: ${state}`);
}

function unsafe(layer: RootLayer, path: string, state: string): FarmError {
  return new FarmError('ARCHIVE_UNSAFE', `Cannot merge "${path}" of ${layer.name}: ${state}`);
}

function shown(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}
