import { parseJsonWithin } from '../../../core/parse-json-within.ts';
import type { ReadingRoom } from '../catalog/fetch-database.ts';
import { invalid } from '../format/invalid.ts';
import { formatObjectHash, hashOfBytes, type ObjectHash, type ObjectKind, objectKey } from '../format/object-hash.ts';
import { type Manifest, manifestFile } from '../format/parse-manifest.ts';
import { parseWhitelist, type Whitelist, whitelistFile } from '../format/parse-whitelist.ts';
import { mostBytes } from '../limits.ts';
import { readObject, readTopFile } from '../objects/read-object.ts';
import { type Believed, readManifest } from '../read-trust.ts';
import { type Certificate, checkWhitelist, readCertificate } from '../trust/read-certificate.ts';
import { verifyBareSignature, verifyDigestSignature } from '../trust/verify-signatures.ts';
import type { CheckReport } from './check-report.ts';

const day = 86_400_000;
const soon = 14 * day;
const mostJsonValues = 100_000;

/** Checks every link of the chain from the master key to the manifest, each on its own; undefined when there is no manifest to go on with.
 * @throws CVMFS_NOT_FOUND, CVMFS_UNAVAILABLE */
export async function checkTrust(
  room: ReadingRoom,
  believed: Believed,
  report: CheckReport,
): Promise<Manifest | undefined> {
  const { attempt } = report;
  const manifest = await attempt(async () => await readManifest(room.source, believed, room));
  const whitelist = await attempt(async () => await readWhitelist(room));
  if (whitelist !== undefined) {
    await attempt(() => verifyBareSignature(whitelistFile, whitelist.signed, believed.keys));
  }
  if (manifest === undefined) return undefined;
  const certificate = await attempt(async () => await readCertificate(room.source, manifest, room));
  if (certificate !== undefined) {
    await attempt(() => verifyDigestSignature(manifestFile, manifest.signed, certificate.x509.publicKey));
    if (whitelist !== undefined) {
      await attempt(() => checkWhitelist(whitelist, certificate, { name: manifest.name, now: believed.now }));
    }
  }
  warnOfTimes({ manifest, whitelist, certificate }, believed.now, report);
  return manifest;
}

async function readWhitelist(room: ReadingRoom): Promise<Whitelist> {
  const bytes = await readTopFile(room.source, { name: whitelistFile, limit: mostBytes.whitelist }, room);
  if (bytes === undefined) throw invalid(whitelistFile, 'it is missing');
  return parseWhitelist(bytes);
}

function warnOfTimes(
  trust: {
    readonly manifest: Manifest;
    readonly whitelist: Whitelist | undefined;
    readonly certificate: Certificate | undefined;
  },
  now: number,
  report: CheckReport,
): void {
  const { manifest, whitelist, certificate } = trust;
  if (whitelist !== undefined && whitelist.expires > now && whitelist.expires < now + soon) {
    report.warn(whitelistFile, `it expires at ${new Date(whitelist.expires).toISOString()}: have it signed anew`);
  }
  if (manifest.published * 1000 > now + day)
    report.warn(manifestFile, 'it was published in the future: its clock, or this one, is wrong');
  if (manifest.unknown.length > 0) report.warn(manifestFile, `it has unknown lines ${manifest.unknown.join(', ')}`);
  if (certificate === undefined) return;
  const { validTo, publicKey } = certificate.x509;
  if (Date.parse(validTo) < now)
    report.warn(certificate.file, `it has expired on ${validTo}, which clients do not look at`);
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < 2048) report.warn(certificate.file, `its key has ${bits} bits, which is too few today`);
}

/** Checks what a manifest names beside its catalog: the description of the repository, and the copies for servers that protect their data. */
export async function checkExtras(room: ReadingRoom, manifest: Manifest, report: CheckReport): Promise<void> {
  const { metainfo: hash } = manifest;
  if (hash !== undefined) {
    const file = objectKey(hash, 'metainfo');
    const reference = { hash, kind: 'metainfo', isCompressed: true, limit: mostBytes.metainfo } as const;
    const bytes = await report.attempt(async () => await readObject(room.source, reference, room));
    if (bytes !== undefined && parseJsonWithin(bytes.toString('utf8'), mostJsonValues) === undefined) {
      report.fault(file, 'it is no JSON');
    }
  }
  if (!manifest.alternativePaths) return;
  const named: readonly (readonly [ObjectKind, ObjectHash | undefined])[] = [
    ['catalog', manifest.root],
    ['certificate', manifest.certificate],
    ['history', manifest.history],
    ['metainfo', hash],
  ];
  for (const [kind, wanted] of named) if (wanted !== undefined) await checkAlternative(room, { kind, wanted }, report);
}

async function checkAlternative(
  room: ReadingRoom,
  { kind, wanted }: { readonly kind: ObjectKind; readonly wanted: ObjectHash },
  report: CheckReport,
): Promise<void> {
  const name = `.cvmfsalt-${objectKey(wanted, kind).slice('data/'.length).replace('/', '')}`;
  const bytes = await report.attempt(
    async () => await readTopFile(room.source, { name, limit: mostBytes.history }, room),
  );
  if (bytes === undefined) report.fault(name, 'it is missing, and the manifest says that there is such a copy');
  else if (hashOfBytes(wanted.algorithm, bytes).hex !== wanted.hex) {
    report.fault(name, `its bytes have not the hash ${formatObjectHash(wanted)}`);
  }
}
