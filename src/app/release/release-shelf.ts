import type { Binhost, DocumentKind, StoredDocument } from '../../binhost/binhost.ts';
import type { Digest } from '../../core/digest-text.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import {
  type Channel,
  isReleaseName,
  parseChannel,
  parseRelease,
  parseWithdrawal,
  type Release,
  type ReleaseName,
  type Withdrawal,
} from '../../model/release.ts';
import { isTrustError, readUnverified, signStatement, verifyEnvelope } from '../../package/sign/envelope.ts';
import type { PublicKey, SecretKey } from '../../package/sign/key-file.ts';

/** The releases and channels of a farm in a binhost; what is read was signed by a trusted key. */
export interface ReleaseShelf {
  /** @throws RELEASE_NOT_FOUND with the nearest name; KEY_REVOKED, KEY_UNKNOWN, SIGNATURE_INVALID, RELEASE_INVALID */
  readonly readRelease: (name: string) => Promise<SignedRelease>;
  /** Undefined when there is no such channel.
   * @throws KEY_REVOKED, KEY_UNKNOWN, SIGNATURE_INVALID, RELEASE_INVALID */
  readonly readChannel: (name: string) => Promise<SignedChannel | undefined>;
  /** As `readChannel`, for who replaces it: one that only a revoked key has signed is read, too, for its serial and its digest alone. */
  readonly readReplacedChannel: (name: string) => Promise<SignedChannel | undefined>;
  /** Undefined when a release is not withdrawn. What only a revoked key has signed withdraws nothing.
   * @throws KEY_UNKNOWN, SIGNATURE_INVALID, RELEASE_INVALID */
  readonly readWithdrawal: (name: string) => Promise<Withdrawal | undefined>;
  readonly listReleases: () => Promise<readonly string[]>;
  readonly listChannels: () => Promise<readonly string[]>;
  /** @throws DOCUMENT_EXISTS when there is one of that name: a release never changes */
  readonly putRelease: (release: Release, key: SecretKey) => Promise<Digest>;
  /** @throws DOCUMENT_CHANGED when somebody else has moved it meanwhile */
  readonly putChannel: (channel: Channel, before: SignedChannel | undefined, key: SecretKey) => Promise<Digest>;
  /** @throws DOCUMENT_EXISTS when it was withdrawn already: that is never taken back */
  readonly putWithdrawal: (withdrawal: Withdrawal, key: SecretKey) => Promise<Digest>;
}

/** How strictly a shelf reads. */
export interface ShelfOptions {
  /** Is told of what no trusted key has signed, which is then used all the same: for `--insecure` alone. Without it, that is an error. */
  readonly onUntrusted?: (kind: DocumentKind, name: string, error: FarmError) => void;
}

/** A release with the digest of its document. */
export interface SignedRelease {
  readonly release: Release;
  readonly digest: Digest;
}

/** A channel with the digest of its document. */
export interface SignedChannel {
  readonly channel: Channel;
  readonly digest: Digest;
}

/** Opens the shelf of a farm's releases. */
export function openReleaseShelf(
  binhost: Binhost,
  trusted: readonly PublicKey[],
  { onUntrusted }: ShelfOptions = {},
): ReleaseShelf {
  const statementIn = ({ kind, name, envelope }: StoredDocument) => {
    const subject = `${kind} "${name}"`;
    try {
      return verifyEnvelope(envelope, trusted, subject);
    } catch (error) {
      if (onUntrusted === undefined || !isTrustError(error)) throw error;
      const statement = readUnverified(envelope, subject);
      onUntrusted(kind, name, error);
      return statement;
    }
  };
  const find = (kind: DocumentKind, name: string) => binhost.getDocument(kind, parseReleaseName(name));
  const channelIn = (stored: StoredDocument, statement: unknown): SignedChannel => {
    const parsed = parseChannel(statement);
    if ('problem' in parsed) throw releaseInvalid(stored.name, parsed.problem);
    if (parsed.channel.name !== stored.name)
      throw releaseInvalid(stored.name, `it is channel "${parsed.channel.name}"`);
    return { channel: parsed.channel, digest: stored.digest };
  };
  return {
    readRelease: async (name) => {
      const stored = await find('release', name);
      if (stored === undefined) throw releaseNotFound(name, await binhost.listDocuments('release'));
      const parsed = parseRelease(statementIn(stored));
      if ('problem' in parsed) throw releaseInvalid(name, parsed.problem);
      if (parsed.release.name !== name) throw releaseInvalid(name, `it is release "${parsed.release.name}"`);
      return { release: parsed.release, digest: stored.digest };
    },
    readChannel: async (name) => {
      const stored = await find('channel', name);
      return stored === undefined ? undefined : channelIn(stored, statementIn(stored));
    },
    readReplacedChannel: async (name) => {
      const stored = await find('channel', name);
      if (stored === undefined) return undefined;
      try {
        return channelIn(stored, statementIn(stored));
      } catch (error) {
        if (!isFarmError(error, 'KEY_REVOKED')) throw error;
        return channelIn(stored, readUnverified(stored.envelope));
      }
    },
    readWithdrawal: async (name) => {
      const stored = await find('withdrawal', name);
      if (stored === undefined) return undefined;
      const statement = unlessRevoked(() => statementIn(stored));
      if (statement === undefined) return undefined;
      const parsed = parseWithdrawal(statement);
      if ('problem' in parsed) throw releaseInvalid(name, parsed.problem);
      if (parsed.withdrawal.name !== name) throw releaseInvalid(name, `it withdraws "${parsed.withdrawal.name}"`);
      return parsed.withdrawal;
    },
    listReleases: () => binhost.listDocuments('release'),
    listChannels: () => binhost.listDocuments('channel'),
    putRelease: async (release, key) => {
      const upload = { envelope: signStatement(release, key), replace: false };
      return (await binhost.putDocument('release', release.name, upload)).digest;
    },
    putChannel: async (channel, before, key) => {
      const seen = before === undefined ? {} : { ifCurrent: before.digest };
      const upload = { envelope: signStatement(channel, key), replace: true, ...seen };
      return (await binhost.putDocument('channel', channel.name, upload)).digest;
    },
    putWithdrawal: async (withdrawal, key) => {
      const upload = { envelope: signStatement(withdrawal, key), replace: false };
      return (await binhost.putDocument('withdrawal', withdrawal.name, upload)).digest;
    },
  };
}

function unlessRevoked<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (isFarmError(error, 'KEY_REVOKED')) return undefined;
    throw error;
  }
}

/** Parses the name of a release or channel.
 * @throws NAME_INVALID */
export function parseReleaseName(text: string): ReleaseName {
  if (isReleaseName(text)) return text;
  throw new FarmError(
    'NAME_INVALID',
    `Cannot use "${text}" as the name of a release or channel: it has characters that are not allowed`,
    {
      hint: 'A name has lower-case letters, digits, ".", "_" and "-", and begins with a letter or digit',
    },
  );
}

function releaseNotFound(name: string, names: readonly string[]): FarmError {
  const near = nearestName(name, names);
  const known = names.length === 0 ? 'binfarm release create NAME makes the first' : `There are ${names.join(', ')}`;
  return new FarmError('RELEASE_NOT_FOUND', `Cannot find release "${name}": the binhost does not have it`, {
    hint: near === undefined ? known : `Did you mean "${near}"?`,
  });
}

function releaseInvalid(name: string, problem: string): FarmError {
  return new FarmError('RELEASE_INVALID', `Cannot use "${name}": ${problem}`, {
    hint: 'It was signed, but not by this kind of binfarm; update binfarm',
  });
}
