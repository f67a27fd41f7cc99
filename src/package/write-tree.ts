import { createHash, type Hash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fchmodSync,
  futimesSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../core/digest.ts';
import type { Digest } from '../core/digest-text.ts';
import type { PackageEntry } from '../model/package-manifest.ts';
import type { FileEntry, PackageVisitor } from './archive/read-frames.ts';
import { manifestPath, metadataFolder } from './archive/tar-member.ts';
import { formatPlacement, placementPath } from './manifest/placement.ts';
import type { FileEditor } from './relocate/edit-file.ts';
import { createPackagePlacer, type PackagePlacer } from './relocate/place-package.ts';
import type { StoreNames } from './relocate/rename-stores.ts';

/** A package that is being written to a folder. */
export interface TreeWriter extends PackageVisitor {
  /** Gives the folders their times, when all is in them. */
  readonly finish: () => void;
  /** Closes what is open; can be called at any time. */
  readonly close: () => void;
}

interface TreeState {
  readonly folder: string;
  readonly root: string;
  readonly placer: PackagePlacer;
  readonly time: number;
  /** The process's umask takes bits away that packages have; then each mode is set. */
  readonly setModes: boolean;
  /** Of every folder: that of the first one where a group shares it, else the usual. */
  readonly folderMode: number;
  readonly folders: string[];
  /** By path, the digest of each file that is not as it was packed. */
  readonly edited: Record<string, Digest>;
}

interface OpenFile {
  readonly descriptor: number;
  readonly edit: { readonly editor: FileEditor; readonly hash: Hash } | undefined;
}

/** Writes a package below a folder that exists and is empty, as its parts are read, with another root in place of the one it was built for,
 * and other names of folders in the store where that is wished.
 * Calls are synchronous: most files are small, and a call to the system costs less than a turn of the event loop. */
export function createTreeWriter(folder: string, root: string, names?: StoreNames): TreeWriter {
  let state: TreeState | undefined;
  let open: OpenFile | undefined;
  const close = () => {
    if (open === undefined) return;
    const { descriptor } = open;
    open = undefined;
    closeSync(descriptor);
  };
  const finishFile = (entry: FileEntry, tree: TreeState) => {
    if (open === undefined) return;
    if (open.edit !== undefined) {
      writeEdited(open.descriptor, open.edit.editor.end(), open.edit.hash);
      tree.edited[entry.path] = `sha256:${open.edit.hash.digest('hex')}` as Digest;
    }
    finishDescriptor(open.descriptor, entry, tree);
    close();
  };
  return {
    manifest: (manifest, { time, bytes }) => {
      const placer = createPackagePlacer(manifest, root, names);
      state = startTree(folder, { root, placer, time });
      writeManifest(state, bytes);
    },
    entry: (entry) => {
      const tree = state as TreeState;
      const path = join(folder, entry.path);
      if (entry.type === 'directory') writeFolder(tree, path);
      else if (entry.type === 'symlink') writeLink(tree, path, entry);
      else if (entry.type === 'hardlink') linkSync(join(folder, entry.target), path);
      else {
        open = openFile(tree, path, entry);
        if (entry.size === 0) finishFile(entry, tree);
      }
    },
    content: (entry, offset, bytes) => {
      if (open === undefined) return;
      if (open.edit === undefined) writeAll(open.descriptor, bytes);
      else writeEdited(open.descriptor, open.edit.editor.push(bytes), open.edit.hash);
      if (offset + bytes.length === entry.size) finishFile(entry, state as TreeState);
    },
    finish: () => {
      const tree = state as TreeState;
      writePlacement(tree);
      for (const path of tree.folders.reverse()) utimesSync(path, tree.time, tree.time);
      utimesSync(folder, tree.time, tree.time);
    },
    close,
  };
}

function startTree(folder: string, options: Pick<TreeState, 'root' | 'placer' | 'time'>): TreeState {
  const mode = statSync(folder).mode & 0o7777;
  const folderMode = (mode & 0o020) === 0 ? 0o755 : mode;
  return { folder, ...options, setModes: (mode & 0o777) !== 0o755, folderMode, folders: [], edited: {} };
}

/** An unpacked package keeps its metadata, relocated as its files are: the root it names is the one that it now has. */
function writeManifest(tree: TreeState, bytes: Buffer): void {
  writeFolder(tree, join(tree.folder, metadataFolder));
  writeMetadata(tree, manifestPath, tree.placer.metadataOf(bytes));
}

/** What the manifest cannot know: how the files that were edited are now. */
function writePlacement(tree: TreeState): void {
  writeMetadata(tree, placementPath, formatPlacement({ root: tree.root, edited: tree.edited }));
}

function writeMetadata(tree: TreeState, path: string, text: string): void {
  const descriptor = openSync(join(tree.folder, path), 'wx', 0o644);
  try {
    writeAll(descriptor, Buffer.from(text));
    if (tree.setModes) fchmodSync(descriptor, 0o644);
    futimesSync(descriptor, tree.time, tree.time);
  } finally {
    closeSync(descriptor);
  }
}

function writeFolder(tree: TreeState, path: string): void {
  mkdirSync(path, 0o755);
  if (tree.setModes) chmodSync(path, tree.folderMode);
  tree.folders.push(path);
}

function writeLink(tree: TreeState, path: string, entry: PackageEntry & { readonly type: 'symlink' }): void {
  const placed = tree.placer.targetOf(entry);
  if (placed !== entry.target) tree.edited[entry.path] = digestOf(placed);
  symlinkSync(placed, path);
  lutimesSync(path, tree.time, tree.time);
}

function openFile(tree: TreeState, path: string, entry: FileEntry): OpenFile {
  const editor = tree.placer.editorOf(entry);
  return {
    descriptor: openSync(path, 'wx', entry.mode),
    edit: editor === undefined ? undefined : { editor, hash: createHash('sha256') },
  };
}

function writeEdited(descriptor: number, bytes: Buffer, hash: Hash): void {
  hash.update(bytes);
  writeAll(descriptor, bytes);
}

function finishDescriptor(descriptor: number, entry: FileEntry, tree: TreeState): void {
  if (tree.setModes) fchmodSync(descriptor, entry.mode);
  futimesSync(descriptor, tree.time, tree.time);
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}
