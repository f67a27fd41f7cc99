import * as v from 'valibot';
import { FarmError, isFarmError } from '../core/farm-error.ts';
import type { Binhost, PackageReference, StoredPackage } from './binhost.ts';
import type { BinhostEvent } from './binhost-events.ts';
import { type OpenBinhostOptions, openBinhost } from './open-binhost.ts';

/** One of several binhosts. */
export interface BinhostEntry {
  readonly location: string;
  /** Ids of the only keys whose packages are taken from here; all trusted ones when absent. */
  readonly keys?: readonly string[];
  /** Nothing is written to it even if that could be done. */
  readonly readOnly?: boolean;
}

/** Several binhosts that are read as one. */
export interface BinhostGroup extends Binhost {
  /** Ids of the only keys whose packages are taken from a location; undefined where all trusted ones are good. */
  readonly keysOf: (location: string) => readonly string[] | undefined;
}

/** Opens several binhosts in order. Reading asks one after the other until one has what is wanted; of several, one that does not answer or does not let this user read is told by an event
 * and then left out. Writing goes to the first that can be written.
 * @throws BINHOST_INVALID */
export function openBinhosts(entries: readonly BinhostEntry[], options: OpenBinhostOptions): BinhostGroup {
  const hosts = entries.map((entry) => ({ ...entry, binhost: openBinhost(entry.location, options) }));
  const all = hosts.map(({ binhost }) => binhost);
  const writable = hosts.filter(({ readOnly, binhost }) => readOnly !== true && binhost.readOnly === undefined);
  const members = createMembers(all, options.emit ?? (() => {}));
  const keysOf = (location: string) => hosts.find(({ binhost }) => binhost.location === location)?.keys;
  const isWelcome = (stored: StoredPackage) => {
    const keys = keysOf(stored.location);
    return keys === undefined || keyIdsIn(stored.envelope).some((id) => keys.includes(id));
  };
  const find = async (reference: PackageReference) =>
    await members.first(async (binhost) => {
      const stored = await binhost.find(reference);
      return stored !== undefined && isWelcome(stored) ? stored : undefined;
    });
  const unwritable = all[0]?.readOnly ?? 'it is only read here';
  const writer = (): Binhost => {
    if (writable[0] !== undefined) return writable[0].binhost;
    throw new FarmError('BINHOST_UNSUPPORTED', `Cannot write to "${describe(all)}": ${unwritable}`);
  };
  const spool = writable[0]?.binhost.spool;
  const readOnly = writable.length > 0 ? undefined : unwritable;
  const listReferences = async () => unique(await members.every((binhost) => binhost.listReferences()));

  return {
    location: describe(all),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(spool === undefined ? {} : { spool }),
    keysOf,
    find,
    openBlob: (stored, from = 0) => openFromAny(members, stored, from),
    blobPath: (stored) => all.find(({ location }) => location === stored.location)?.blobPath?.(stored),
    put: async (upload) => await writer().put(upload),
    remove: async (reference) => await writer().remove(reference),
    listReferences,
    list: async () => {
      const found = await members.every((binhost) => binhost.list());
      return unique(found.filter(isWelcome)) as StoredPackage[];
    },
    examine: async (reference) => {
      const found = await members.first(async (binhost) => {
        const isThere = (await binhost.find(reference).catch(whenDamaged)) !== undefined;
        return isThere ? await binhost.examine(reference) : undefined;
      });
      if (found !== undefined) return found;
      throw new FarmError(
        'PACKAGE_NOT_FOUND',
        `Cannot check package "${reference.name}" in "${describe(all)}": it is not there`,
      );
    },
    getDocument: (kind, name) => members.first((binhost) => binhost.getDocument(kind, name)),
    putDocument: async (kind, name, upload) => await writer().putDocument(kind, name, upload),
    listDocuments: async (kind) =>
      [...new Set(await members.every((binhost) => binhost.listDocuments(kind)))].toSorted(),
    programs: {
      find: (system) => members.first((binhost) => binhost.programs.find(system)),
      list: async () => [...new Set(await members.every((binhost) => binhost.programs.list()))].toSorted(),
      openBlob: (stored) => memberAt(all, stored).programs.openBlob(stored),
      blobPath: (stored) => memberAt(all, stored).programs.blobPath(stored),
      put: async (upload) => await writer().programs.put(upload),
    },
    sweep: async (request) => await writer().sweep(request),
  };
}

/** The binhost that has given something. */
function memberAt(all: readonly Binhost[], { location }: { readonly location: string }): Binhost {
  return all.find((binhost) => binhost.location === location)!;
}

/** The binhosts of a group that still answer. */
interface Members {
  /** The first result that is not undefined. */
  readonly first: <Result>(ask: (binhost: Binhost) => Promise<Result | undefined>) => Promise<Result | undefined>;
  /** The results of all, one after the other. */
  readonly every: <Result>(ask: (binhost: Binhost) => Promise<readonly Result[]>) => Promise<Result[]>;
  readonly active: () => readonly Binhost[];
  /** Leaves a binhost out from now on, because of an error.
   * @throws the error, when it says something else or there is no other binhost */
  readonly leaveOut: (binhost: Binhost, error: unknown) => void;
}

function createMembers(all: readonly Binhost[], emit: (event: BinhostEvent) => void): Members {
  const left = new Set<Binhost>();
  const active = () => all.filter((binhost) => !left.has(binhost));
  const leaveOut = (binhost: Binhost, error: unknown) => {
    const isOutside = isFarmError(error, 'BINHOST_UNAVAILABLE') || isFarmError(error, 'BINHOST_DENIED');
    if (!isOutside) throw error;
    if (!left.has(binhost)) emit({ type: 'binhost.skipped', location: binhost.location, reason: error.message });
    left.add(binhost);
    if (active().length === 0) {
      left.delete(binhost); // the last one keeps being asked, and says itself what is wrong
      throw error;
    }
  };
  const ask = async <Result>(
    binhost: Binhost,
    work: (binhost: Binhost) => Promise<Result>,
  ): Promise<Result | undefined> => {
    try {
      return await work(binhost);
    } catch (error) {
      leaveOut(binhost, error);
      return undefined;
    }
  };
  return {
    active,
    leaveOut,
    first: async (work) => {
      for (const binhost of active()) {
        const result = await ask(binhost, work);
        if (result !== undefined) return result;
      }
      return undefined;
    },
    every: async (work) => {
      const results = [];
      for (const binhost of active()) results.push(...((await ask(binhost, work)) ?? []));
      return results;
    },
  };
}

/** The bytes of a blob: when the binhost that has it stops answering, another one that has the same goes on. */
async function* openFromAny(members: Members, stored: StoredPackage, from: number): AsyncGenerator<Buffer> {
  let position = from;
  const sources = members
    .active()
    .toSorted((a, b) => Number(b.location === stored.location) - Number(a.location === stored.location));
  for (const binhost of sources) {
    try {
      const isSame = binhost.location === stored.location || (await binhost.find(stored))?.digest === stored.digest;
      if (!isSame) continue;
      for await (const chunk of binhost.openBlob(stored, position)) {
        position += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      members.leaveOut(binhost, error);
    }
  }
  throw new FarmError(
    'BINHOST_UNAVAILABLE',
    `Cannot read package "${stored.name}": the binhosts that have it do not answer`,
  );
}

function whenDamaged(error: unknown): 'damaged' {
  if (isFarmError(error, 'PACKAGE_DAMAGED')) return 'damaged';
  throw error;
}

function unique<Item extends PackageReference>(items: readonly Item[]): readonly Item[] {
  const byKey = new Map<string, Item>();
  for (const item of items) {
    const key = `${item.name} ${item.buildHash}`;
    if (!byKey.has(key)) byKey.set(key, item);
  }
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

const signed = v.object({ signatures: v.array(v.object({ keyid: v.string() })) });

/** Who an envelope says has signed it; whether that is true is for the one who verifies it. */
function keyIdsIn(envelope: unknown): readonly string[] {
  const parsed = v.safeParse(signed, envelope);
  return parsed.success ? parsed.output.signatures.map(({ keyid }) => keyid) : [];
}

function describe(all: readonly Binhost[]): string {
  return all.map(({ location }) => location).join(', ');
}
