import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../src/core/digest.ts';
import { type ComposedPackage, composePackage } from './compose-package.ts';
import type { CaseContent, FuzzCase } from './fuzz-case.ts';
import { type FuzzScene, shipFarm } from './fuzz-scene.ts';
import { mutateArea } from './mutate-area.ts';
import { mutateBundle } from './mutate-bundle.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateDocuments } from './mutate-documents.ts';
import { mutateFrames } from './mutate-frames.ts';
import { mutateManifest } from './mutate-manifest.ts';
import { createRandom, type Random } from './random.ts';
import { makeRawBinhost, type ShippedPackage } from './sample-farm.ts';

/** Makes the case of a seed in the scene's folder `case`, in place of the one before. */
export async function makeCase(scene: FuzzScene, seed: number): Promise<FuzzCase> {
  const random = createRandom(seed);
  const folder = join(scene.folder, 'case');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'canary'), 'beside the case');
  const { attempts, ...content } = await makeContent(scene, random, folder);
  return { seed, folder, ...content, attempts: random.oneIn(25) ? [...attempts, 'commandLine'] : attempts };
}

async function makeContent(scene: FuzzScene, random: Random, folder: string): Promise<CaseContent> {
  const kind = random.below(22);
  if (kind < 9) return await makePackageCase(scene, random, folder);
  if (kind < 17) return await mutateDocuments(scene, random, folder);
  return kind < 20 ? mutateArea(scene, random, folder) : mutateBundle(scene, random, folder);
}

async function makePackageCase(scene: FuzzScene, random: Random, folder: string): Promise<CaseContent> {
  const sample = random.oneIn(16) ? scene.wide : scene.alpha;
  const kind = random.below(9);
  if (kind === 0) return makeBlobCase(scene, random, folder);
  const isManifest = kind <= 4;
  const mutation = isManifest ? mutateManifest(sample, random) : mutateFrames(sample, random);
  const blob = await composePackage(mutation.design);
  const inTail = 'inTail' in mutation && mutation.inTail;
  writePackageCase(scene, { manifest: sample.manifest, blob }, folder);
  return {
    says: mutation.says,
    digest: blob.digest,
    isForm: mutation.isForm,
    attempts: inTail
      ? ['verify', 'unpack', 'check']
      : ['verify', 'readManifest', 'unpack', 'unpackSigned', 'installRelease', 'check'],
  };
}

/** Changes the bytes of a blob: either nobody signed that, or the signatures fit the changed bytes. */
async function makeBlobCase(scene: FuzzScene, random: Random, folder: string): Promise<CaseContent> {
  const { says, bytes } = mutateBytes(scene.honest.blob.bytes, random);
  const isSigned = random.oneIn(2) && bytes.length > 0;
  const claimed: ComposedPackage = isSigned
    ? { ...scene.honest.blob, digest: digestOf(bytes), size: bytes.length }
    : scene.honest.blob;
  writePackageCase(scene, { manifest: scene.alpha.manifest, blob: { ...claimed, bytes } }, folder);
  const attempts = [
    'verify',
    'unpack',
    'check',
    ...(isSigned ? [] : ['unpackSigned', 'installRelease', 'installChannel']),
  ] as const;
  return {
    says: `blob: ${says}${isSigned ? ', signed' : ''}`,
    digest: claimed.digest,
    attempts: attempts as FuzzCase['attempts'],
  };
}

function writePackageCase(scene: FuzzScene, item: ShippedPackage, folder: string): void {
  writeFileSync(join(folder, 'blob'), item.blob.bytes);
  shipFarm(makeRawBinhost(join(folder, 'binhost')), [item, scene.beta], scene.key);
}
