import type { ReadingRoom } from '../catalog/fetch-database.ts';
import type { CatalogReference } from '../catalog/open-catalog.ts';
import type { Fault } from '../format/invalid.ts';
import { type ObjectKind, objectKey } from '../format/object-hash.ts';
import { type Manifest, manifestFile } from '../format/parse-manifest.ts';
import type { Tag } from '../open-history.ts';
import { closeRoom, openRoom, type RepositoryRequest } from '../open-repository.ts';
import type { ReadContext } from '../read-context.ts';
import { trackProgress } from '../track-progress.ts';
import { checkHistory } from './check-history.ts';
import { checkObjects, checkStore, type ObjectFindings } from './check-objects.ts';
import { checkReflog } from './check-reflog.ts';
import { type CheckReport, createReport } from './check-report.ts';
import { checkTree, createGate, type TreeCheck, type TreeFindings } from './check-tree.ts';
import { checkExtras, checkTrust } from './check-trust.ts';
import { createLedger } from './object-ledger.ts';

/** What is to be checked. */
export interface CheckRequest extends Omit<RepositoryRequest, 'tag'> {
  /** `read`: every object is read; `presence`: it is enough that they are there; `none`: they are not looked at. */
  readonly objects: 'read' | 'presence' | 'none';
  /** Whether the revisions of all tags are checked beside the current one. */
  readonly tags: boolean;
}

/** What a check has found. */
export interface CheckResult extends ObjectFindings {
  readonly location: string;
  readonly name?: string;
  readonly revision?: number;
  /** The first thousand. */
  readonly faults: readonly Fault[];
  readonly faultCount: number;
  /** What is allowed, and is likely to hurt. */
  readonly warnings: readonly Fault[];
  readonly catalogs: number;
  /** Of the current revision. */
  readonly entries: number;
  readonly tags: number;
  /** Objects in the store that no checked revision has; of a folder alone. */
  readonly others: number;
  readonly otherBytes: number;
}

const catalogsAtOnce = 4;

/** Checks a repository: signatures, whitelist, tags, reference log, every catalog row by row, and every object.
 * @throws CVMFS_NOT_FOUND, CVMFS_UNAVAILABLE, ARGUMENT_INVALID, DISK_FULL; what is wrong with the repository is no error, it is in the result */
export async function checkRepository(request: CheckRequest, context: ReadContext): Promise<CheckResult> {
  const room = await openRoom(request, context);
  const report = createReport(context);
  const ledger = createLedger(room.scratch);
  try {
    const manifest = await checkTrust(room, request, report);
    const progress = trackProgress(context, { part: 'catalogs', title: 'check catalogs' });
    const check: TreeCheck = { ...room, report, ledger, progress, known: new Map(), gate: createGate(catalogsAtOnce) };
    const read = request.objects === 'read';
    let [tags, current]: [readonly Tag[], TreeFindings | undefined] = [[], undefined];
    if (manifest !== undefined) {
      await checkExtras(room, manifest, report);
      await checkReflog(room, manifest, report);
      tags = await checkHistory(room, manifest, report);
      current = await checkCurrent(check, manifest);
      if (request.tags) for (const tag of tags) await checkTagged(check, tag, manifest);
    }
    progress.end();
    const found =
      request.objects === 'none' ? { objects: 0, bytes: 0 } : await checkObjects(room, { ledger, report, read });
    const store =
      request.objects === 'none'
        ? { others: 0, otherBytes: 0 }
        : await checkStore(room, { ledger, report, read, verified: verifiedKeys(check, manifest) });
    return {
      location: room.source.location,
      ...(manifest === undefined ? {} : { name: manifest.name, revision: manifest.revision }),
      ...report.result(),
      catalogs: check.known.size,
      entries: entriesOf(current),
      tags: tags.length,
      ...found,
      ...store,
    };
  } finally {
    ledger.close();
    await closeRoom(room);
  }
}

/** The objects that are no content of files, and were read while the rest was checked. */
function verifiedKeys({ known }: TreeCheck, manifest: Manifest | undefined): ReadonlySet<string> {
  const { certificate, history, metainfo } = manifest ?? {};
  const named = Object.entries({ certificate, history, metainfo } as const).flatMap(([kind, hash]) => {
    return hash === undefined ? [] : [objectKey(hash, kind as ObjectKind)];
  });
  return new Set([...known.keys()].map((key) => key.split(' ', 1)[0]!).concat(named));
}

function entriesOf(found: TreeFindings | undefined): number {
  if (found === undefined) return 0;
  const { dir, regular, symlink, special, nested } = found.counters;
  return dir + regular + symlink + special - nested;
}

async function checkCurrent(check: TreeCheck, manifest: Manifest): Promise<TreeFindings | undefined> {
  const { report } = check;
  const reference: CatalogReference = { path: '', hash: manifest.root, size: manifest.rootSize };
  const found = await checkTree(check, reference);
  if (found === undefined) return undefined;
  const file = objectKey(manifest.root, 'catalog');
  const property = (name: string) => Number(found.properties.get(name) ?? Number.NaN);
  if (property('revision') !== manifest.revision) {
    report.fault(
      file,
      `its revision is ${found.properties.get('revision') ?? 'missing'}, and the manifest has ${manifest.revision}`,
    );
  }
  if (property('last_modified') > manifest.published) {
    report.fault(file, `it was changed after ${manifestFile} was published: clients do not take the next revision`);
  }
  const ttl = found.properties.get('TTL') ?? '240';
  if (Number(ttl) !== manifest.ttl) report.warn(file, `its TTL is ${ttl}, and the manifest has ${manifest.ttl}`);
  return found;
}

async function checkTagged(check: ReadingRoom & TreeCheck, tag: Tag, manifest: Manifest): Promise<void> {
  const { report }: { readonly report: CheckReport } = check;
  const before = report.result().faultCount;
  const found = await checkTree(check, {
    path: '',
    hash: tag.hash,
    size: tag.hash.hex === manifest.root.hex ? manifest.rootSize : tag.size,
  });
  const name = `tag ${tag.name}`;
  if (found === undefined) {
    report.fault(name, `its catalog ${objectKey(tag.hash, 'catalog')} cannot be read`);
    return;
  }
  if (report.result().faultCount > before) report.fault(name, 'the revision that it names has faults');
  if (tag.size > 0 && tag.size !== found.size)
    report.fault(name, `it tells ${tag.size} bytes of its catalog, which has ${found.size}`);
  const revision = found.properties.get('revision');
  if (revision !== undefined && Number(revision) !== tag.revision) {
    report.fault(name, `it tells the revision ${tag.revision}, and its catalog has ${revision}`);
  }
}
