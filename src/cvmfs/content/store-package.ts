import { hash } from 'node:crypto';
import type { Digest } from '../../core/digest-text.ts';
import { hexOf } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import type { BuildHash } from '../../model/names.ts';
import type { PackageEntry, PackageManifest } from '../../model/package-manifest.ts';
import { driveReader, type ExpectedBlob, type PackageSource } from '../../package/archive/drive-reader.ts';
import {
  type FileEntry,
  type PackageStart,
  readMetadata,
  readTrustedFrames,
} from '../../package/archive/read-frames.ts';
import { manifestPath, metadataFolder } from '../../package/archive/tar-member.ts';
import { parseTrustedManifest } from '../../package/manifest/parse-manifest.ts';
import { formatPlacement, placementPath } from '../../package/manifest/placement.ts';
import type { FileEditor } from '../../package/relocate/edit-file.ts';
import { createPackagePlacer, type PackagePlacer } from '../../package/relocate/place-package.ts';
import type { StoreNames } from '../../package/relocate/rename-stores.ts';
import type { PackedContent } from '../catalog/node.ts';
import type { EditedFile } from './open-object-index.ts';
import {
  type ContentStorage,
  type ContentWriter,
  createContentWriter,
  type StoredContent,
  storeWhole,
} from './store-content.ts';

/** A package that is to be stored, relocated on its way. */
export interface PackageRequest {
  readonly blob: PackageSource;
  readonly expect: ExpectedBlob & {
    readonly digest: Digest;
    readonly buildHash: BuildHash;
    readonly storeName: string;
  };
  /** The root of the store as clients see it. */
  readonly root: string;
  readonly names?: StoreNames;
}

/** An entry of a package as it is in a repository. */
export type PlacedEntry =
  | { readonly path: string; readonly kind: 'folder'; readonly mode: number }
  | { readonly path: string; readonly kind: 'symlink'; readonly target: string }
  | {
      readonly path: string;
      readonly kind: 'file';
      readonly mode: number;
      readonly size: number;
      readonly content: PackedContent;
    };

/** A package whose files are all stored. */
export interface StoredPackageTree {
  /** Folders before what is in them. */
  readonly entries: readonly PlacedEntry[];
  /** Of every entry, in seconds since 1970. */
  readonly time: number;
  /** What was not known before, to be remembered. */
  readonly contents: readonly { readonly digest: Uint8Array; readonly content: PackedContent }[];
  readonly edits: readonly (EditedFile & { readonly key: Uint8Array })[];
}

/** Where the files of packages are stored, and what is known of files that are. */
export interface PackageStorage extends ContentStorage {
  readonly editedOf: (key: Uint8Array) => EditedFile | undefined;
  /** Writes what was put to its place. */
  readonly flush: () => void;
}

type Known = StoredContent;

/** Stores the files of a package. When all of them are known, only the package's metadata are looked at; its digest is checked in any case.
 * @throws PACKAGE_DAMAGED, PACKAGE_NOT_FOUND, PREFIX_TOO_LONG, DISK_FULL, PERMISSION_DENIED */
export async function storePackage(request: PackageRequest, storage: PackageStorage): Promise<StoredPackageTree> {
  const { blob, expect } = request;
  if (typeof blob === 'string') {
    const { result } = await driveReader(blob, readMetadata(parseTrustedManifest), { ...expect, tail: 'ignored' });
    const collector = createCollector(request, storage, result);
    const isAllKnown = result.manifest.entries.every((entry) => entry.type !== 'file' || collector.isKnown(entry));
    if (isAllKnown) {
      for (const entry of result.manifest.entries) collector.add(entry);
      return collector.finish();
    }
  }
  let collector: Collector | undefined;
  const visitor = {
    manifest: (_: PackageManifest, start: PackageStart) => {
      collector = createCollector(request, storage, start);
    },
    entry: (entry: PackageEntry) => collector?.add(entry),
    content: (entry: FileEntry, offset: number, bytes: Buffer) => collector?.content(entry, offset, bytes),
  };
  await driveReader(blob, readTrustedFrames(visitor), { ...expect, tail: 'ignored' });
  return collector!.finish();
}

interface Collector {
  readonly isKnown: (entry: FileEntry) => boolean;
  readonly add: (entry: PackageEntry) => void;
  readonly content: (entry: FileEntry, offset: number, bytes: Buffer) => void;
  readonly finish: () => StoredPackageTree;
}

function createCollector(request: PackageRequest, storage: PackageStorage, start: PackageStart): Collector {
  const { manifest, bytes, time } = start;
  checkIdentity(manifest, request.expect);
  const placer = createPackagePlacer(manifest, request.root, request.names);
  const tree = {
    entries: [] as PlacedEntry[],
    contents: [] as Known[],
    edits: [] as (EditedFile & { key: Uint8Array })[],
  };
  const edited: Record<string, Digest> = {};
  const files = new Map<string, PlacedEntry & { kind: 'file' }>();
  let open: { readonly editor: FileEditor | undefined; readonly writer: ContentWriter } | undefined;

  const keep = (entry: FileEntry, { digest, content, size }: Known) => {
    const placed = { path: entry.path, kind: 'file', mode: entry.mode, size, content } as const;
    files.set(entry.path, placed);
    tree.entries.push(placed);
    if (placer.editOf(entry) !== undefined) edited[entry.path] = digestTextOf(digest);
  };
  const finishFile = (entry: FileEntry) => {
    const { editor, writer } = open!;
    open = undefined;
    if (editor !== undefined) writer.push(editor.end());
    const stored = writer.end();
    tree.contents.push(stored);
    const key = keyOf(placer, entry);
    if (key !== undefined) tree.edits.push({ key, digest: stored.digest, size: stored.size });
    keep(entry, stored);
  };
  const addLink = (entry: PackageEntry & { readonly type: 'symlink' }) => {
    const target = placer.targetOf(entry);
    if (target !== entry.target) edited[entry.path] = digestTextOf(hash('sha256', target, 'buffer'));
    tree.entries.push({ path: entry.path, kind: 'symlink', target });
  };
  const addFile = (entry: FileEntry) => {
    const known = findKnown(entry, placer, storage);
    if (known !== undefined) {
      keep(entry, known);
      return;
    }
    open = { editor: placer.editorOf(entry), writer: createContentWriter(storage) };
    if (entry.size === 0) finishFile(entry);
  };
  return {
    isKnown: (entry) => findKnown(entry, placer, storage) !== undefined,
    add: (entry) => {
      if (entry.type === 'directory') tree.entries.push({ path: entry.path, kind: 'folder', mode: entry.mode });
      else if (entry.type === 'symlink') addLink(entry);
      else if (entry.type === 'hardlink') tree.entries.push({ ...files.get(entry.target)!, path: entry.path });
      else addFile(entry);
    },
    content: (entry, offset, part) => {
      if (open === undefined) return;
      const last = offset + part.length === entry.size;
      open.writer.push(open.editor === undefined ? part : open.editor.push(part));
      if (last) finishFile(entry);
    },
    finish: () => {
      const addText = (path: string, text: string) => {
        const stored = storeWhole(Buffer.from(text), storage);
        tree.contents.push(stored);
        tree.entries.push({ path, kind: 'file', mode: 0o644, size: stored.size, content: stored.content });
      };
      tree.entries.push({ path: metadataFolder, kind: 'folder', mode: 0o755 });
      addText(manifestPath, placer.metadataOf(bytes));
      addText(placementPath, formatPlacement({ root: request.root, edited }));
      storage.flush();
      return { ...tree, time };
    },
  };
}

function findKnown(entry: FileEntry, placer: PackagePlacer, storage: PackageStorage): Known | undefined {
  const key = keyOf(placer, entry);
  const packed = { digest: Buffer.from(hexOf(entry.digest), 'hex'), size: entry.size };
  const placed = key === undefined ? packed : storage.editedOf(key);
  const content = placed === undefined ? undefined : storage.known(placed.digest);
  return placed === undefined || content === undefined ? undefined : { ...placed, content };
}

function keyOf(placer: PackagePlacer, entry: FileEntry): Uint8Array | undefined {
  const edit = placer.editOf(entry);
  return edit === undefined ? undefined : hash('sha256', formatCanonicalJson(edit), 'buffer');
}

function digestTextOf(digest: Uint8Array): Digest {
  return `sha256:${Buffer.from(digest).toString('hex')}` as Digest;
}

function checkIdentity(manifest: PackageManifest, { buildHash, storeName }: PackageRequest['expect']): void {
  if (manifest.buildHash === buildHash && manifest.storeName === storeName) return;
  throw new FarmError('PACKAGE_DAMAGED', `Cannot publish "${storeName}": its blob is that of "${manifest.storeName}"`);
}
