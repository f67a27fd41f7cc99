import { hash } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import type { PackedContent } from '../catalog/node.ts';
import { unpackDatabase } from '../catalog/sqlite-bytes.ts';
import type { ObjectIndex } from '../content/open-object-index.ts';
import type { Storers } from '../content/open-storers.ts';
import { type FileToStore, objectsOf } from '../content/run-job.ts';
import type { StoredContent } from '../content/store-content.ts';
import type { PackageRequest, StoredPackageTree } from '../content/store-package.ts';
import { type ContentHash, objectNameOf } from '../format/content-hash.ts';
import type { ObjectDraft } from '../store/put-objects.ts';
import type { RepositoryStore } from '../store/repository-store.ts';
import type { CatalogReason } from '../tree/plan-catalogs.ts';

/** A catalog of a revision, for the report. */
export interface CatalogReport {
  readonly path: string;
  /** In the catalog itself; 0 for one that was taken over unread. */
  readonly entries: number;
  readonly reason: CatalogReason;
  readonly isNew: boolean;
}

/** What a revision has cost. */
export interface RevisionCost {
  /** Objects that were not there before, and their bytes. */
  readonly objects: number;
  readonly bytes: number;
  /** Files that were read. */
  readonly files: number;
  /** Files that were read and whose content was there already. */
  readonly known: number;
  readonly catalogs: readonly CatalogReport[];
}

/** The making of one revision: objects are stored, and everything is counted. */
export interface RevisionWork {
  readonly index: ObjectIndex;
  readonly hasObject: (name: string) => Promise<boolean>;
  readonly putObject: (name: string, bytes: Uint8Array) => Promise<boolean>;
  /** Gives a stored database, not compressed.
   * @throws CVMFS_DAMAGED */
  readonly readDatabase: (hash: ContentHash, suffix: 'C' | 'H') => Promise<Buffer>;
  readonly storeFiles: (files: readonly FileToStore[], bytes: number) => Promise<readonly StoredContent[]>;
  /** Stores what is in memory as one object. */
  readonly storeBytes: (bytes: Uint8Array) => Promise<PackedContent>;
  /** Reads a content again, of at most so many bytes.
   * @throws CVMFS_DAMAGED */
  readonly readBytes: (content: PackedContent, most: number) => Promise<Buffer>;
  readonly storePackage: (request: PackageRequest, bytes: number) => Promise<StoredPackageTree>;
  readonly tell: (catalog: CatalogReport) => void;
  readonly cost: () => RevisionCost;
  /** Objects of killed publications that this one uses. */
  readonly reused: () => ReadonlySet<string>;
  /** Ends the threads. */
  readonly close: () => Promise<void>;
}

/** What the making of a revision consists of. */
export interface WorkParts {
  readonly index: ObjectIndex;
  readonly suspects: ReadonlySet<string>;
  /** Starts what stores contents, and hands the objects over. */
  readonly openStorers: (put: (drafts: readonly ObjectDraft[]) => Promise<void>) => Storers;
}

/** What is told while a revision is made. */
export interface WorkProgress {
  readonly files: number;
  readonly bytes: number;
}

/** Starts to make a revision. */
export function createRevisionWork(
  store: RepositoryStore,
  { index, openStorers, suspects }: WorkParts,
  onProgress: (progress: WorkProgress) => void = () => {},
): RevisionWork {
  const cost = { objects: 0, bytes: 0, files: 0, known: 0 };
  const catalogs: CatalogReport[] = [];
  const reused = new Set<string>();
  const put = async (drafts: readonly ObjectDraft[]) => {
    for (const { name } of drafts) if (suspects.has(name)) reused.add(name);
    const { objects, bytes } = await store.put(drafts);
    cost.objects += objects;
    cost.bytes += bytes;
    return objects;
  };
  const storers = openStorers(async (drafts) => void (await put(drafts)));
  const count = (known: number, files: number) => {
    cost.known += known;
    cost.files += files;
  };
  const hasObject = async (name: string) => !suspects.has(name) && (await store.has(name));
  const hasAll = async (names: readonly string[]) => (await Promise.all(names.map(hasObject))).every(Boolean);
  const putObject = async (name: string, bytes: Uint8Array) => (await put([{ name, bytes }])) > 0;
  return {
    index,
    hasObject,
    putObject,
    readDatabase: async (hash, suffix) => unpackDatabase(await store.read(objectNameOf(hash, suffix)), hash),
    storeFiles: async (files, bytes) => {
      const result = await storers.run({ kind: 'files', files }, bytes);
      count(result.known, files.length);
      for (const { digest, content } of result.files) index.rememberContent(digest, content);
      onProgress({ files: files.length, bytes });
      return result.files;
    },
    storeBytes: async (bytes) => {
      const digest = hash('sha256', bytes, 'buffer');
      const known = index.contentOf(digest);
      if (known !== undefined && (await hasAll(objectsOf(known)))) return known;
      const compressed = deflateSync(bytes);
      const content = hash('sha1', compressed, 'buffer');
      await putObject(objectNameOf(content.toString('hex'), ''), compressed);
      index.rememberContent(digest, content);
      return content;
    },
    readBytes: async (content, most) => {
      const parts = await Promise.all(objectsOf(content).map((name) => store.read(name)));
      return Buffer.concat(parts.map((part) => inflateSync(part, { maxOutputLength: most })));
    },
    storePackage: async (request, bytes) => {
      const result = await storers.run({ kind: 'package', request }, bytes);
      const tree = result.tree!;
      count(result.known, tree.contents.length);
      for (const { digest, content } of tree.contents) index.rememberContent(digest, content);
      for (const { key, digest, size } of tree.edits) index.rememberEdited(key, { digest, size });
      onProgress({ files: tree.entries.length, bytes });
      return tree;
    },
    tell: (catalog) => catalogs.push(catalog),
    cost: () => ({ ...cost, catalogs }),
    reused: () => reused,
    close: storers.close,
  };
}
