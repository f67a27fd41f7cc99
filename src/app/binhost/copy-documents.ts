import { type Binhost, type DocumentKind, documentKinds, type StoredDocument } from '../../binhost/binhost.ts';
import type { ErrorCode } from '../../core/error-codes.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { parseKeyCard } from '../../model/key-card.ts';
import { parseChannel, parseRelease, parseWithdrawal, type Release } from '../../model/release.ts';
import { type Envelope, isTrustError, readUnverified, verifyEnvelope } from '../../package/sign/envelope.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';

/** What came of copying documents. */
export interface CopiedDocuments {
  readonly copied: readonly DocumentName[];
  readonly kept: readonly DocumentName[];
  readonly refused: readonly (DocumentName & { readonly code: ErrorCode; readonly reason: string })[];
}

/** One document. */
export interface DocumentName {
  readonly kind: DocumentKind;
  readonly name: string;
}

/** How documents are copied. */
export interface CopyDocumentsOptions {
  readonly trusted: readonly PublicKey[];
  /** Is told of what no trusted key has signed, which is then copied all the same: for `--insecure` alone. */
  readonly onUntrusted?: (kind: DocumentKind, name: string, error: FarmError) => void;
  readonly dryRun: boolean;
}

/** Copies what keys say of themselves, releases, withdrawals and then channels from one binhost to another. A release comes after all of its packages, a channel after its release, and what
 * changes only goes forward: one that is older than what is there stays away. Only what a trusted key has signed is copied.
 * @throws BINHOST_UNAVAILABLE, BINHOST_DENIED, BINHOST_UNSUPPORTED */
export async function copyDocuments(
  from: Binhost,
  to: Binhost,
  options: CopyDocumentsOptions,
): Promise<CopiedDocuments> {
  const copied: DocumentName[] = [];
  const kept: DocumentName[] = [];
  const refused: (DocumentName & { code: ErrorCode; reason: string })[] = [];
  for (const kind of documentKinds) {
    for (const name of await from.listDocuments(kind)) {
      try {
        const isNew = await copyDocument({ kind, name }, { from, to, ...options });
        (isNew ? copied : kept).push({ kind, name });
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused.push({ kind, name, code: error.code, reason: error.message });
      }
    }
  }
  return { copied, kept, refused };
}

interface Copying extends CopyDocumentsOptions {
  readonly from: Binhost;
  readonly to: Binhost;
}

/** Copies one document; false when it need not be. */
async function copyDocument({ kind, name }: DocumentName, copying: Copying): Promise<boolean> {
  const { from, to, dryRun } = copying;
  const source = await from.getDocument(kind, name);
  const target = await to.getDocument(kind, name);
  if (source === undefined || source.digest === target?.digest) return false;
  if (!(await mayCopy(source, target, copying))) return false;
  if (dryRun) return true;
  const seen = target === undefined ? {} : { ifCurrent: target.digest };
  const replace = kind === 'channel' || kind === 'key';
  await to.putDocument(kind, name, { envelope: source.envelope as Envelope, replace, ...seen });
  return true;
}

/** True when a document is to be copied, false when what is there is as new.
 * @throws what says that it must not be copied */
async function mayCopy(source: StoredDocument, target: StoredDocument | undefined, copying: Copying): Promise<boolean> {
  switch (source.kind) {
    case 'release': {
      const { release } = read(source, parseRelease, copying);
      if (!copying.dryRun) await requirePackages(release, copying.to);
      return true;
    }
    case 'withdrawal':
      read(source, parseWithdrawal, copying);
      return true;
    case 'key': {
      const { serial } = read(source, parseKeyCard, copying).card;
      return target === undefined || read(target, parseKeyCard, copying).card.serial < serial;
    }
    case 'channel':
      return await isForward(source, target, copying);
  }
}

/** True when a channel's document is newer than the one at the destination. */
async function isForward(
  source: StoredDocument,
  target: StoredDocument | undefined,
  copying: Copying,
): Promise<boolean> {
  const { to, dryRun } = copying;
  const { channel: next } = read(source, parseChannel, copying);
  if (target !== undefined && serialOf(target, copying) >= next.serial) return false;
  const release = dryRun ? { digest: next.digest } : await to.getDocument('release', next.release);
  if (release?.digest === next.digest) return true;
  throw new FarmError(
    'RELEASE_NOT_FOUND',
    `Cannot copy channel "${next.name}": "${to.location}" does not have its release "${next.release}"`,
  );
}

/** The serial of the channel that is to be replaced; 0 for one that only a revoked key has signed, which every other may replace. */
function serialOf(target: StoredDocument, copying: Copying): number {
  try {
    return read(target, parseChannel, copying).channel.serial;
  } catch (error) {
    if (isFarmError(error, 'KEY_REVOKED')) return 0;
    throw error;
  }
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

/** Reads a document that a trusted key has signed, by the parser of its kind. */
function read<Parsed extends object>(
  stored: StoredDocument,
  parse: (value: unknown) => Parsed | { readonly problem: string },
  copying: Copying,
): Parsed {
  const statement = statementIn(stored, copying);
  const parsed = parse(statement);
  if ('problem' in parsed) throw invalid(stored.name, parsed.problem);
  const own = stored.kind === 'key' ? statement.id : statement.name;
  if (own !== stored.name) throw invalid(stored.name, `it is another ${stored.kind}`);
  return parsed;
}

function statementIn({ kind, name, envelope }: StoredDocument, { trusted, onUntrusted }: Copying) {
  const subject = `${kind} "${name}"`;
  try {
    return verifyEnvelope(envelope, trusted, subject);
  } catch (error) {
    if (onUntrusted === undefined || !isTrustError(error)) throw error;
    onUntrusted(kind, name, error);
    return readUnverified(envelope, subject);
  }
}

function invalid(name: string, problem: string): FarmError {
  return new FarmError('RELEASE_INVALID', `Cannot copy "${name}": ${problem}`);
}

/** Whether an error is about one document, so that others can be copied all the same. */
function isRefusal(error: unknown): error is FarmError {
  const outside = ['BINHOST_UNAVAILABLE', 'BINHOST_DENIED', 'BINHOST_UNSUPPORTED', 'DISK_FULL', 'PERMISSION_DENIED'];
  return isFarmError(error) && !outside.includes(error.code);
}
