import { mapLimit } from '../../../core/map-limit.ts';
import type { Entry } from '../catalog/catalog-entry.ts';
import type { ReadingRoom } from '../catalog/fetch-database.ts';
import { type CatalogReference, openCatalog, transitionProblems } from '../catalog/open-catalog.ts';
import { asFault } from '../catalog/open-database.ts';
import { objectKey } from '../format/object-hash.ts';
import { showPath } from '../format/path-bytes.ts';
import { deepestNesting } from '../limits.ts';
import type { ProgressCounter } from '../track-progress.ts';
import { type CatalogFindings, checkCatalog } from './check-catalog.ts';
import type { CheckReport } from './check-report.ts';
import { addCounters, type Counters, counterNames, emptyCounters } from './counters.ts';
import type { ObjectLedger } from './object-ledger.ts';

/** What the check of a catalog, with all below it, has found. */
export interface TreeFindings {
  readonly root: Entry | undefined;
  /** Of the catalog's database, in bytes. */
  readonly size: number;
  /** Of the catalog and of all below it. */
  readonly counters: Counters;
  readonly properties: ReadonlyMap<string, string>;
}

/** A check of trees of catalogs; a catalog that several revisions have is looked at once. */
export interface TreeCheck extends ReadingRoom {
  readonly report: CheckReport;
  readonly ledger: ObjectLedger;
  readonly progress: ProgressCounter;
  /** By the catalog's object and its path. */
  readonly known: Map<string, Promise<TreeFindings | undefined>>;
  /** So many catalogs may still be opened at a time. */
  readonly gate: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** The usual advice for the number of entries in a catalog. */
const mostEntries = { root: 200_000, nested: 500_000 };
const catalogsAtOnce = 3;

/** Checks a catalog and all below it; undefined when it cannot be read. */
export async function checkTree(
  check: TreeCheck,
  reference: CatalogReference,
  depth = 0,
): Promise<TreeFindings | undefined> {
  const key = `${objectKey(reference.hash, 'catalog')} ${reference.path}`;
  const known = check.known.get(key) ?? examineTree(check, reference, depth);
  check.known.set(key, known);
  return await known;
}

async function examineTree(
  check: TreeCheck,
  reference: CatalogReference,
  depth: number,
): Promise<TreeFindings | undefined> {
  const { report } = check;
  if (depth > deepestNesting) {
    report.fault(showPath(reference.path), 'too many catalogs are inside one another');
    return undefined;
  }
  const found = await check.gate(async () => await report.attempt(async () => await examine(check, reference)));
  if (found === undefined) return undefined;
  const below = await mapLimit(found.nested, catalogsAtOnce, async ({ reference: nested, mountPoint }) => {
    const findings = await checkTree(check, nested, depth + 1);
    if (findings?.root !== undefined && mountPoint !== undefined) {
      for (const problem of transitionProblems(mountPoint, findings.root)) report.fault(showPath(nested.path), problem);
    }
    if (findings !== undefined && nested.size > 0 && nested.size !== findings.size) {
      report.fault(showPath(nested.path), `its catalog has ${findings.size} bytes, and ${nested.size} are told`);
    }
    return findings;
  });
  const { root, size, properties } = found;
  return { root, size, properties, counters: addUp(check, reference, { found, below }) };
}

async function examine(check: TreeCheck, reference: CatalogReference): Promise<CatalogFindings> {
  const catalog = await openCatalog(check, reference);
  try {
    const found = await checkCatalog(catalog, check);
    const entries = found.counters.dir + found.counters.regular + found.counters.symlink + found.counters.special;
    check.progress.add(1, catalog.database.size);
    if (entries > (reference.path === '' ? mostEntries.root : mostEntries.nested)) {
      check.report.warn(showPath(reference.path), `its catalog has ${entries} entries: every client loads all of them`);
    }
    return found;
  } catch (error) {
    throw asFault(error, catalog.database.file);
  } finally {
    catalog.close();
  }
}

/** Compares the counters of a catalog; those of what is below can be known only if all of it could be read. */
function addUp(
  { report }: TreeCheck,
  reference: CatalogReference,
  { found, below }: { readonly found: CatalogFindings; readonly below: readonly (TreeFindings | undefined)[] },
): Counters {
  const subtree = emptyCounters();
  for (const findings of below) if (findings !== undefined) addCounters(subtree, findings.counters);
  const isWhole = below.every((findings) => findings !== undefined);
  const compare = (prefix: string, counters: Counters) => {
    for (const name of counterNames) {
      const told = found.statistics.get(`${prefix}_${name}`);
      if (!found.statistics.has(`${prefix}_${name}`) || told === counters[name]) continue;
      const file = objectKey(reference.hash, 'catalog');
      report.fault(
        showPath(reference.path),
        `the counter ${prefix}_${name} of its catalog (${file}) is ${told}, and should be ${counters[name]}`,
      );
    }
  };
  compare('self', found.counters);
  if (isWhole) compare('subtree', subtree);
  const all = emptyCounters();
  addCounters(all, found.counters);
  addCounters(all, subtree);
  return all;
}

/** Lets only so many pieces of work run at a time; the others wait in line. */
export function createGate(limit: number): TreeCheck['gate'] {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
