import * as v from 'valibot';
import { digestOf } from '../core/digest.ts';
import { type Digest, isDigest } from '../core/digest-text.ts';
import { FarmError } from '../core/farm-error.ts';
import { formatCanonicalJson } from '../core/json.ts';
import { isProgramSystem, type ProgramSystem } from '../model/program.ts';
import type { Envelope } from '../package/sign/envelope.ts';
import type { Depot } from './depot.ts';
import { emptyConfig, ociTypes } from './oci-types.ts';
import { refuseReadOnly } from './refuse-read-only.ts';
import { programRepository } from './repository-name.ts';

/** A blob by what it is. */
export interface ProgramBlob {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** A program as a binhost has it; nothing in it is believed before the envelope is verified. */
export interface StoredProgram {
  readonly system: ProgramSystem;
  /** Of the manifest, which changes with the envelope. */
  readonly digest: Digest;
  readonly envelope: unknown;
  readonly blob: ProgramBlob;
  readonly location: string;
}

/** A program to be put: its blob on this machine, and the signed statement about it. */
export interface ProgramUpload {
  readonly system: ProgramSystem;
  readonly envelope: Envelope;
  readonly blob: ProgramBlob & { readonly path: string };
  /** The digest of the one that the caller has seen; absent when it has seen none. */
  readonly ifCurrent?: Digest;
}

/** The part of a binhost that keeps binfarm's own executable, one for each system; it fails as all of a binhost does. */
export interface ProgramShelf {
  /** Undefined when there is none for that system.
   * @throws DOCUMENT_DAMAGED */
  readonly find: (system: ProgramSystem) => Promise<StoredProgram | undefined>;
  /** The systems that it has a program for, sorted. */
  readonly list: () => Promise<readonly ProgramSystem[]>;
  /** The bytes of the blob; the reader verifies the digest. */
  readonly openBlob: (stored: StoredProgram) => AsyncIterable<Buffer>;
  /** Where the blob lies below the binhost's location. */
  readonly blobPath: (stored: StoredProgram) => string;
  /** Replaces the program of a system.
   * @throws DOCUMENT_CHANGED when the current one is not what the caller has seen; BINHOST_UNSUPPORTED, DISK_FULL, PERMISSION_DENIED */
  readonly put: (upload: ProgramUpload) => Promise<StoredProgram>;
}

const largestEnvelope = 1 << 16;
const largestBlob = 1 << 30;

const digest = v.custom<Digest>((input) => typeof input === 'string' && isDigest(input), 'it must be a sha256 digest');
const sizeUpTo = (most: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(most));
const schema = v.object({
  layers: v.strictTuple([
    v.object({ mediaType: v.literal(ociTypes.envelope), digest, size: sizeUpTo(largestEnvelope) }),
    v.object({ mediaType: v.literal(ociTypes.gzip), digest, size: sizeUpTo(largestBlob) }),
  ]),
});

/** The files that an envelope and a program's blob become in a binhost: an OCI artifact of two layers. */
export function formatProgramArtifact({
  system,
  envelope,
  blob,
}: Pick<ProgramUpload, 'system' | 'envelope'> & { readonly blob: ProgramBlob }): {
  readonly envelope: { readonly text: string; readonly digest: Digest };
  readonly manifest: string;
} {
  const text = formatCanonicalJson(envelope);
  const signed = { text, digest: digestOf(text) };
  const manifest = formatCanonicalJson({
    schemaVersion: 2,
    mediaType: ociTypes.manifest,
    artifactType: ociTypes.program,
    config: { mediaType: ociTypes.empty, digest: emptyConfig.digest, size: emptyConfig.size },
    layers: [
      { mediaType: ociTypes.envelope, digest: signed.digest, size: Buffer.byteLength(text) },
      { mediaType: ociTypes.gzip, digest: blob.digest, size: blob.size },
    ],
    annotations: { 'org.opencontainers.image.title': `binfarm for ${system}` },
  });
  return { envelope: signed, manifest };
}

/** Makes the part of a binhost that keeps programs. */
export function createProgramShelf(depot: Depot, farm: string): ProgramShelf {
  const repository = programRepository(farm);

  const find = async (system: ProgramSystem): Promise<StoredProgram | undefined> => {
    const manifest = await depot.readManifest(repository, system);
    if (manifest === undefined) return undefined;
    const parsed = v.safeParse(schema, parseJson(manifest));
    if (!parsed.success) throw damaged(system, depot.location, 'its manifest is damaged');
    const [signed, blob] = parsed.output.layers;
    const chunks: Buffer[] = [];
    for await (const chunk of depot.openBlob(repository, signed, 0)) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (digestOf(bytes) !== signed.digest) throw damaged(system, depot.location, 'it does not match its digest');
    const { location } = depot;
    return { system, digest: digestOf(manifest), envelope: parseJson(bytes.toString('utf8')), blob, location };
  };

  const put = async (upload: ProgramUpload): Promise<StoredProgram> => {
    const { system, envelope, blob, ifCurrent } = upload;
    refuseReadOnly(depot, `put the program for "${system}" into`);
    const artifact = formatProgramArtifact(upload);
    await depot.exclusively(repository, async () => {
      await depot.sweep(repository, { remove: true });
      const { text } = artifact.envelope;
      await depot.writeBlob(repository, { ...blob, content: { path: blob.path, isVerified: false } });
      await depot.writeBlob(repository, {
        digest: artifact.envelope.digest,
        size: Buffer.byteLength(text),
        content: { text },
      });
      await depot.writeBlob(repository, { ...emptyConfig, content: { text: emptyConfig.text } });
      const source = { mediaType: ociTypes.manifest, text: artifact.manifest };
      if (await depot.writeManifest(repository, system, source, ifCurrent)) return;
      throw new FarmError(
        'DOCUMENT_CHANGED',
        `Cannot put the program for "${system}" into "${depot.location}": somebody else has changed it in the meantime`,
        { hint: 'Look at it as it is now, and try again' },
      );
    });
    return { system, digest: digestOf(artifact.manifest), envelope, blob, location: depot.location };
  };

  return {
    find,
    put,
    list: async () => (await depot.listTags(repository)).filter(isProgramSystem).toSorted(),
    openBlob: ({ blob }) => depot.openBlob(repository, blob, 0),
    blobPath: ({ blob }) => `v2/${depot.registry?.prefix ?? ''}${repository}/blobs/${blob.digest}`,
  };
}

function damaged(system: string, location: string, state: string): FarmError {
  return new FarmError('DOCUMENT_DAMAGED', `Cannot use the program for "${system}" in "${location}": ${state}`, {
    hint: 'binfarm bootstrap push puts it there again',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
