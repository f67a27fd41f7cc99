import type { PackageRelocation } from '../../model/package-manifest.ts';
import { createFileRelocator, type RootChange } from './relocate-file.ts';
import { createFileRenamer, type NameChange } from './rename-stores.ts';

/** Changes one file on its way to its place, part by part. */
export interface FileEditor {
  /** Takes the next part of the file, which it may change, and gives what can be written.
   * @throws PACKAGE_DAMAGED when the root is not where the table says */
  readonly push: (part: Buffer) => Buffer;
  /** Gives the rest, after the last part. */
  readonly end: () => Buffer;
}

/** What changes in the files of a package: the root that it was built for, and names of folders in the store. */
export interface PackageEdit {
  readonly root: RootChange;
  readonly names: NameChange | undefined;
}

const nothing = Buffer.alloc(0);

/** Starts to edit a file: its root first, where the table says, then the names, wherever they are. Undefined for a file that stays as it is.
 * @param kind `text` where names may become shorter */
export function createFileEditor(
  relocation: PackageRelocation | undefined,
  { root, names }: PackageEdit,
  kind: 'text' | 'binary',
): FileEditor | undefined {
  const relocator = relocation === undefined ? undefined : createFileRelocator(relocation, root);
  const renamer = names === undefined ? undefined : createFileRenamer(names, kind);
  if (renamer === undefined) return relocator && { push: relocator.push, end: () => nothing };
  return { push: (part) => renamer.push(relocator?.push(part) ?? part), end: renamer.end };
}
