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
import { formatCanonicalJson } from '../core/json.ts';
import type { PackageManifest, PackageRelocation } from '../model/package-manifest.ts';
import type { FileEntry, PackageVisitor } from './archive/read-frames.ts';
import { manifestPath, metadataFolder } from './archive/tar-member.ts';
import { checkRoot } from './relocate/check-root.ts';
import {
  createFileRelocator,
  createRootChange,
  type FileRelocator,
  type RootChange,
} from './relocate/relocate-file.ts';

/** A package that is being written to a folder. */
export interface TreeWriter extends PackageVisitor {
  /** Gives the folders their times, when all is in them. */
  readonly finish: () => void;
  /** Closes what is open; can be called at any time. */
  readonly close: () => void;
}

interface TreeState {
  readonly folder: string;
  readonly relocations: ReadonlyMap<string, PackageRelocation>;
  readonly change: RootChange;
  readonly time: number;
  /** The process's umask takes bits away that packages have; then each mode is set. */
  readonly setModes: boolean;
  readonly folders: string[];
}

interface OpenFile {
  readonly descriptor: number;
  readonly relocator: FileRelocator | undefined;
}

/** Writes a package below a folder that exists and is empty, as its parts are read, with another root in place of the one it was built for.
 * Calls are synchronous: most files are small, and a call to the system costs less than a turn of the event loop. */
export function createTreeWriter(folder: string, root: string): TreeWriter {
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
    finishDescriptor(open.descriptor, entry, tree);
    close();
  };
  return {
    manifest: (manifest, time) => {
      checkRoot(root, manifest.root);
      state = startTree(folder, manifest, { root, time });
      writeManifest(state, manifest);
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
      writeAll(open.descriptor, open.relocator?.push(bytes) ?? bytes);
      if (offset + bytes.length === entry.size) finishFile(entry, state as TreeState);
    },
    finish: () => {
      const tree = state as TreeState;
      for (const path of tree.folders.reverse()) utimesSync(path, tree.time, tree.time);
      utimesSync(folder, tree.time, tree.time);
    },
    close,
  };
}

function startTree(folder: string, manifest: PackageManifest, options: { root: string; time: number }): TreeState {
  const relocations = manifest.root === options.root ? [] : manifest.relocations;
  return {
    folder,
    relocations: new Map(relocations.map((relocation) => [relocation.path, relocation])),
    change: createRootChange(manifest.root, options.root),
    time: options.time,
    setModes: (statSync(folder).mode & 0o777) !== 0o755,
    folders: [],
  };
}

/** An unpacked package keeps its metadata, relocated as its files are: the root it names is the one that it now has. */
function writeManifest(tree: TreeState, manifest: PackageManifest): void {
  writeFolder(tree, join(tree.folder, metadataFolder));
  const descriptor = openSync(join(tree.folder, manifestPath), 'wx', 0o644);
  try {
    writeAll(
      descriptor,
      Buffer.from(formatCanonicalJson(manifest).replaceAll(manifest.root, tree.change.to.toString())),
    );
    if (tree.setModes) fchmodSync(descriptor, 0o644);
    futimesSync(descriptor, tree.time, tree.time);
  } finally {
    closeSync(descriptor);
  }
}

function writeFolder(tree: TreeState, path: string): void {
  mkdirSync(path, 0o755);
  if (tree.setModes) chmodSync(path, 0o755);
  tree.folders.push(path);
}

function writeLink(tree: TreeState, path: string, entry: { readonly path: string; readonly target: string }): void {
  const target = tree.relocations.has(entry.path)
    ? tree.change.to.toString() + entry.target.slice(tree.change.from.length)
    : entry.target;
  symlinkSync(target, path);
  lutimesSync(path, tree.time, tree.time);
}

function openFile(tree: TreeState, path: string, entry: FileEntry): OpenFile {
  const relocation = tree.relocations.get(entry.path);
  return {
    descriptor: openSync(path, 'wx', entry.mode),
    relocator: relocation === undefined ? undefined : createFileRelocator(relocation, tree.change),
  };
}

function finishDescriptor(descriptor: number, entry: FileEntry, tree: TreeState): void {
  if (tree.setModes) fchmodSync(descriptor, entry.mode);
  futimesSync(descriptor, tree.time, tree.time);
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}
