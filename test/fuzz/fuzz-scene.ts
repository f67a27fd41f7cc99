import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { formatCanonicalJson } from '../../src/core/json.ts';
import { signStatement } from '../../src/package/sign/envelope.ts';
import type { SecretKey } from '../../src/package/sign/key-file.ts';
import { composePackage } from './compose-package.ts';
import {
  channelOf,
  documentsOf,
  makeRawBinhost,
  type RawBinhost,
  releaseOf,
  type ShippedPackage,
  shipDocument,
  shipPackage,
} from './sample-farm.ts';
import { makeSamplePackage, type SamplePackage } from './sample-package.ts';

/** What cases are made from: a farm that is right in everything. */
export interface FuzzScene {
  readonly folder: string;
  readonly key: SecretKey;
  readonly alpha: SamplePackage;
  readonly beta: ShippedPackage;
  readonly wide: SamplePackage;
  readonly honest: ShippedPackage;
  /** Where the files of the case's binhost are served. */
  readonly url: string;
}

/** Makes what all cases of a run share. */
export async function makeScene(folder: string, key: SecretKey): Promise<Omit<FuzzScene, 'url'>> {
  const alpha = makeSamplePackage('alpha');
  const other = makeSamplePackage('beta', [alpha.manifest]);
  const beta = { manifest: other.manifest, blob: await composePackage(other) };
  const honest = { manifest: alpha.manifest, blob: await composePackage(alpha) };
  return { folder, key, alpha, beta, honest, wide: makeSamplePackage('alpha', [], true) };
}

/** Writes the binhost of a case: every document follows from the packages and is signed. */
export function shipFarm(binhost: RawBinhost, items: readonly ShippedPackage[], key: SecretKey): void {
  for (const item of items) shipPackage(binhost, item, documentsOf(item, key));
  shipDocuments(binhost, items, key);
}

function shipDocuments(binhost: RawBinhost, items: readonly ShippedPackage[], key: SecretKey): void {
  const release = shipDocument(binhost, 'release', formatCanonicalJson(signStatement(releaseOf(items), key)));
  shipDocument(binhost, 'channel', formatCanonicalJson(signStatement(channelOf(release), key)));
}

/** Puts the area of the scene where the case's is: it has absolute links, so it was made at that path. */
export function restoreArea(scene: FuzzScene, folder: string): void {
  cpSync(join(scene.folder, 'area-template'), join(folder, 'area'), { recursive: true, verbatimSymlinks: true });
  shipFarm(makeRawBinhost(join(folder, 'binhost')), [scene.honest, scene.beta], scene.key);
  symlinkSync('nowhere', join(folder, 'dangling'));
}
