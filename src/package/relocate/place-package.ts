import type { Digest } from '../../core/digest-text.ts';
import type { PackageEntry, PackageManifest, PackageRelocation } from '../../model/package-manifest.ts';
import { checkRoot } from './check-root.ts';
import { createFileEditor, type FileEditor } from './edit-file.ts';
import { createRootChange } from './relocate-file.ts';
import { createNameChange, renameText, type StoreNames } from './rename-stores.ts';

/** What is done to the files of one package so that it can be used at another root, whether they are written to a folder or go elsewhere. */
export interface PackagePlacer {
  /** Starts to edit a file that comes part by part; undefined for one that stays as it is. */
  readonly editorOf: (entry: PackageEntry & { readonly type: 'file' }) => FileEditor | undefined;
  /** All that an edited file depends on beside this placer's package: two with equal values are equal afterwards. Undefined for one that stays as it is. */
  readonly editOf: (entry: PackageEntry & { readonly type: 'file' }) => FileEdit | undefined;
  /** Where a symbolic link leads. */
  readonly targetOf: (entry: PackageEntry & { readonly type: 'symlink' }) => string;
  /** The package's metadata as they are kept beside its files: the root that they name is the new one. */
  readonly metadataOf: (bytes: Buffer) => string;
}

/** What decides how a file is after it was edited. */
export interface FileEdit {
  /** Of the file as it was packed. */
  readonly digest: Digest;
  readonly root: string;
  /** Of the root that it was packed with. */
  readonly rootLength: number;
  readonly kind: 'text' | 'binary';
  readonly offsets: readonly number[];
  readonly names: StoreNames;
}

/** Prepares a package for a root, and for other names of folders in the store where that is wished.
 * @throws PREFIX_TOO_LONG, PATH_UNSAFE */
export function createPackagePlacer(
  manifest: Pick<PackageManifest, 'root' | 'relocations'>,
  root: string,
  storeNames: StoreNames | undefined,
): PackagePlacer {
  checkRoot(root, manifest.root);
  const isMoved = manifest.root !== root;
  const moved = new Map<string, PackageRelocation>(
    isMoved ? manifest.relocations.map((relocation) => [relocation.path, relocation]) : [],
  );
  // files in which names may become shorter
  const texts = new Set(manifest.relocations.flatMap(({ path, kind }) => (kind === 'text' ? [path] : [])));
  const change = createRootChange(manifest.root, root);
  const names = createNameChange(storeNames);
  const kindOf = (path: string) => (texts.has(path) ? 'text' : 'binary');
  return {
    editorOf: ({ path }) => createFileEditor(moved.get(path), { root: change, names }, kindOf(path)),
    editOf: ({ path, digest }) => {
      const relocation = moved.get(path);
      if (relocation === undefined && names === undefined) return undefined;
      const offsets = relocation?.offsets ?? [];
      return { digest, root, rootLength: change.from.length, kind: kindOf(path), offsets, names: storeNames ?? {} };
    },
    targetOf: ({ path, target }) => {
      const placed = moved.has(path) ? root + target.slice(manifest.root.length) : target;
      return names === undefined ? placed : renameText(placed, names);
    },
    metadataOf: (bytes) => bytes.toString('utf8').replaceAll(manifest.root, root),
  };
}
