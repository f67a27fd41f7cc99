import { deflateSync } from 'node:zlib';
import { FarmError } from '../../core/farm-error.ts';
import type { Counters } from '../catalog/counters.ts';
import { formatHistory, headTags, type Tag } from '../catalog/history.ts';
import type { FolderNode } from '../catalog/node.ts';
import { formatReflog, parseReflog, type Reference, reflogKinds } from '../catalog/reflog.ts';
import { packDatabase } from '../catalog/sqlite-bytes.ts';
import { type WrittenCatalog, writeCatalog } from '../catalog/write-catalog.ts';
import type { ByteText } from '../format/byte-text.ts';
import { type ContentHash, contentHashOf, objectNameOf } from '../format/content-hash.ts';
import { formatManifest, type RevisionManifest } from '../trust/manifest.ts';
import { isExpired, parseWhitelist } from '../trust/whitelist.ts';
import type { HeldRepository } from './open-repository.ts';
import type { RevisionWork } from './revision-work.ts';

/** What the next revision is to be. */
export interface RevisionDraft {
  readonly root: FolderNode;
  /** Counts of all below the root catalog, where its references do not have them all. */
  readonly below?: Counters;
  /** What the root catalog says of itself now. */
  readonly properties: Readonly<Record<string, string>>;
  /** A name for it. */
  readonly tag?: { readonly name: string; readonly description: string };
  /** Seconds since 1970. */
  readonly time: number;
}

/** The revision that is published then. */
export interface PublishedState {
  readonly manifest: RevisionManifest;
  /** False when nothing was different. */
  readonly isNew: boolean;
}

/** Publishes a tree as the next revision, unless it is the one that is published already; a tag is set in any case.
 * @throws SIGNATURE_INVALID, WHITELIST_EXPIRED, CLOCK_INVALID, DISK_FULL, PERMISSION_DENIED */
export async function publishRevision(
  draft: RevisionDraft,
  repository: HeldRepository,
  work: RevisionWork,
): Promise<PublishedState> {
  const { manifest: before, config } = repository;
  if (isPublished(draft, repository)) return await tagOnly(draft, repository, work);
  const revision = before.revision + 1;
  const catalog = writeRoot(draft, {
    revision: String(revision),
    last_modified: String(draft.time),
    previous_revision: before.root,
    TTL: String(config.ttl),
  });
  await work.putObject(objectNameOf(catalog.hash, 'C'), catalog.bytes);
  const head = { root: catalog.hash, rootSize: catalog.size, revision, time: draft.time };
  return { manifest: await commit(head, draft, { repository, work }), isNew: true };
}

/** True when a tree is the one that is published already. */
export function isPublished(draft: RevisionDraft, { manifest }: Pick<HeldRepository, 'manifest'>): boolean {
  return writeRoot(draft, changeable(draft.properties)).hash === manifest.root;
}

function writeRoot({ root, below }: RevisionDraft, properties: Readonly<Record<string, string>>): WrittenCatalog {
  return writeCatalog({ path: '' as ByteText, root, properties, ...(below === undefined ? {} : { below }) });
}

/** Sets and removes tags; the tree stays as it is. */
export async function publishTags(
  tags: readonly Tag[],
  time: number,
  repository: HeldRepository,
  work: RevisionWork,
): Promise<RevisionManifest> {
  const { root, rootSize, revision } = repository.manifest;
  return await write({ root, rootSize, revision, time }, tags, { repository, work });
}

async function tagOnly(draft: RevisionDraft, repository: HeldRepository, work: RevisionWork): Promise<PublishedState> {
  const { tags, manifest } = repository;
  const there = tags.find(({ name }) => name === draft.tag?.name);
  if (draft.tag === undefined || there?.hash === manifest.root) return { manifest, isNew: false };
  const { root, rootSize, revision } = manifest;
  return {
    manifest: await commit({ root, rootSize, revision, time: draft.time }, draft, { repository, work }),
    isNew: false,
  };
}

/** The properties of a root catalog, without those that every catalog has. */
function changeable(properties: Readonly<Record<string, string>>): Record<string, string> {
  const names = ['revision', 'last_modified', 'previous_revision', 'TTL'];
  return Object.fromEntries(
    names.flatMap((name) => (properties[name] === undefined ? [] : [[name, properties[name]]])),
  );
}

type Head = Pick<RevisionManifest, 'root' | 'rootSize' | 'revision' | 'time'>;

interface Making {
  readonly repository: HeldRepository;
  readonly work: RevisionWork;
}

async function commit(head: Head, draft: RevisionDraft, making: Making): Promise<RevisionManifest> {
  const { tags, manifest: before } = making.repository;
  const tag = (name: string, description: string): Tag => ({
    name,
    hash: head.root,
    revision: head.revision,
    timestamp: head.time,
    description,
    size: head.rootSize,
  });
  const old = tags.find(({ name }) => name === headTags.now);
  const isMoved = head.root !== before.root && old !== undefined;
  const fresh = [
    tag(headTags.now, 'current HEAD'),
    ...(isMoved ? [{ ...old, name: headTags.before, description: 'default undo target' }] : []),
    ...(draft.tag === undefined ? [] : [tag(draft.tag.name, draft.tag.description)]),
  ];
  const names = new Set(fresh.map(({ name }) => name));
  return await write(head, [...tags.filter(({ name }) => !names.has(name)), ...fresh], making);
}

/** Writes everything that names the root catalog, and the manifest last. */
async function write(head: Head, tags: readonly Tag[], { repository, work }: Making): Promise<RevisionManifest> {
  const { manifest: before, config, keys, store, journal } = repository;
  refuseBackwards(head.time, before.time);
  await refuseExpired(repository);
  const history = packDatabase(formatHistory(config.name, tags, before.history));
  await work.putObject(objectNameOf(history.hash, 'H'), history.bytes);
  const certificate = await putCertificate(keys.certificate, work);
  const references: Reference[] = [
    { hash: head.root, kind: reflogKinds.catalog, timestamp: head.time },
    { hash: certificate, kind: reflogKinds.certificate, timestamp: head.time },
    { hash: history.hash, kind: reflogKinds.history, timestamp: head.time },
  ];
  const reflog = formatReflog(config.name, [...parseReflog(repository.reflog), ...references]);
  const manifest: RevisionManifest = {
    ...head,
    ttl: config.ttl,
    name: config.name,
    certificate,
    history: history.hash,
    reflog: contentHashOf(reflog),
  };
  work.index.settle();
  await journal.seal(head.root);
  const bytes = formatManifest(manifest, keys.key);
  await store.publish({ manifest: bytes, reflog, number: head.revision, hasNewObjects: work.cost().objects > 0 });
  await settleJournal(repository, work);
  return manifest;
}

/** Objects that killed publications had begun, and that this revision does not use, go. */
async function settleJournal({ journal, store }: HeldRepository, work: RevisionWork): Promise<void> {
  const used = work.reused();
  await store.removeObjects([...journal.suspects].filter((name) => !used.has(name)));
  await journal.close();
}

/** Stores the certificate, and gives its name. */
export async function putCertificate(certificate: string, work: Pick<RevisionWork, 'putObject'>): Promise<ContentHash> {
  const bytes = deflateSync(Buffer.from(certificate, 'latin1'));
  const hash = contentHashOf(bytes);
  await work.putObject(objectNameOf(hash, 'X'), bytes);
  return hash;
}

/** Clocks of machines that take turns may differ by so many seconds. */
const tolerance = 300;

/** The time of a revision: never before that of the one before.
 * @throws CLOCK_INVALID when the clock has run backwards */
export function timeOfRevision(now: number, before: number): number {
  refuseBackwards(now + tolerance, before);
  return Math.max(now, before);
}

function refuseBackwards(time: number, before: number): void {
  if (time >= before) return;
  const state = `it says ${new Date(time * 1000).toISOString()}, and the last revision is of ${new Date(before * 1000).toISOString()}`;
  throw new FarmError('CLOCK_INVALID', `Cannot publish by the clock of this machine: ${state}`, {
    hint: 'Set the clock; clients would not take a revision that is older than the one they have',
  });
}

/** Clients would not take a new revision any more, without a word to their users.
 * @throws WHITELIST_EXPIRED, SIGNATURE_INVALID */
async function refuseExpired({ store, keys, manifest }: HeldRepository): Promise<void> {
  if (manifest.revision === 0) return; // a new repository, whose whitelist may come later
  const whitelist = parseWhitelist(await store.readWhitelist(), keys.masterPublic);
  if (isExpired(whitelist, Date.now())) {
    throw new FarmError(
      'WHITELIST_EXPIRED',
      `Cannot publish: the whitelist expired on ${new Date(whitelist.expires).toISOString().slice(0, 10)}, so no client would take the revision`,
      { hint: 'binfarm cvmfs whitelist renew' },
    );
  }
  if (!whitelist.fingerprints.includes(keys.fingerprint)) {
    throw new FarmError(
      'SIGNATURE_INVALID',
      'Cannot publish: the whitelist does not have this repository’s certificate',
      {
        hint: 'binfarm cvmfs whitelist renew, where the master key is',
      },
    );
  }
}
