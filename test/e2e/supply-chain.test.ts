import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { digestOf } from '../../src/core/digest.ts';
import { userCacheFolder } from '../../src/core/user-cache-folder.ts';
import { createKey } from '../../src/package/sign/key-file.ts';
import { startDockerRegistry } from '../fakes/docker-registry.ts';
import { startFaultRegistry } from '../fakes/fault-registry.ts';
import { call, callBeside } from './container-clients.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { makeReleaseFarm, type ReleaseFarm, voiceOf } from './release-fixture.ts';
import { runBinfarm } from './run-binfarm.ts';
import { startBinfarm } from './start-binfarm.ts';

interface Checked {
  readonly keys: readonly string[];
  readonly digest: string;
  readonly platforms: readonly { readonly packages: number; readonly digest: string; readonly release?: string }[];
  readonly faults: readonly { readonly subject: string; readonly says: string }[];
}

interface Descriptor {
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const top = makeTopFolder('supply-chain');
const layout = join(top, 'images');
const image = 'tiny/full:2026.1';
const packages = ['alpha', 'beta', 'gamma', 'delta'].map((name, index) => ({
  name,
  version: `${index + 1}.0`,
  bytes: index === 0 ? 200_000 : 20_000,
  needs: index === 0 ? [] : ['alpha'],
}));
const publish = 'publish: { images: [{ name: tiny/full, sets: [tiny], base: debian12 }] }\n';
let farm: ReleaseFarm;

before(async () => {
  farm = await makeReleaseFarm(join(top, 'farm'), [
    { name: '2026.1', packages, sets: { tiny: packages.map(({ name }) => name) } },
  ]);
  // bases of this machine take long to make, and are the same for all
  for (const name of ['bases', 'base-packages']) {
    mkdirSync(join(userCacheFolder(process.env), name), { recursive: true });
    mkdirSync(farm.environment.BINFARM_CACHE!, { recursive: true });
    symlinkSync(join(userCacheFolder(process.env), name), join(farm.environment.BINFARM_CACHE!, name));
  }
  const stack = join(farm.folder, 'binfarm.yaml');
  writeFileSync(stack, `${readFileSync(stack, 'utf8').replace(/^sets:\n.*\n/m, 'sets:\n  tiny: []\n')}${publish}`);
  run('image', 'build', '--to', `oci:${layout}`);
});

function run(...argv: readonly string[]): string {
  const { stdout, stderr, exitCode } = runBinfarm(argv, farm);
  assert.equal(exitCode, 0, stderr + stdout);
  return stdout;
}

/** Beside a server that is in this process. */
async function runBeside(...argv: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await startBinfarm(farm, argv).ended;
  assert.equal(exitCode, 0, stderr + stdout);
  return stdout;
}

/** Checks an image where there is neither a farm nor a network. */
function check(place: string, options: { readonly key?: string; readonly exitCode?: number } = {}): Checked {
  const launcher = join(import.meta.dirname, '../../bin/binfarm');
  const { key = farm.key, exitCode = 0 } = options;
  const argv = ['-Urn', launcher, 'image', 'verify', image, '--at', place, '--key', key, '--json'];
  const { stdout, stderr, status } = spawnSync('unshare', argv, { cwd: '/', encoding: 'utf8' });
  assert.equal(status, exitCode, stderr + stdout);
  return JSON.parse(stdout) as Checked;
}

function indexOf(folder: string): { manifests: Descriptor[] } {
  return JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { manifests: Descriptor[] };
}

function blobOf<Value>(folder: string, digest: string): Value {
  return JSON.parse(readFileSync(join(folder, 'blobs/sha256', digest.slice(7)), 'utf8')) as Value;
}

test('an image is signed as it is built, and is checked with nothing but itself and a key', () => {
  const { keys, faults, platforms } = check(`oci:${layout}`);
  assert.deepEqual(faults, []);
  assert.equal(keys.length, 1);
  assert.deepEqual(
    platforms.map((platform) => [platform.packages, platform.release]),
    [[4, 'tiny/2026.1']],
  );
  assert.match(run('image', 'verify', image, '--at', `oci:${layout}`), /4 packages as signed/);
});

test('everything that is attached is there under the fallback tag, and in no list of images', () => {
  const { manifests } = indexOf(layout);
  const names = manifests.map(({ annotations }) => annotations['org.opencontainers.image.ref.name']!);
  const { digest, platforms } = check(`oci:${layout}`);
  for (const subject of [digest, platforms[0]!.digest]) {
    assert.ok(names.includes(`tiny/full:${subject.replace(':', '-')}`));
    assert.ok(names.includes(`tiny/full:${subject.replace(':', '-')}.sig`));
  }
  const fallback = manifests[names.indexOf(`tiny/full:${platforms[0]!.digest.replace(':', '-')}`)]!;
  const list = blobOf<{ manifests: (Descriptor & { artifactType: string })[] }>(layout, fallback.digest).manifests;
  const predicates = list.flatMap(({ annotations }) => annotations['dev.sigstore.bundle.predicateType'] ?? []);
  assert.deepEqual(predicates.toSorted(), [
    'https://cyclonedx.org/bom',
    'https://sigstore.dev/cosign/sign/v1',
    'https://slsa.dev/provenance/v1',
    'https://spdx.dev/Document',
  ]);
  const types = list.map(({ artifactType }) => artifactType);
  for (const type of ['application/spdx+json', 'application/vnd.cyclonedx+json']) assert.ok(types.includes(type));
  assert.doesNotMatch(run('image', 'list', '--at', `oci:${layout}`), /sha256-/);
});

test('the image itself has its bills of materials, and one has the packages of Debian, too', () => {
  const folder = join(top, 'top-layer');
  mkdirSync(folder);
  const { layers } = blobOf<{ layers: Descriptor[] }>(layout, check(`oci:${layout}`).platforms[0]!.digest);
  const blob = join(layout, 'blobs/sha256', layers.at(-1)!.digest.slice(7));
  call('sh', ['-c', 'zstd -dcq "$0" | tar -xf - -C "$1"', blob, folder]);
  const bill = (name: string) => JSON.parse(readFileSync(join(folder, 'opt/tiny/.binfarm', name), 'utf8')) as object;
  const { packages: found } = bill('sbom.spdx.json') as { packages: { name: string; versionInfo: string }[] };
  for (const { name, version } of packages)
    assert.ok(found.some((item) => item.name === name && item.versionInfo === version));
  assert.ok(found.some((item) => item.name === 'libc6'));
  const { components } = bill('sbom.cdx.json') as { components: { purl?: string }[] };
  assert.ok(components.some(({ purl }) => purl?.startsWith('pkg:deb/debian/libc6@')));
});

test('built again, everything that is attached is the same', () => {
  const before = readFileSync(join(layout, 'index.json'), 'utf8');
  const other = join(top, 'again');
  run('image', 'build', '--to', `oci:${layout}`, '--to', `oci:${other}`);
  assert.equal(readFileSync(join(layout, 'index.json'), 'utf8'), before);
  assert.equal(readFileSync(join(other, 'index.json'), 'utf8'), before);
});

const damages: readonly { says: string; damage: (folder: string) => void; fault: RegExp }[] = [
  ...['package', 'group', 'base', 'top'].map((kind) => ({
    says: `a byte of its ${kind} layer is another`,
    damage: (folder: string) => changeLayer(folder, kind),
    fault: /^Cannot (read|use) the (image|layer|package)/,
  })),
  { says: 'nothing is attached to it', damage: (folder) => dropTags(folder, /:sha256-/), fault: /is not signed/ },
  {
    says: 'only its older signatures are left',
    damage: (folder) => dropTags(folder, /:sha256-[0-9a-f]{64}$/),
    fault: /is not signed/,
  },
  { says: 'its provenance is missing', damage: (folder) => dropAttachment(folder, /slsa/), fault: /has no provenance/ },
  { says: 'a bill of materials is missing', damage: (folder) => dropAttachment(folder, /spdx\.dev/), fault: /SPDX/ },
  {
    says: 'what was signed of its packages is missing',
    damage: (folder) => dropAttachment(folder, /statements/),
    fault: /nothing attached that its packages could be compared with/,
  },
];

for (const { says, damage, fault } of damages) {
  test(`the check of an image fails when ${says}`, () => {
    const folder = join(top, `damaged-${says.replaceAll(/\W/g, '-')}`);
    cpSync(layout, folder, { recursive: true });
    damage(folder);
    const { faults } = check(`oci:${folder}`, { exitCode: 1 });
    assert.ok(
      faults.some((item) => fault.test(item.says)),
      JSON.stringify(faults),
    );
  });
}

function changeLayer(folder: string, kind: string): void {
  const { platforms } = check(`oci:${folder}`);
  const { layers } = blobOf<{ layers: Descriptor[] }>(folder, platforms[0]!.digest);
  const layer = layers.find(({ annotations }) => annotations['org.binfarm.layer.kind'] === kind)!;
  const path = join(folder, 'blobs/sha256', layer.digest.slice(7));
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(path, bytes);
}

function dropTags(folder: string, names: RegExp): void {
  const { manifests, ...rest } = indexOf(folder);
  const kept = manifests.filter((item) => !names.test(item.annotations['org.opencontainers.image.ref.name']!));
  assert.notEqual(kept.length, manifests.length);
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ ...rest, manifests: kept }));
}

/** Takes something out of the lists of what is attached. */
function dropAttachment(folder: string, what: RegExp): void {
  const { manifests, ...rest } = indexOf(folder);
  const changed = manifests.map((item) => {
    if (!/:sha256-[0-9a-f]{64}$/.test(item.annotations['org.opencontainers.image.ref.name']!)) return item;
    const list = blobOf<{ manifests: Descriptor[] }>(folder, item.digest);
    const kept = list.manifests.filter((one) => !what.test(JSON.stringify(one)));
    const text = JSON.stringify({ ...list, manifests: kept });
    writeFileSync(join(folder, 'blobs/sha256', digestOf(text).slice(7)), text);
    return { ...item, digest: digestOf(text), size: Buffer.byteLength(text) };
  });
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ ...rest, manifests: changed }));
}

test('with another key than the farm’s, nothing of an image is believed', async () => {
  await createKey(join(top, 'stranger'));
  const { faults, keys, platforms } = check(`oci:${layout}`, { key: join(top, 'stranger.pub'), exitCode: 1 });
  assert.deepEqual([keys, platforms[0]!.packages], [[], 0]);
  assert.ok(faults.some(({ says }) => /none of the keys that were given has signed it/.test(says)));
});

test('docker-registry, which knows no referrers, gets the fallback tags, and the image is checked from there', async () => {
  const folder = join(top, 'registry');
  mkdirSync(folder);
  await using registry = await startDockerRegistry(folder);
  const place = `oci://${registry.host}/stack`;
  await runBeside('image', 'build', '--to', place);
  const verify = ['image', 'verify', image, '--at', place, '--key', farm.key, '--json'];
  const { faults, platforms, digest } = JSON.parse(await runBeside(...verify)) as Checked;
  assert.deepEqual([faults, platforms[0]!.packages], [[], 4]);
  const reference = `docker://${registry.host}/stack/tiny/full`;
  const about = JSON.parse(await callBeside('skopeo', ['inspect', '--tls-verify=false', `${reference}:2026.1`])) as {
    RepoTags: string[];
  };
  assert.ok(about.RepoTags.includes(`${digest.replace(':', '-')}.sig`));
  assert.ok(about.RepoTags.includes(digest.replace(':', '-')));
  assert.doesNotMatch(await runBeside('image', 'list', '--at', place), /sha256-/);
  // a policy compares this name with the one that the image was asked for by
  const tag = `${reference}:${digest.replace(':', '-')}.sig`;
  const raw = JSON.parse(await callBeside('skopeo', ['inspect', '--raw', '--tls-verify=false', tag])) as {
    layers: Descriptor[];
  };
  const answer = await fetch(`http://${registry.host}/v2/stack/tiny/full/blobs/${raw.layers[0]!.digest}`);
  const payload = (await answer.json()) as { critical: { identity: Record<string, string> } };
  assert.equal(payload.critical.identity['docker-reference'], `${registry.host}/stack/tiny/full`);
});

test('an image that is pushed takes along what is attached; a registry that lists it gets no fallback tag', async () => {
  await using registry = await startFaultRegistry({ referrers: true });
  const place = `oci://${registry.host}/stack`;
  await runBeside('image', 'push', image, place, '--at', `oci:${layout}`);
  const verify = ['image', 'verify', image, '--at', place, '--key', farm.key, '--json'];
  assert.deepEqual((JSON.parse(await runBeside(...verify)) as Checked).faults, []);
  const tags = registry.log.filter((line) => /^PUT .*\/manifests\/sha256-/.test(line));
  assert.equal(tags.length, 2);
  assert.ok(tags.every((line) => line.endsWith('.sig')));
});

const sif = join(top, 'tiny.sif');

test('an image becomes one signed file that siftool reads; the same release gives the same file', async () => {
  run('image', 'sif', '--output', sif, '--release', '2026.1', '--sign');
  const other = join(top, 'again.sif');
  run('image', 'sif', 'tiny/full', '--output', other, '--sign');
  assert.ok(readFileSync(sif).equals(readFileSync(other)));
  const list = call('siftool', ['list', sif]);
  for (const what of [
    'Def.FILE',
    'JSON.Generic',
    'SBOM (spdx-json)',
    'SBOM (cyclonedx-json)',
    'FS (Squashfs/*System/amd64)',
  ])
    assert.ok(list.includes(what), list);
  assert.match(call('siftool', ['dump', '1', sif]), /^Bootstrap: binfarm\nFrom: tiny\/2026\.1\n/);
  const checked = JSON.parse(run('image', 'verify', sif, '--key', farm.key, '--json')) as { packages: object };
  assert.equal(Object.keys(checked.packages).length, 4);
  const stranger = runBinfarm(['image', 'verify', sif, '--key', join(top, 'stranger.pub'), '--json'], farm);
  assert.match(stranger.stdout, /KEY_UNKNOWN/);
});

test('programs run in the tree that unsquashfs takes out of the file, with its environment', () => {
  const root = join(top, 'sif-root');
  const offset = /\|(\d+)-\d+ +\|FS/.exec(call('siftool', ['list', sif]))![1]!;
  call('unsquashfs', ['-q', '-n', '-o', offset, '-d', root, sif]);
  const binds = ['--ro-bind', root, '/', '--proc', '/proc', '--dev', '/dev', '--unshare-all', '--die-with-parent'];
  const script = '. /.singularity.d/env/90-environment.sh; for name in alpha beta gamma delta; do $name; done';
  const said = call('bwrap', [...binds, '--clearenv', '/bin/sh', '-c', script]);
  assert.equal(said, `${packages.map(voiceOf).join('\n')}\n`);
  assert.match(readFileSync(join(root, '.singularity.d/labels.json'), 'utf8'), /"tiny\/full"/);
  assert.ok(existsSync(join(root, 'opt/tiny/.binfarm/sbom.spdx.json')));
});

test('a SIF file that is changed, or not signed, is not believed', () => {
  const [changed, plain] = [join(top, 'changed.sif'), join(top, 'plain.sif')];
  const bytes = readFileSync(sif);
  bytes[bytes.length - 10_000]! ^= 1;
  writeFileSync(changed, bytes);
  run('image', 'sif', '--output', plain);
  for (const path of [changed, plain]) {
    const { stdout, exitCode } = runBinfarm(['image', 'verify', path, '--key', farm.key, '--json'], farm);
    assert.equal(exitCode, 1);
    assert.match(stdout, /SIGNATURE_INVALID/);
  }
});

test('killed in the middle, nothing is under the name of the file', async () => {
  const folder = join(top, 'killed');
  mkdirSync(folder);
  const output = join(folder, 'tiny.sif');
  const started = startBinfarm(farm, ['image', 'sif', '--output', output]);
  let ended = false;
  void started.ended.then(() => {
    ended = true;
  });
  while (!ended && readdirSync(folder).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  started.kill('SIGKILL', 'group');
  assert.equal((await started.ended).exitCode, null);
  assert.equal(existsSync(output), false);
});

test('on a full disk a SIF file is DISK_FULL, and nothing is left', () => {
  const folder = join(top, 'small');
  mkdirSync(folder);
  const launcher = join(import.meta.dirname, '../../bin/binfarm');
  const script =
    'mount -t tmpfs -o size=3m none "$0" && cd "$2" && "$1" image sif --output "$0/tiny.sif" --json; code=$?; ls -A "$0" >&2; exit $code';
  const { status, stdout, stderr } = spawnSync('unshare', ['-Urm', 'sh', '-c', script, folder, launcher, farm.folder], {
    encoding: 'utf8',
    env: { ...process.env, ...farm.environment, CI: '1', BINFARM_QUIET: '1' },
  });
  assert.equal(status, 3, stderr + stdout);
  assert.match(stdout, /"DISK_FULL"/);
  assert.doesNotMatch(stderr, /tiny\.sif\S*$/m);
});

test('an image whose base is an image of this kind is checked as any other', () => {
  const stack = join(farm.folder, 'binfarm.yaml');
  const upon = `, { name: tiny/upon, sets: [tiny], base: "oci:${layout}:${image}" }] }`;
  writeFileSync(stack, readFileSync(stack, 'utf8').replace(/\] \}\n$/, `${upon}\n`));
  const place = `oci:${join(top, 'upon')}`;
  run('image', 'build', 'tiny/upon', '--to', place);
  assert.match(run('image', 'verify', 'tiny/upon:2026.1', '--at', place), /4 packages as signed/);
});

test('an image that goes takes along what was attached to it', () => {
  const folder = join(top, 'pruned');
  cpSync(layout, folder, { recursive: true });
  run('release', 'withdraw', '2026.1', '--reason', 'a test');
  run('image', 'prune', 'tiny/full', '--at', `oci:${folder}`);
  assert.deepEqual(indexOf(folder).manifests, []);
  assert.deepEqual(readdirSync(join(folder, 'blobs/sha256')), []);
});
