import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../src/core/digest.ts';
import { hexOf } from '../../src/core/digest-text.ts';
import { formatTarHeader, packageTime, paddingOf } from '../../src/package/archive/tar-header.ts';
import { fingerprintOf } from '../../src/package/sign/key-file.ts';
import type { CaseContent } from './fuzz-case.ts';
import { type FuzzScene, shipFarm } from './fuzz-scene.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { headerFields, mutateTarHeader } from './mutate-header.ts';
import { evilJsonText, mutateJson } from './mutate-json.ts';
import type { Random } from './random.ts';
import { makeRawBinhost, sampleFarm } from './sample-farm.ts';

/** A member of a bundle, or what stands for one: `head` is its header where that is not the right one. */
interface Member {
  readonly name: string;
  readonly bytes: Buffer;
  readonly head?: Buffer;
}

interface Bundle {
  readonly members: readonly Member[];
  readonly head: (payloadSize: number) => string;
  readonly payload: (payload: Buffer) => Buffer;
  readonly whole: (bytes: Buffer) => Buffer;
}

const faults: Readonly<Record<string, (bundle: Bundle, random: Random) => Bundle>> = {
  'bytes of the file': (bundle, random) => ({ ...bundle, whole: (bytes) => mutateBytes(bytes, random).bytes }),
  'bytes of the payload': (bundle, random) => ({ ...bundle, payload: (bytes) => mutateBytes(bytes, random).bytes }),
  'what it says of itself': (bundle, random) =>
    withFacts(bundle, (facts) => JSON.stringify(mutateJson(JSON.parse(facts), random).value)),
  'text in the place of what it says of itself': (bundle, random) =>
    withFacts(bundle, () => evilJsonText(random, 500_000).text),
  'a header of a member': (bundle, random) => {
    const index = random.below(bundle.members.length);
    const { name, bytes } = bundle.members[index]!;
    const head = headOf(name, bytes.length);
    mutateTarHeader(head, head.length - 512, random.pick(Object.keys(headerFields)), random);
    return { ...bundle, members: bundle.members.with(index, { name, bytes, head }) };
  },
  'an evil name': (bundle, random) => {
    const name = random.pick([
      '../../canary',
      '/etc/x',
      'v2/../../x',
      `v2/${'x'.repeat(600)}`,
      'a\nb',
      'ä',
      '',
      '.',
      'v2/nova/alpha/blobs/../../../x',
    ]);
    return { ...bundle, members: [...bundle.members, { name, bytes: Buffer.from('x') }] };
  },
  'a member twice': (bundle, random) => ({ ...bundle, members: [...bundle.members, random.pick(bundle.members)] }),
  'a member less': (bundle, random) => ({
    ...bundle,
    members: bundle.members.toSpliced(random.below(bundle.members.length), 1),
  }),
  'thousands of members': (bundle) => ({
    ...bundle,
    members: [
      ...bundle.members,
      ...Array.from({ length: 30_000 }, (_, index) => ({ name: `v2/x${index}`, bytes: Buffer.alloc(0) })),
    ],
  }),
  'members of other bytes': (bundle, random) => {
    const index = random.below(bundle.members.length);
    const { name, bytes } = bundle.members[index]!;
    return { ...bundle, members: bundle.members.with(index, { name, bytes: mutateBytes(bytes, random).bytes }) };
  },
  'a place that it is not at': (bundle, random) => {
    const offset = random.pick([0, 1, 4095, 8192, 99_999_999]);
    return { ...bundle, head: (size) => bundle.head(size).replace(/payload_offset=\d+/, `payload_offset=${offset}`) };
  },
  'a size that it has not': (bundle, random) => {
    const wrong = random.pick([0, 512, 1023, 999_999_999_999_999]);
    return { ...bundle, head: (size) => bundle.head(size).replace(/payload_size=\d+/, `payload_size=${wrong}`) };
  },
  'no end': (bundle) => ({ ...bundle, payload: (bytes) => bytes.subarray(0, -1024) }),
};

/** Makes a bundle, whole but for what is said. */
export function mutateBundle(scene: FuzzScene, random: Random, folder: string): CaseContent {
  const binhost = join(folder, 'binhost');
  shipFarm(makeRawBinhost(binhost), [scene.honest, scene.beta], scene.key);
  const honest = honestBundle(scene, binhost);
  const says = random.pick(Object.keys(faults));
  writeFileSync(join(folder, 'bundle.run'), formatBundle(faults[says]!(honest, random)));
  return { says: `bundle: ${says}`, attempts: ['installBundle'] };
}

function honestBundle(scene: FuzzScene, binhost: string): Bundle {
  const { id } = scene.key;
  const release = readFileSync(join(binhost, `v2/nova/releases/manifests/${sampleFarm.release}`), 'utf8');
  const facts = {
    format: 'binfarm.bundle/1',
    farm: sampleFarm.farm,
    release: { name: sampleFarm.release, digest: JSON.parse(release).layers[0].digest },
    platforms: [scene.alpha.manifest.platform],
    keys: [{ id, fingerprint: fingerprintOf(scene.key.public) }],
    systems: [],
  };
  const files = readdirSync(binhost, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !path.includes('/channels/'));
  return {
    members: [
      { name: 'bundle.json', bytes: Buffer.from(JSON.stringify(facts)) },
      { name: `keys/${id}.pub`, bytes: readFileSync(join(binhost, '../../farm.key.pub')) },
      ...paths.sort().map((path) => ({ name: path.slice(binhost.length + 1), bytes: readFileSync(path) })),
    ],
    head: (size) => `#!/bin/sh\n# binfarm.bundle/1\npayload_offset=4096\npayload_size=${size}\n`,
    payload: (payload) => payload,
    whole: (bytes) => bytes,
  };
}

function withFacts(bundle: Bundle, change: (facts: string) => string): Bundle {
  const [first, ...rest] = bundle.members;
  return { ...bundle, members: [{ name: first!.name, bytes: Buffer.from(change(first!.bytes.toString())) }, ...rest] };
}

function formatBundle({ members, head, payload, whole }: Bundle): Buffer {
  const parts = members.flatMap(({ name, bytes, head: own }) => [
    own ?? headOf(name, bytes.length),
    bytes,
    Buffer.alloc(paddingOf(bytes.length)),
  ]);
  const tar = payload(Buffer.concat([...parts, Buffer.alloc(1024)]));
  const text = Buffer.from(head(tar.length));
  const start = Buffer.concat([text, Buffer.alloc(Math.max(0, 4096 - text.length), '\n')]);
  return whole(Buffer.concat([start, tar, Buffer.from(`${hexOf(digestOf(tar))}\n`)]));
}

function headOf(name: string, size: number): Buffer {
  return formatTarHeader({ name, type: 'file', mode: 0o644, size, linkName: '' }, packageTime);
}
