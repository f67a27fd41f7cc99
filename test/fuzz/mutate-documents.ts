import { execFileSync } from 'node:child_process';
import { sign } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../src/core/digest.ts';
import { formatCanonicalJson } from '../../src/core/json.ts';
import {
  type Envelope,
  formatPreAuthentication,
  signStatement,
  statementType,
} from '../../src/package/sign/envelope.ts';
import type { CaseContent } from './fuzz-case.ts';
import type { FuzzScene } from './fuzz-scene.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { evilJsonText, evilTexts, mutateJson } from './mutate-json.ts';
import { mutateRelease } from './mutate-release.ts';
import type { Random } from './random.ts';
import {
  channelOf,
  documentsOf,
  formatDocumentManifest,
  makeRawBinhost,
  type RawBinhost,
  releaseOf,
  sampleFarm,
  shipDocument,
  shipPackage,
} from './sample-farm.ts';

/** A binhost that is right, with what is needed to make it wrong. */
interface Bench {
  readonly scene: FuzzScene;
  readonly random: Random;
  readonly binhost: RawBinhost;
  readonly folder: string;
}

const everything = ['installRelease', 'installChannel', 'readShelf', 'check'] as const;

/** Makes a binhost whose documents are wrong: releases, channels, envelopes, manifests, lists, or the files that they should be in. */
export function mutateDocuments(scene: FuzzScene, random: Random, folder: string): CaseContent {
  const binhost = makeRawBinhost(join(folder, 'binhost'));
  const bench = { scene, random, binhost, folder };
  const honest = [scene.honest, scene.beta];
  for (const item of honest) shipPackage(binhost, item, documentsOf(item, scene.key));
  const release = shipRelease(bench, releaseOf(honest));
  shipChannel(bench, channelOf(release));
  const kinds = [evilRelease, anyRelease, anyChannel, anyEnvelope, anyText, anyManifest, anyList, anyFile];
  const says = random.pick(kinds)(bench);
  const remote = random.oneIn(3) && !says.startsWith('file');
  if (!remote) return { says, attempts: everything };
  const location = random.oneIn(2) ? scene.url : scene.url.replace('http://', 'oci://');
  return { says: `${says} (${location.slice(0, 4)})`, location, attempts: ['readShelf', 'check'] };
}

function shipRelease({ binhost, scene }: Bench, release: unknown): string {
  return shipDocument(binhost, 'release', formatCanonicalJson(signStatement(release as { type: string }, scene.key)));
}

function shipChannel({ binhost, scene }: Bench, channel: unknown): string {
  return shipDocument(binhost, 'channel', formatCanonicalJson(signStatement(channel as { type: string }, scene.key)));
}

/** A release that its farm has signed, and that is hostile all the same. */
function evilRelease(bench: Bench): string {
  const { scene, random } = bench;
  const { says, value } = mutateRelease(releaseOf([scene.honest, scene.beta]), random);
  shipChannel(bench, channelOf(shipRelease(bench, value)));
  return `release: ${says}`;
}

function anyRelease(bench: Bench): string {
  const { says, value } = mutateJson(releaseOf([bench.scene.honest, bench.scene.beta]), bench.random);
  shipChannel(bench, channelOf(shipRelease(bench, value)));
  return `release: ${says}`;
}

function anyChannel(bench: Bench): string {
  const { scene, random } = bench;
  const release = shipRelease(bench, releaseOf([scene.honest, scene.beta]));
  const { says, value } = mutateJson(channelOf(random.oneIn(4) ? digestOf('other') : release), random);
  shipChannel(bench, value);
  return `channel: ${says}`;
}

/** An envelope that nobody has signed as it is. */
function anyEnvelope({ scene, random, binhost }: Bench): string {
  const kind = random.pick(['release', 'channel'] as const);
  const statement = kind === 'release' ? releaseOf([scene.honest, scene.beta]) : channelOf(digestOf(''));
  const honest = signStatement(statement, scene.key);
  const forgeries: Readonly<Record<string, () => unknown>> = {
    'any place of it': () => mutateJson(honest, random).value,
    'another statement': () => ({
      ...honest,
      payload: Buffer.from(formatCanonicalJson({ ...statement, notes: 'x' })).toString('base64'),
    }),
    'a payload that is no JSON': () => signText(evilJsonText(random, 100_000).text, scene),
    'a statement about something else': () =>
      signStatement({ type: 'package', name: 'alpha' } as { type: string }, scene.key),
    'a signature too many': () => ({ ...honest, signatures: Array.from({ length: 40 }, () => honest.signatures[0]) }),
    'no signature': () => ({ ...honest, signatures: [] }),
    'a signature of noise': () => ({
      ...honest,
      signatures: [{ keyid: scene.key.id, sig: random.bytes(64).toString('base64') }],
    }),
    'a key that nobody knows': () => ({ ...honest, signatures: [{ ...honest.signatures[0], keyid: '0'.repeat(16) }] }),
    'another type of payload': () => ({ ...honest, payloadType: 'text/plain' }),
    'base64 with line ends': () => ({
      ...honest,
      payload: `${honest.payload.slice(0, 76)}\n${honest.payload.slice(76)}`,
    }),
    null: () => null,
  };
  const says = random.pick(Object.keys(forgeries));
  shipDocument(binhost, kind, JSON.stringify(forgeries[says]!()));
  return `envelope of a ${kind}: ${says}`;
}

/** An envelope over any bytes, properly signed: what a farm would give away only with its key. */
function signText(text: string, { key }: FuzzScene): Envelope {
  const payload = Buffer.from(text);
  const signature = sign(null, formatPreAuthentication(statementType, payload), key.key).toString('base64');
  return {
    payloadType: statementType,
    payload: payload.toString('base64'),
    signatures: [{ keyid: key.id, sig: signature }],
  };
}

/** A document that is no envelope at all, under a digest that is right. */
function anyText({ random, binhost, scene }: Bench): string {
  const kind = random.pick(['release', 'channel'] as const);
  if (random.oneIn(2)) {
    const { says, text } = evilJsonText(random, random.oneIn(10) ? 20_000_000 : 100_000);
    shipDocument(binhost, kind, text);
    return `document: ${says}`;
  }
  const honest = Buffer.from(formatCanonicalJson(signStatement(releaseOf([scene.honest]), scene.key)));
  const { says, bytes } = mutateBytes(honest, random);
  const digest = random.oneIn(2) ? digestOf(bytes) : digestOf(honest);
  const name = kind === 'release' ? sampleFarm.release : sampleFarm.channel;
  binhost.write(`${kind}s/blobs/${digest}`, bytes);
  binhost.write(`${kind}s/manifests/${name}`, formatDocumentManifest(kind, name, { digest, size: bytes.length }));
  return `document: ${says}`;
}

/** An OCI manifest that is wrong, or an index in its place, which may lead to itself. */
function anyManifest({ random, binhost, scene }: Bench): string {
  const { manifest } = documentsOf(scene.honest, scene.key);
  const { name, buildHash } = scene.honest.manifest;
  const places = [
    `${name}/manifests/${buildHash}`,
    `releases/manifests/${sampleFarm.release}`,
    `channels/manifests/${sampleFarm.channel}`,
  ];
  const place = random.pick(places);
  const self = digestOf('self');
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json' };
  const forms: Readonly<Record<string, () => string | Buffer>> = {
    'any place of it': () => JSON.stringify(mutateJson(JSON.parse(manifest), random).value),
    'bytes of it': () => mutateBytes(Buffer.from(manifest), random).bytes,
    text: () => evilJsonText(random, random.oneIn(4) ? 4_000_000 : 50_000).text,
    'an index': () => JSON.stringify({ ...index, manifests: [{ digest: digestOf(manifest), size: manifest.length }] }),
    'an index that leads to itself': () => {
      const text = JSON.stringify({
        ...index,
        manifests: [{ digest: self, size: 1 }, { digest: '../../../canary' }, { digest: buildHash }],
      });
      binhost.write(`${name}/manifests/${self}`, text);
      return text;
    },
    'digests that are paths': () => manifest.replaceAll(/sha256:[0-9a-f]{64}/g, '../../../../canary'),
    'a manifest with thousands of layers': () => {
      const { layers, ...rest } = JSON.parse(manifest) as { layers: unknown[] };
      return JSON.stringify({ ...rest, layers: Array.from({ length: 5000 }, () => layers[0]) });
    },
    'a size beyond all': () => manifest.replaceAll(/"size":\d+/g, '"size":9007199254740991'),
    'too many bytes': () => `${manifest}${' '.repeat(5_000_000)}`,
  };
  const says = random.pick(Object.keys(forms));
  binhost.write(place, forms[says]!());
  return `manifest of ${place.split('/')[0]}: ${says}`;
}

function anyList({ random, binhost, scene }: Bench): string {
  const { name } = scene.honest.manifest;
  const forms: Readonly<Record<string, () => string>> = {
    text: () => evilJsonText(random, random.oneIn(5) ? 30_000_000 : 100_000).text,
    'evil names': () => JSON.stringify({ tags: evilTexts, repositories: evilTexts.map((text) => `nova/${text}`) }),
    numbers: () => JSON.stringify({ tags: [1, null, {}], repositories: [1] }),
    null: () => JSON.stringify({ tags: null, repositories: null }),
    'hashes of nothing': () => {
      const tags = Array.from({ length: 300 }, (_, index) => digestOf(String(index)).slice(7));
      return JSON.stringify({ tags, repositories: tags.map((tag) => `nova/${tag.slice(0, 20)}`) });
    },
  };
  const says = random.pick(Object.keys(forms));
  for (const place of [`${name}/tags/list`, 'releases/tags/list', '../_catalog']) binhost.write(place, forms[says]!());
  return `list: ${says}`;
}

/** Something other than a file, where a file should be. */
function anyFile({ random, folder, scene }: Bench): string {
  const { name, buildHash } = scene.honest.manifest;
  const places = [
    `${name}/manifests/${buildHash}`,
    `${name}/blobs/${scene.honest.blob.digest}`,
    `releases/manifests/${sampleFarm.release}`,
    `channels/manifests/${sampleFarm.channel}`,
  ];
  const path = join(folder, 'binhost/v2/nova', random.pick(places));
  rmSync(path);
  const forms: Readonly<Record<string, () => void>> = {
    'a folder': () => mkdirSync(path),
    'a pipe': () => execFileSync('mkfifo', [path]),
    'a link to itself': () => symlinkSync(path, path),
    'a link to nothing': () => symlinkSync('nowhere', path),
    'a device without end': () => symlinkSync('/dev/zero', path),
    'a file of a terabyte': () => {
      writeFileSync(path, '{');
      truncateSync(path, 2 ** 40);
    },
    nothing: () => undefined,
  };
  const says = random.pick(Object.keys(forms));
  forms[says]!();
  return `file: ${says}`;
}
