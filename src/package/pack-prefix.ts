import { join, posix } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Emit } from '../core/events.ts';
import { FarmError } from '../core/farm-error.ts';
import type { PackageElf, PackageEntry, PackageManifest, PackageRelocation } from '../model/package-manifest.ts';
import { packageTime } from './archive/tar-header.ts';
import type { TarMember } from './archive/tar-member.ts';
import { type BytePatch, type FileSource, openFileSource, patchSource } from './byte-source.ts';
import { type InspectedFile, inspectFile } from './inspect-file.ts';
import { listPrefix, type PrefixEntry } from './list-prefix.ts';
import { formatPackageManifest } from './manifest/parse-manifest.ts';
import type { PackageEvent } from './package-events.ts';
import { type WrittenPackage, writePackage } from './write-package.ts';

/** All that a manifest says and that cannot be read from the prefix. */
export type PackageDraft = Omit<PackageManifest, 'entries' | 'relocations' | 'notRelocatable' | 'elf'>;

/** What to pack. */
export interface PackRequest {
  /** Where the built prefix lies on this machine. */
  readonly prefix: string;
  readonly manifest: PackageDraft;
  /** The blob's file; one that exists is replaced. */
  readonly output: string;
  /** zstd's, 1 to 19. */
  readonly level?: number;
  /** The time of every file, in seconds (SOURCE_DATE_EPOCH); 1 January 2000 when absent. Must not be 0. */
  readonly time?: number;
}

/** A packed prefix. */
export interface PackedPackage extends WrittenPackage {
  readonly manifest: PackageManifest;
  /** Files that name a folder of the store which the package neither is nor depends on: it will not be there when the package is used. */
  readonly strays: readonly { readonly path: string; readonly storeName: string }[];
}

/** Packs a built prefix to one blob that is an OCI layer in the zstd:chunked form. Equal prefixes, drafts and levels have equal bytes. On their way into the package, search paths of
 * programs and libraries become relative and absolute symbolic links within the prefix too; the prefix itself is not changed.
 * @throws PACKAGE_REJECTED when it holds something that a package cannot have; DISK_FULL, PERMISSION_DENIED */
export async function packPrefix(request: PackRequest, emit: Emit<PackageEvent> = () => {}): Promise<PackedPackage> {
  const started = performance.now();
  const { storeName } = request.manifest;
  const scan = await scanPrefix(request);
  const bytes = scan.manifest.entries.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.size : 0), 0);
  emit({ type: 'package.scanned', storeName, files: scan.patches.size, bytes });
  const reader = createContentReader(request.prefix, scan.patches);
  try {
    const written = await writePackage({
      manifest: scan.manifest,
      manifestBytes: formatPackageManifest(scan.manifest),
      readContent: reader.read,
      output: request.output,
      level: request.level ?? 9,
      time: request.time ?? packageTime,
    });
    emit({
      type: 'package.packed',
      storeName,
      output: request.output,
      bytes: written.size,
      seconds: (performance.now() - started) / 1000,
      relocatable: scan.manifest.notRelocatable.length === 0,
    });
    return { ...written, manifest: scan.manifest, strays: scan.strays };
  } finally {
    reader.close();
  }
}

interface PrefixScan {
  readonly manifest: PackageManifest;
  /** Edits of each file. */
  readonly patches: ReadonlyMap<string, readonly BytePatch[]>;
  readonly strays: PackedPackage['strays'];
}

interface ScanState {
  readonly request: PackRequest;
  readonly dependencies: ReadonlySet<string>;
  readonly entries: PackageEntry[];
  readonly relocations: PackageRelocation[];
  readonly notRelocatable: { path: string; reason: string }[];
  readonly elf: PackageElf[];
  readonly patches: Map<string, readonly BytePatch[]>;
  readonly strays: { path: string; storeName: string }[];
}

async function scanPrefix(request: PackRequest): Promise<PrefixScan> {
  const state: ScanState = {
    request,
    dependencies: new Set(request.manifest.dependencies.map((dependency) => dependency.storeName)),
    entries: [],
    relocations: [],
    notRelocatable: [],
    elf: [],
    patches: new Map(),
    strays: [],
  };
  let unpaused = 0;
  for (const entry of listPrefix(request.prefix)) {
    refuseUnpackable(entry, request.prefix);
    unpaused += entry.size + (1 << 14);
    if (unpaused > 16 << 20) {
      await nextTurn();
      unpaused = 0;
    }
    if (entry.type === 'file') await scanFile(state, entry);
    else if (entry.type === 'symlink') scanSymlink(state, entry);
    else if (entry.type === 'directory') state.entries.push({ path: entry.path, type: 'directory', mode: 0o755 });
    else state.entries.push({ path: entry.path, type: 'hardlink', target: entry.target });
  }
  const { entries, relocations, notRelocatable, elf } = state;
  const manifest = { ...request.manifest, entries, relocations, notRelocatable, elf };
  return { manifest, patches: state.patches, strays: state.strays };
}

function refuseUnpackable(entry: PrefixEntry, prefix: string): void {
  const state = entry.isForeign
    ? 'its name, or the target of the link, is not UTF-8'
    : entry.type === 'other'
      ? 'it is neither a file nor a folder nor a link'
      : undefined;
  if (state === undefined) return;
  throw new FarmError('PACKAGE_REJECTED', `Cannot pack "${join(prefix, entry.path)}": ${state}`);
}

async function scanFile(state: ScanState, { path, mode }: PrefixEntry): Promise<void> {
  const { root, storeName } = state.request.manifest;
  const source = openFileSource(join(state.request.prefix, path));
  let file: InspectedFile;
  try {
    file = await inspectFile(source, { root, storeName, path, dependencies: state.dependencies });
  } finally {
    source.close();
  }
  const { size, digest, kind, offsets } = file;
  state.entries.push({ path, type: 'file', mode: mode & 0o100 ? 0o755 : 0o644, size, digest });
  state.patches.set(path, file.patches);
  if (offsets.length > 0) state.relocations.push({ path, kind, offsets });
  if (file.elf !== undefined) state.elf.push(file.elf);
  for (const reason of file.reasons) state.notRelocatable.push({ path, reason });
  for (const stray of file.strays) state.strays.push({ path, storeName: stray });
}

function scanSymlink(state: ScanState, { path, target }: PrefixEntry): void {
  const { root, storeName } = state.request.manifest;
  const own = `${root}/store/${storeName}`;
  if (target === own || target.startsWith(`${own}/`)) {
    const relative = posix.relative(posix.dirname(`${own}/${path}`), target);
    state.entries.push({ path, type: 'symlink', target: relative === '' ? '.' : relative });
    return;
  }
  state.entries.push({ path, type: 'symlink', target });
  if (target === root || target.startsWith(`${root}/`)) state.relocations.push({ path, kind: 'symlink', offsets: [0] });
}

/** Gives parts of files with their edits; keeps the last file open, because parts come in order. */
function createContentReader(prefix: string, patches: ReadonlyMap<string, readonly BytePatch[]>) {
  let open: { readonly path: string; readonly source: FileSource } | undefined;
  const close = () => {
    open?.source.close();
    open = undefined;
  };
  const read = (member: TarMember, offset: number, size: number): Buffer => {
    const path = member.entry?.path ?? '';
    if (open?.path !== path) {
      close();
      open = { path, source: openFileSource(join(prefix, path)) };
    }
    const bytes = patchSource(open?.source as FileSource, patches.get(path) ?? []).read(offset, size);
    if (bytes.length === size) return bytes;
    throw new FarmError('PACKAGE_REJECTED', `Cannot pack "${join(prefix, path)}": it changed while it was packed`);
  };
  return { read, close };
}
