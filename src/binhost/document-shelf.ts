import { digestOf } from '../core/digest.ts';
import type { Digest } from '../core/digest-text.ts';
import { FarmError, isFarmError } from '../core/farm-error.ts';
import { parseJsonWithin } from '../core/parse-json-within.ts';
import { isReleaseName } from '../model/release.ts';
import type { Binhost, DocumentKind, DocumentUpload, StoredDocument } from './binhost.ts';
import type { Depot } from './depot.ts';
import { documentDamaged, formatDocumentArtifact, parseDocumentManifest } from './document-oci.ts';
import { emptyConfig, largestDocument, ociTypes } from './oci-types.ts';
import { refuseReadOnly } from './refuse-read-only.ts';
import { documentRepository } from './repository-name.ts';

/** More than a signed document's envelope has; the document itself is a text in it. */
const mostEnvelopeValues = 1000;

/** Makes the part of a binhost that keeps signed documents. */
export function createDocumentShelf(
  depot: Depot,
  farm: string,
): Pick<Binhost, 'getDocument' | 'putDocument' | 'listDocuments'> {
  const { location } = depot;

  const getDocument = async (kind: DocumentKind, name: string): Promise<StoredDocument | undefined> => {
    refuseName(name);
    const repository = documentRepository(farm, kind);
    const manifest = await depot.readManifest(repository, name);
    if (manifest === undefined) return undefined;
    const { digest, size } = parseDocumentManifest(manifest, name, location);
    const text = await readDocument(depot, repository, { name, digest, size });
    const envelope = parseJsonWithin(text, mostEnvelopeValues);
    if (envelope === undefined) throw documentDamaged(name, location, 'it is no envelope');
    return { kind, name, digest, envelope, location };
  };

  const putDocument = async (kind: DocumentKind, name: string, upload: DocumentUpload): Promise<StoredDocument> => {
    refuseName(name);
    refuseReadOnly(depot, `put ${kind} "${name}" into`);
    const repository = documentRepository(farm, kind);
    const { blob, manifest } = formatDocumentArtifact(kind, name, upload.envelope);
    if (blob.size > largestDocument) {
      throw new FarmError(
        'BINHOST_UNSUPPORTED',
        `Cannot put ${kind} "${name}" into "${location}": it has ${blob.size} bytes, and at most ${largestDocument} are read`,
      );
    }
    await depot.exclusively(repository, async () => {
      await depot.sweep(repository, { remove: true });
      const before = await depot.readManifest(repository, name);
      const current = before === undefined ? undefined : digestIn(before, name, location);
      if (current !== blob.digest) refuseReplacement({ kind, name, location, current }, upload);
      else if (await isDamaged(depot, repository, { name, ...blob })) await depot.removeBlob(repository, blob.digest);
      await depot.writeBlob(repository, blob);
      await depot.writeBlob(repository, { ...emptyConfig, content: { text: emptyConfig.text } });
      const source = { mediaType: ociTypes.manifest, text: manifest };
      const expected = before === undefined ? undefined : digestOf(before);
      if (!(await depot.writeManifest(repository, name, source, expected)))
        throw documentChanged({ kind, name, location });
    });
    return { kind, name, digest: blob.digest, envelope: upload.envelope, location };
  };

  return {
    getDocument,
    putDocument,
    listDocuments: async (kind) =>
      (await depot.listTags(documentRepository(farm, kind))).filter(isReleaseName).toSorted(),
  };
}

interface DocumentBlob {
  readonly name: string;
  readonly digest: Digest;
  readonly size: number;
}

async function isDamaged(depot: Depot, repository: string, blob: DocumentBlob): Promise<boolean> {
  return await readDocument(depot, repository, blob).then(
    () => false,
    (error) => {
      if (isFarmError(error, 'DOCUMENT_DAMAGED')) return true;
      throw error;
    },
  );
}

async function readDocument(depot: Depot, repository: string, { name, digest, size }: DocumentBlob): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of depot.openBlob(repository, { digest, size }, 0)) chunks.push(chunk);
  } catch (error) {
    if (!isFarmError(error, 'PACKAGE_DAMAGED')) throw error;
    throw documentDamaged(name, depot.location, 'it is missing or ends early');
  }
  const bytes = Buffer.concat(chunks);
  if (digestOf(bytes) !== digest) throw documentDamaged(name, depot.location, 'it does not match its digest');
  return bytes.toString('utf8');
}

interface Subject {
  readonly kind: DocumentKind;
  readonly name: string;
  readonly location: string;
  readonly current?: Digest | undefined;
}

/** What a manifest says that the document is; undefined for a damaged one, which may be replaced by whoever has seen it so. */
function digestIn(manifest: string, name: string, location: string): Digest | undefined {
  try {
    return parseDocumentManifest(manifest, name, location).digest;
  } catch (error) {
    if (isFarmError(error, 'DOCUMENT_DAMAGED')) return undefined;
    throw error;
  }
}

function refuseReplacement(subject: Subject, { replace, ifCurrent }: DocumentUpload): void {
  const { kind, name, location, current } = subject;
  const isPermanent = kind === 'release' || kind === 'withdrawal';
  if (current !== undefined && (isPermanent || !replace)) {
    throw new FarmError(
      'DOCUMENT_EXISTS',
      `Cannot put ${kind} "${name}" into "${location}": there is another of that name`,
      {
        hint:
          kind === 'release' ? 'A release is never replaced; take another name' : 'Ask for the replacement explicitly',
      },
    );
  }
  if (current !== ifCurrent) throw documentChanged(subject);
}

function documentChanged({ kind, name, location }: Subject): FarmError {
  return new FarmError(
    'DOCUMENT_CHANGED',
    `Cannot put ${kind} "${name}" into "${location}": somebody else has changed it in the meantime`,
    {
      hint: 'Look at it as it is now, and try again',
    },
  );
}

function refuseName(name: string): void {
  if (isReleaseName(name)) return;
  throw new FarmError(
    'NAME_INVALID',
    `Cannot use "${name}" as the name of a release or channel: it has characters that are not allowed`,
  );
}
