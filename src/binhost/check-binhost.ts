import type { Emit } from '../core/events.ts';
import { isFarmError } from '../core/farm-error.ts';
import { mapLimit } from '../core/map-limit.ts';
import { type Binhost, type DocumentKind, documentKinds, type Leftover, type PackageReference } from './binhost.ts';
import type { BinhostEvent } from './binhost-events.ts';
import { sweepSpool } from './spool.ts';

/** How a binhost is checked. */
export interface CheckOptions {
  /** Only these packages; all when absent. */
  readonly references?: readonly PackageReference[];
  /** Removes packages that are damaged, and what nothing refers to. */
  readonly repair: boolean;
  readonly emit?: Emit<BinhostEvent>;
  readonly signal?: AbortSignal;
  /** What else is to be right about a package that is whole; what is wrong is its result. */
  readonly judge?: (reference: PackageReference) => Promise<string | undefined>;
}

/** What a check found. */
export interface BinhostCheck {
  readonly packages: number;
  readonly documents: number;
  /** Read and hashed. */
  readonly bytes: number;
  readonly damaged: readonly (PackageReference & { readonly problem: string; readonly removed: boolean })[];
  readonly damagedDocuments: readonly {
    readonly kind: DocumentKind;
    readonly name: string;
    readonly problem: string;
  }[];
  /** What nothing refers to; gone after a repair. */
  readonly leftovers: readonly Leftover[];
}

/** Reads a whole binhost again: every digest is computed anew, every package's structure is looked at. A repair removes packages that are damaged, so that they are built or fetched again, and
 * what killed processes have left; documents are only told of.
 * @throws BINHOST_UNAVAILABLE, BINHOST_DENIED, BINHOST_UNSUPPORTED */
export async function checkBinhost(binhost: Binhost, options: CheckOptions): Promise<BinhostCheck> {
  const { repair, emit = () => {}, signal } = options;
  const references = options.references ?? (await binhost.listReferences());
  const damaged: (PackageReference & { problem: string; removed: boolean })[] = [];
  const sizes = await mapLimit(references, 2, async (reference) => {
    signal?.throwIfAborted();
    const { name, buildHash, bytes, ...found } = await binhost.examine(reference);
    const problem = found.problem ?? (await options.judge?.(reference));
    emit({ type: 'binhost.examined', name, buildHash, bytes, ...(problem === undefined ? {} : { problem }) });
    if (problem === undefined) return bytes;
    // Only what is damaged is removed; what merely is not believed may be to others.
    const removed = repair && found.problem !== undefined && (await binhost.remove(reference));
    if (removed) emit({ type: 'binhost.removed', name, buildHash, reason: 'it was damaged' });
    damaged.push({ name, buildHash, problem, removed });
    return bytes;
  });
  const { documents, damagedDocuments } = await checkDocuments(binhost, options);
  const leftovers = await sweepAll(binhost, repair);
  if (repair && leftovers.length > 0) {
    const bytes = leftovers.reduce((sum, item) => sum + item.bytes, 0);
    emit({ type: 'binhost.swept', location: binhost.location, count: leftovers.length, bytes });
  }
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return {
    packages: references.length,
    documents,
    bytes,
    damaged: damaged.toSorted(byName),
    damagedDocuments,
    leftovers,
  };
}

async function checkDocuments(
  binhost: Binhost,
  { references, signal }: CheckOptions,
): Promise<Pick<BinhostCheck, 'documents' | 'damagedDocuments'>> {
  const damagedDocuments: { kind: DocumentKind; name: string; problem: string }[] = [];
  let documents = 0;
  if (references !== undefined) return { documents, damagedDocuments };
  for (const kind of documentKinds) {
    for (const name of await binhost.listDocuments(kind)) {
      signal?.throwIfAborted();
      documents += 1;
      try {
        await binhost.getDocument(kind, name);
      } catch (error) {
        if (!isFarmError(error, 'DOCUMENT_DAMAGED')) throw error;
        damagedDocuments.push({ kind, name, problem: error.message });
      }
    }
  }
  return { documents, damagedDocuments };
}

async function sweepAll(binhost: Binhost, remove: boolean): Promise<readonly Leftover[]> {
  const swept = binhost.readOnly === undefined || !remove ? await binhost.sweep({ remove }) : [];
  return [...swept, ...(binhost.spool === undefined ? [] : await sweepSpool(binhost.spool, { remove }))];
}

function byName(a: PackageReference, b: PackageReference): number {
  return a.name < b.name || (a.name === b.name && a.buildHash < b.buildHash) ? -1 : 1;
}
