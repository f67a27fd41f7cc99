import type { Binhost, DocumentKind, StoredDocument } from '../../binhost/binhost.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { type Channel, parseChannel, parseRelease, type Release } from '../../model/release.ts';
import { type Envelope, verifyEnvelope } from '../../package/sign/envelope.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';

/** What came of copying releases and channels. */
export interface CopiedDocuments {
  readonly copied: readonly DocumentName[];
  readonly kept: readonly DocumentName[];
  readonly refused: readonly (DocumentName & { readonly reason: string })[];
}

/** One release or channel. */
export interface DocumentName {
  readonly kind: DocumentKind;
  readonly name: string;
}

/** Copies releases and then channels from one binhost to another. A release comes after all of its packages, a channel after its release, and only forward: one that is older
 * than what is there stays away. Only what a trusted key has signed is copied.
 * @throws BINHOST_UNAVAILABLE, BINHOST_DENIED, BINHOST_UNSUPPORTED */
export async function copyDocuments(
  from: Binhost,
  to: Binhost,
  options: { readonly trusted: readonly PublicKey[]; readonly dryRun: boolean },
): Promise<CopiedDocuments> {
  const copied: DocumentName[] = [];
  const kept: DocumentName[] = [];
  const refused: (DocumentName & { reason: string })[] = [];
  for (const kind of ['release', 'channel'] as const) {
    for (const name of await from.listDocuments(kind)) {
      try {
        const isNew = await copyDocument({ kind, name }, { from, to, ...options });
        (isNew ? copied : kept).push({ kind, name });
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused.push({ kind, name, reason: error.message });
      }
    }
  }
  return { copied, kept, refused };
}

interface Copying {
  readonly from: Binhost;
  readonly to: Binhost;
  readonly trusted: readonly PublicKey[];
  readonly dryRun: boolean;
}

/** Copies one document; false when it need not be. */
async function copyDocument({ kind, name }: DocumentName, copying: Copying): Promise<boolean> {
  const { from, to, dryRun } = copying;
  const source = await from.getDocument(kind, name);
  const target = await to.getDocument(kind, name);
  if (source === undefined || source.digest === target?.digest) return false;
  if (kind === 'release') {
    const release = readRelease(source, copying.trusted);
    if (!dryRun) await requirePackages(release, to);
  } else if (!(await isForward(source, target, copying))) return false;
  if (dryRun) return true;
  const seen = target === undefined ? {} : { ifCurrent: target.digest };
  await to.putDocument(kind, name, { envelope: source.envelope as Envelope, replace: kind === 'channel', ...seen });
  return true;
}

/** True when a channel's document is newer than the one at the destination. */
async function isForward(
  source: StoredDocument,
  target: StoredDocument | undefined,
  { to, trusted, dryRun }: Copying,
): Promise<boolean> {
  const next = readChannel(source, trusted);
  if (target !== undefined && readChannel(target, trusted).serial >= next.serial) return false;
  const release = dryRun ? { digest: next.digest } : await to.getDocument('release', next.release);
  if (release?.digest === next.digest) return true;
  throw new FarmError(
    'RELEASE_NOT_FOUND',
    `Cannot copy channel "${next.name}": "${to.location}" does not have its release "${next.release}"`,
  );
}

async function requirePackages(release: Release, to: Binhost): Promise<void> {
  for (const { packages } of Object.values(release.platforms)) {
    for (const { name, buildHash, digest } of Object.values(packages)) {
      if ((await to.find({ name, buildHash }))?.digest === digest) continue;
      throw new FarmError(
        'PACKAGE_NOT_FOUND',
        `Cannot copy release "${release.name}": "${to.location}" does not have its package "${name}"`,
      );
    }
  }
}

function readRelease({ name, envelope }: StoredDocument, trusted: readonly PublicKey[]): Release {
  const parsed = parseRelease(verifyEnvelope(envelope, trusted));
  if ('release' in parsed && parsed.release.name === name) return parsed.release;
  throw invalid(name, 'problem' in parsed ? parsed.problem : 'it is another release');
}

function readChannel({ name, envelope }: StoredDocument, trusted: readonly PublicKey[]): Channel {
  const parsed = parseChannel(verifyEnvelope(envelope, trusted));
  if ('channel' in parsed && parsed.channel.name === name) return parsed.channel;
  throw invalid(name, 'problem' in parsed ? parsed.problem : 'it is another channel');
}

function invalid(name: string, problem: string): FarmError {
  return new FarmError('RELEASE_INVALID', `Cannot copy "${name}": ${problem}`);
}

/** Whether an error is about one document, so that others can be copied all the same. */
function isRefusal(error: unknown): error is FarmError {
  const outside = ['BINHOST_UNAVAILABLE', 'BINHOST_DENIED', 'BINHOST_UNSUPPORTED', 'DISK_FULL', 'PERMISSION_DENIED'];
  return isFarmError(error) && !outside.includes(error.code);
}
