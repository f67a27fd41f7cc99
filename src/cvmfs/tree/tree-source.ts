import type { FileNode, Node } from '../catalog/node.ts';
import type { FileToStore } from '../content/run-job.ts';
import type { ByteText } from '../format/byte-text.ts';
import type { PlanFolder } from './plan-catalogs.ts';

/** A tree that is to be published, which is looked at folder by folder, so that only what becomes one catalog is in memory. */
export interface TreeSource<Folder extends PlanFolder = PlanFolder> {
  readonly root: Folder;
  /** Something that is equal only if the folder and all below it are; undefined when that cannot be told. */
  readonly printOf: (folder: Folder) => string | undefined;
  /** What is in a folder, apart from folders. */
  readonly list: (folder: Folder) => FolderListing;
}

/** What is in a folder. */
export interface FolderListing {
  readonly mode: number;
  readonly mtime: number;
  /** In the order of their names. */
  readonly nodes: readonly (readonly [ByteText, Exclude<Node, { kind: 'folder' | 'mount' }>])[];
  /** Files whose content is to be stored. */
  readonly pending: readonly PendingFile[];
  /** To be called when all of them are stored. */
  readonly settle: () => void;
}

/** A file of which the content is not known yet. */
export interface PendingFile {
  readonly file: FileToStore;
  /** Its node, in which the content is to be put. */
  readonly node: { -readonly [Key in keyof FileNode]: FileNode[Key] };
}

/** The permissions that something gets: everybody may read it, and run it if anybody may. */
export function publicModeOf(mode: number, isFolder: boolean): number {
  const runs = isFolder || (mode & 0o111) !== 0;
  return (mode & 0o777) | (runs ? 0o555 : 0o444);
}
