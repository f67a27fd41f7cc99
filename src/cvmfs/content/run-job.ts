import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PackedContent } from '../catalog/node.ts';
import { partsOf } from '../catalog/node.ts';
import { type ByteText, rawOf } from '../format/byte-text.ts';
import { objectNameOf } from '../format/content-hash.ts';
import type { ObjectDraft } from '../store/put-objects.ts';
import type { LocalObjects } from '../store/repository-store.ts';
import type { ContentLookup } from './open-object-index.ts';
import { type StoredContent, storeFile } from './store-content.ts';
import type { PackageRequest, StoredPackageTree } from './store-package.ts';

/** What one thread is asked to do at a time. */
export type ContentJob =
  | { readonly kind: 'files'; readonly files: readonly FileToStore[] }
  | { readonly kind: 'package'; readonly request: PackageRequest };

/** A file of this machine whose content is to be stored. */
export interface FileToStore {
  readonly path: ByteText;
  readonly size: number;
}

/** What came of a job. */
export interface JobResult {
  /** For each file, in order. */
  readonly files: readonly StoredContent[];
  readonly tree?: StoredPackageTree;
  /** Files whose content was there already. */
  readonly known: number;
}

/** What a thread needs for jobs. */
export interface JobSettings {
  /** Absent where objects are no files: then what the index knows is believed. */
  readonly local?: LocalObjects;
  readonly suspects: ReadonlySet<string>;
  readonly index: string;
}

const bytesPerFlush = 1 << 20;
const rememberedContents = 20_000;

/** Prepares to run jobs, one at a time.
 * @param write is given objects, some at a time, that are to be stored */
export function createJobRunner(
  settings: JobSettings,
  lookup: ContentLookup,
  write: (drafts: readonly ObjectDraft[]) => void,
): (job: ContentJob) => Promise<JobResult> {
  const seen = new Map<string, PackedContent>();
  const note = ({ digest, content }: Pick<StoredContent, 'digest' | 'content'>) => {
    if (seen.size >= rememberedContents) seen.clear();
    seen.set(Buffer.from(digest).toString('latin1'), content);
  };
  return async (job) => {
    let known = 0;
    let drafts: ObjectDraft[] = [];
    let waiting = 0;
    const flush = () => {
      if (drafts.length > 0) write(drafts);
      drafts = [];
      waiting = 0;
    };
    const put = (draft: ObjectDraft) => {
      drafts.push(draft);
      waiting += draft.bytes.length;
      if (waiting >= bytesPerFlush) flush();
    };
    const find = (digest: Uint8Array) => {
      const own = seen.get(Buffer.from(digest).toString('latin1'));
      const content = own ?? lookup.contentOf(digest);
      if (content === undefined || (own === undefined && !isThere(content, settings))) return undefined;
      known += 1;
      return content;
    };
    if (job.kind === 'package') {
      const { storePackage } = await import('./store-package.ts'); // with all that reads packages, which is seldom needed
      const tree = await storePackage(job.request, { known: find, put, editedOf: lookup.editedOf, flush });
      for (const stored of tree.contents) note(stored);
      return { files: [], tree, known };
    }
    const files = job.files.map(({ path, size }) => {
      const stored = storeFile(rawOf(path), size, { known: find, put });
      note(stored);
      return stored;
    });
    flush();
    return { files, known };
  };
}

/** Somebody may have removed what the index knows, and what a killed publication has left is not believed. */
function isThere(content: PackedContent, { local, suspects }: JobSettings): boolean {
  const has = (name: string) => local === undefined || existsSync(join(local.folder, name));
  return objectsOf(content).every((name) => !suspects.has(name) && has(name));
}

/** The names of the objects that a content consists of. */
export function objectsOf(content: PackedContent): readonly string[] {
  const hexOfHash = (hash: Uint8Array) => Buffer.from(hash).toString('hex');
  const parts = partsOf(content);
  if (parts === undefined) return [objectNameOf(hexOfHash(content), '')];
  return parts.map(({ hash }) => objectNameOf(hexOfHash(hash), 'P'));
}
