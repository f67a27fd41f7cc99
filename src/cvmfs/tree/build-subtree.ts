import { hash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { mapLimit } from '../../core/map-limit.ts';
import type { Counters } from '../catalog/counters.ts';
import {
  type CatalogReference,
  countFolders,
  emptyContent,
  type FolderNode,
  type MountNode,
  type Node,
} from '../catalog/node.ts';
import { nestedProperties, writeCatalog } from '../catalog/write-catalog.ts';
import { type ByteText, joinBytes, readableText } from '../format/byte-text.ts';
import { objectNameOf } from '../format/content-hash.ts';
import type { RevisionWork } from '../revision/revision-work.ts';
import { type CatalogPlan, type CatalogReason, type PlanFolder, planCatalogs } from './plan-catalogs.ts';
import type { PendingFile, TreeSource } from './tree-source.ts';

/** The layout that a remembered catalog follows: part of what it is remembered by. */
const layout = 'binfarm.catalogs/1';
const catalogsAtOnce = 4;
const filesPerJob = 64;
const bytesPerJob = 4 << 20;

const emptyObject = {
  name: objectNameOf(Buffer.from(emptyContent).toString('hex'), ''),
  bytes: deflateSync(Buffer.alloc(0)),
};

interface Build<Folder extends PlanFolder> {
  readonly source: TreeSource<Folder>;
  readonly work: RevisionWork;
  readonly plan: CatalogPlan;
  readonly mounts: Map<PlanFolder, Promise<MountNode>>;
}

/** Stores a tree with its nested catalogs, and gives its top: a mount point when that has a catalog of its own. Catalogs of which nothing has changed are taken over unread.
 * @param path where the tree is in the repository
 * @param top whether its top has a catalog of its own */
export async function buildSubtree<Folder extends PlanFolder>(
  source: TreeSource<Folder>,
  work: RevisionWork,
  { path, top }: { readonly path: ByteText; readonly top: 'catalog' | 'folder' },
): Promise<FolderNode | MountNode> {
  const plan = new Map(planCatalogs(source.root));
  if (top === 'folder') plan.delete(source.root);
  else if (!plan.has(source.root)) plan.set(source.root, 'root');
  const build: Build<Folder> = { source, work, plan, mounts: new Map() };
  const wanted: { folder: Folder; path: ByteText }[] = [];
  const collect = async (folder: Folder, place: ByteText): Promise<void> => {
    const isCatalog = plan.has(folder);
    if (isCatalog) {
      const known = await findKnown(build, folder, place);
      if (known !== undefined) {
        build.mounts.set(folder, Promise.resolve(known));
        return;
      }
    }
    for (const child of folder.folders as readonly Folder[]) await collect(child, joinBytes(place, child.name));
    if (isCatalog) wanted.push({ folder, path: place }); // after those below it
  };
  await collect(source.root, path);
  await mapLimit(wanted, catalogsAtOnce, async ({ folder, path: place }) => {
    const made = buildCatalog(build, folder, place);
    build.mounts.set(folder, made);
    await made;
  });
  return (await build.mounts.get(source.root)) ?? (await fillFolders(build, source.root, path));
}

/** A catalog that is remembered with the tree it was made of, if its object is still there. */
async function findKnown<Folder extends PlanFolder>(
  { source, work, plan }: Build<Folder>,
  folder: Folder,
  path: ByteText,
): Promise<MountNode | undefined> {
  const print = printFor(source.printOf(folder), path);
  const text = print === undefined ? undefined : work.index.catalogOf(print);
  if (text === undefined) return undefined;
  const node = JSON.parse(text) as MountNode;
  if (!(await work.hasObject(objectNameOf(node.catalog.hash, 'C')))) return undefined;
  work.tell({ path: readableText(path), entries: 0, reason: plan.get(folder)!, isNew: false });
  return node;
}

function printFor(print: string | undefined, path: ByteText): string | undefined {
  return print === undefined ? undefined : hash('sha1', `${layout} ${print} ${path}`);
}

async function buildCatalog<Folder extends PlanFolder>(
  build: Build<Folder>,
  folder: Folder,
  path: ByteText,
): Promise<MountNode> {
  const { source, work, plan } = build;
  const print = printFor(source.printOf(folder), path);
  const root = await fillFolders(build, folder, path);
  const mount = await storeCatalog(root, { path, reason: plan.get(folder)!, work });
  if (print !== undefined) work.index.rememberCatalog(print, JSON.stringify(mount));
  return mount;
}

/** Writes a nested catalog, and gives the mount point that refers to it. */
export async function storeCatalog(
  root: FolderNode,
  {
    path,
    reason,
    work,
    below,
  }: {
    readonly path: ByteText;
    readonly reason: CatalogReason;
    readonly work: RevisionWork;
    readonly below?: Counters;
  },
): Promise<MountNode> {
  const {
    hash: name,
    bytes,
    size,
    counters,
  } = writeCatalog({ path, root, properties: nestedProperties, ...(below === undefined ? {} : { below }) });
  await work.putObject(emptyObject.name, emptyObject.bytes); // the content of the file that marks the catalog
  const isNew = await work.putObject(objectNameOf(name, 'C'), bytes);
  const entries = [...nodesBelow(root)].length;
  work.tell({ path: readableText(path), entries, reason, isNew });
  const catalog: CatalogReference = { hash: name, size, counters };
  return { kind: 'mount', mode: root.mode, mtime: root.mtime, folders: countFolders(root), catalog };
}

function* nodesBelow(folder: FolderNode): Generator<Node> {
  yield folder;
  for (const node of folder.children.values()) {
    if (node.kind === 'folder') yield* nodesBelow(node);
    else yield node;
  }
}

/** Reads the folders that belong to one catalog, and has the contents of their files stored. */
async function fillFolders<Folder extends PlanFolder>(
  build: Build<Folder>,
  top: Folder,
  topPath: ByteText,
): Promise<FolderNode> {
  const { source, work, mounts } = build;
  const pending: PendingFile[] = [];
  const settles: (() => void)[] = [];
  const awaited: {
    readonly children: FolderNode['children'];
    readonly name: ByteText;
    readonly mount: Promise<MountNode>;
  }[] = [];
  const fill = (folder: Folder, path: ByteText): FolderNode => {
    const listing = source.list(folder);
    const children: FolderNode['children'] = new Map(listing.nodes);
    pending.push(...listing.pending);
    settles.push(listing.settle);
    for (const child of folder.folders as readonly Folder[]) {
      const mount = mounts.get(child);
      if (mount === undefined) children.set(child.name, fill(child, joinBytes(path, child.name)));
      else awaited.push({ children, name: child.name, mount });
    }
    return { kind: 'folder', mode: listing.mode, mtime: listing.mtime, children };
  };
  const root = fill(top, topPath);
  await storePending(pending, work);
  for (const settle of settles) settle();
  for (const { children, name, mount } of awaited) children.set(name, await mount);
  return root;
}

async function storePending(pending: readonly PendingFile[], work: RevisionWork): Promise<void> {
  await Promise.all(
    batchesOf(pending).map(async (batch) => {
      const bytes = batch.reduce((sum, { file }) => sum + file.size, 0);
      const stored = await work.storeFiles(
        batch.map(({ file }) => file),
        bytes,
      );
      batch.forEach((item, position) => {
        item.node.content = stored[position]!.content;
      });
    }),
  );
}

function batchesOf(pending: readonly PendingFile[]): PendingFile[][] {
  const batches: PendingFile[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of pending) {
    const last = batches.at(-1);
    if (last === undefined || last.length >= filesPerJob || bytes + item.file.size > bytesPerJob) {
      batches.push([item]);
      bytes = item.file.size;
    } else {
      last.push(item);
      bytes += item.file.size;
    }
  }
  return batches;
}
