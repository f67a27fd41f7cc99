import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type FaultRegistry, type RegistryManners, startFaultRegistry } from '../fakes/fault-registry.ts';
import { call, callBeside, type Podman, preparePodman } from './container-clients.ts';
import { copyFarm, makeFarm, makeTopFolder } from './farm-fixture.ts';
import { startBinfarm } from './start-binfarm.ts';

interface Built {
  readonly tags: Readonly<Record<string, string>>;
  readonly platforms: readonly {
    readonly digest: string;
    readonly form: string;
    readonly size: number;
    readonly layers: readonly {
      readonly kind: string;
      readonly digest: string;
      readonly size: number;
      readonly packages: readonly string[];
    }[];
    readonly systemLibraries: readonly string[];
    readonly fetched?: { readonly changed: { readonly layers: number; readonly bytes: number } };
  }[];
  readonly places: readonly { readonly kept: number; readonly mounted: number; readonly written: number }[];
}

const publish = `publish:
  images:
    - { name: tiny/full, sets: [tiny], base: debian12, env: { TINY: "yes" } }
    - { name: tiny/bare, sets: [tiny] }
    - { name: tiny/Wrong, sets: [tiny], base: debian12 }
  cvmfs: { repository: tiny.example.org }
`;

const top = makeTopFolder('image');
const farm = makeFarm(join(top, 'farm'), { stack: publish });
const layout = join(top, 'images');
const program = 'gamma read 42 and data of alpha\n';
let podman: Podman;
let registry: FaultRegistry;
let place: string;

const build = (...argv: readonly string[]) =>
  farm.json<Built>(['image', 'build', 'tiny/full', '--release', '2026.1', ...argv]);
const failure = (argv: readonly string[], exitCode = 1) =>
  farm.json<{ error: { code: string; message: string; hint?: string } }>(argv, exitCode).error;

before(async () => {
  farm.build();
  assert.equal(farm.run('release', 'create', '2026.1').exitCode, 0);
  registry = await startFaultRegistry();
  place = `oci://${registry.host}/stack`;
  podman = preparePodman(top, [registry.host]);
});
after(() => registry[Symbol.asyncDispose]());

test('a release becomes a layout: base, packages, and one layer on top', () => {
  const { tags, platforms, places } = build('--to', `oci:${layout}`);
  assert.deepEqual(Object.keys(tags), ['2026.1', '2026.1-debian12-gcc12-opt']);
  const [image] = platforms as [Built['platforms'][0]];
  assert.deepEqual(
    image.layers.map(({ kind }) => kind),
    ['base', 'group', 'top'],
  );
  assert.equal(image.layers[1]!.packages.length, 4);
  assert.ok(image.systemLibraries.includes('libc.so.6') && image.systemLibraries.includes('libstdc++.so.6'));
  assert.equal(places[0]!.written, 3);
});

test('another run, another machine and an empty cache give the same image', () => {
  const first = build('--to', `oci:${join(top, 'again')}`, '--fresh').platforms[0]!.digest;
  const other = copyFarm(farm, join(top, 'elsewhere'));
  rmSync(other.path('images.lock'), { force: true });
  const argv = ['image', 'build', 'tiny/full', '--release', '2026.1', '--to', `oci:${join(top, 'third')}`];
  assert.equal(other.json<Built>(argv).platforms[0]!.digest, first);
});

test('podman loads the archive, and a program of it runs, reads another package’s data, and is on the PATH of every shell', () => {
  const file = join(top, 'tiny.tar');
  build('--to', file);
  assert.match(call('podman', podman.argv('load', '-q', '-i', file), podman.environment), /tiny\/full:2026\.1/);
  assert.equal(podman.run('localhost/tiny/full:2026.1', 'gamma'), program);
  assert.equal(podman.run('localhost/tiny/full:2026.1', 'alpha-hello'), 'hello of alpha\n');
  const script =
    'unset PATH; . /etc/profile; PATH=$PATH:/bin; command -v gamma; echo $TINY; cat /opt/tiny/.binfarm/packages.json';
  const [where, variable, ...database] = podman.run('localhost/tiny/full:2026.1', '/bin/sh', '-c', script).split('\n');
  assert.deepEqual([where, variable], ['/opt/tiny/bin/gamma', 'yes']);
  const { packages } = JSON.parse(database.join('\n')) as { packages: { name: string }[] };
  assert.deepEqual(
    packages.map(({ name }) => name),
    ['alpha', 'beta', 'delta', 'gamma'],
  );
});

test('the archive begins with names that every loader looks for, and the same image gives the same bytes', () => {
  const [first, second] = [join(top, 'a.tar'), join(top, 'b.tar')];
  build('--to', first, '--to', second);
  assert.ok(readFileSync(first).equals(readFileSync(second)));
  const names = call('tar', ['-tf', first]).split('\n');
  assert.ok(names.includes('manifest.json') && names.includes('oci-layout') && names.includes('index.json'));
});

test('skopeo reads the layout; umoci unpacks it, bubblewrap and runc run a program in it', () => {
  const reference = `oci:${layout}:tiny/full:2026.1`;
  const about = JSON.parse(call('skopeo', ['inspect', reference])) as { Layers: string[]; Env: string[] };
  assert.equal(about.Layers.length, 3);
  assert.ok(about.Env.some((item) => item.startsWith('PATH=/opt/tiny/bin:')));
  call('skopeo', [
    'copy',
    '-q',
    `oci-archive:${join(top, 'tiny.tar')}:tiny/full:2026.1`,
    `oci:${join(top, 'from-archive')}:1`,
  ]);
  // umoci of Debian 12 knows no zstd: podman makes it gzip
  const pushed = podman.argv('push', '-q', 'localhost/tiny/full:2026.1', `oci:${join(top, 'gzip')}:1`);
  call('podman', pushed, podman.environment);
  const bundle = join(top, 'bundle');
  call('umoci', ['unpack', '--image', `${join(top, 'gzip')}:1`, bundle]);
  const root = join(bundle, 'rootfs');
  const sandbox = [
    '--ro-bind',
    root,
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--unshare-all',
    '--die-with-parent',
    '--clearenv',
  ];
  assert.equal(call('bwrap', [...sandbox, '/opt/tiny/bin/gamma']), program);
  const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as {
    process: { terminal: boolean; args: string[] };
  };
  config.process.terminal = false;
  config.process.args = ['gamma'];
  writeFileSync(
    join(bundle, 'config.json'),
    JSON.stringify({ ...config, process: { ...config.process, rlimits: [] } }),
  );
  assert.equal(call('runc', ['--root', join(top, 'runc'), 'run', '-b', bundle, 'image-test']), program);
});

test('what is in an image can be listed, inspected, and read layer by layer', () => {
  const at = ['--at', `oci:${layout}`];
  const { images } = farm.json<{ images: { name: string; tag: string; release: string }[] }>(['image', 'list', ...at]);
  assert.deepEqual(images.map(({ name, tag, release }) => [name, tag, release])[0], [
    'tiny/full',
    '2026.1',
    'tiny/2026.1',
  ]);
  const { platforms } = farm.json<{ platforms: { layers: { kind: string; history: string }[] }[] }>([
    'image',
    'inspect',
    'tiny/full:2026.1',
    ...at,
  ]);
  assert.deepEqual(
    platforms[0]!.layers.map(({ kind }) => kind),
    ['base', 'group', 'top'],
  );
  assert.match(farm.run('image', 'history', 'tiny/full:2026.1', ...at).stdout, /alpha-1\.0-/);
  assert.match(farm.run('image', 'inspect', 'tiny/full:2026.1', ...at).stdout, /PATH=\/opt\/tiny\/bin/);
});

test('a push to the registry that has the packages sends only what is not a package', async () => {
  const started = await startBinfarm(farm, ['binhost', 'push', place]).ended;
  assert.equal(started.exitCode, 0, started.stderr);
  // each package in a layer of its own, as large ones are
  farm.edit('images.lock', (text) =>
    text.replace(/"groups": \[\s*\[[^\]]*\]\s*\]/, '"groups": [["alpha"], ["beta"], ["delta"], ["gamma"]]'),
  );
  const argv = ['image', 'build', 'tiny/full', '--release', '2026.1', '--to', place, '--json'];
  const { stdout, stderr, exitCode } = await startBinfarm(farm, argv).ended;
  assert.equal(exitCode, 0, stderr + stdout);
  const built = JSON.parse(stdout) as Built;
  assert.deepEqual([built.places[0]!.mounted, built.places[0]!.written], [4, 2]);
  const again = registry.log.length;
  assert.equal((await startBinfarm(farm, argv).ended).exitCode, 0);
  assert.deepEqual(
    registry.log.slice(again).filter((line) => /^(PUT|POST|PATCH)/.test(line)),
    [],
  );
});

test('after one package has changed, podman fetches that one and the top layer', async () => {
  const image = `${registry.host}/stack/tiny/full`;
  await callBeside('podman', podman.argv('pull', '-q', `docker://${image}:2026.1`), podman.environment);
  farm.edit('recipes/gamma/src/gamma.c', (text) => text.replace('gamma read', 'gamma now reads'));
  farm.build();
  assert.equal(farm.run('release', 'create', '2026.2').exitCode, 0);
  const argv = ['image', 'build', 'tiny/full', '--release', '2026.2', '--to', place, '--json'];
  const { stdout, stderr, exitCode } = await startBinfarm(farm, argv).ended;
  assert.equal(exitCode, 0, stderr);
  const { platforms } = JSON.parse(stdout) as Built;
  assert.equal(platforms[0]!.fetched!.changed.layers, 2);
  const before = registry.log.length;
  await callBeside('podman', podman.argv('pull', '-q', `docker://${image}:2026.2`), podman.environment);
  const fetched = registry.log.slice(before).filter((line) => line.startsWith('GET ') && line.includes('/blobs/'));
  const layers = platforms[0]!.layers.map(({ digest }) => digest);
  const fetchedLayers = layers.filter((digest) => fetched.some((line) => line.includes(digest)));
  assert.deepEqual(fetchedLayers.toSorted(), [layers[4]!, layers[5]!].toSorted());
  assert.equal(podman.run(`${image}:2026.2`, 'gamma'), program.replace('read', 'now reads'));
  const diff = await startBinfarm(farm, ['image', 'diff', 'tiny/full:2026.1', 'tiny/full:2026.2', '--at', place]).ended;
  assert.match(diff.stdout, /~ gamma-3\.0\.1-\w+ -> gamma-3\.0\.1-\w+\n {2}to fetch: 2 layers/);
});

test('an image is a base: its layers stay as they are, and it is pinned', async () => {
  const base = `oci://${registry.host}/stack/tiny/full:2026.1`;
  farm.edit(
    'binfarm.yaml',
    (text) => `${text.replace('  cvmfs:', `    - { name: tiny/upon, sets: [tiny], base: "${base}" }\n  cvmfs:`)}`,
  );
  const argv = ['image', 'build', 'tiny/upon', '--release', '2026.2', '--to', place, '--json'];
  const { stdout, stderr, exitCode } = await startBinfarm(farm, argv).ended;
  assert.equal(exitCode, 0, stderr + stdout);
  const { platforms, places } = JSON.parse(stdout) as Built;
  assert.deepEqual(
    platforms[0]!.layers.slice(0, 6).map(({ kind }) => kind),
    Array(6).fill('base'),
  );
  assert.equal(places[0]!.written, 2);
  assert.match(
    farm.path('images.lock') && readFileSync(farm.path('images.lock'), 'utf8'),
    new RegExp(`"${base}": "sha256:`),
  );
});

for (const [says, manners] of Object.entries({
  'mounts nothing and sends uploads to another host': { mounts: false, location: 'other host' },
  'writes absolute addresses, and is busy at first': {
    location: 'absolute',
    fault: ({ method, earlier }) =>
      method === 'PUT' && earlier === 0 ? { do: 'answer', status: 429, headers: { 'retry-after': '0' } } : undefined,
  },
  'cuts connections, and garbles what arrives': {
    fault: ({ method, path, earlier }) => {
      if (method !== 'PUT' || !path.includes('/blobs/') || earlier > 1) return undefined;
      return earlier === 0 ? { do: 'drop upload', after: 1000 } : { do: 'corrupt upload', at: 10 };
    },
  },
  'loses the answer to a manifest': {
    fault: ({ method, path, earlier }) =>
      method === 'PUT' && path.includes('/manifests/') && earlier === 0 ? { do: 'lose answer' } : undefined,
  },
} satisfies Record<string, RegistryManners>)) {
  test(`a registry that ${says} gets the whole image`, async () => {
    await using faulty = await startFaultRegistry(manners);
    const to = `oci://${faulty.host}/x`;
    const pushed = await startBinfarm(farm, [
      'image',
      'push',
      'tiny/full:2026.1',
      to,
      '--at',
      `oci:${layout}`,
      '--json',
    ]).ended;
    assert.equal(pushed.exitCode, 0, pushed.stderr + pushed.stdout);
    delete manners.fault;
    const copy = `docker://${faulty.host}/x/tiny/full:2026.1`;
    await callBeside('skopeo', ['copy', '-q', '--src-tls-verify=false', copy, `dir:${join(top, faulty.host)}`]);
  });
}

test('a push that a registry refuses leaves no tag', async () => {
  const fault: RegistryManners['fault'] = ({ method, path }) =>
    method === 'PUT' && /\/manifests\/2026/.test(path) ? { do: 'answer', status: 403 } : undefined;
  await using faulty = await startFaultRegistry({ fault });
  const argv = ['image', 'push', 'tiny/full:2026.1', `oci://${faulty.host}/x`, '--at', `oci:${layout}`, '--json'];
  const { exitCode, stdout } = await startBinfarm(farm, argv).ended;
  assert.deepEqual([exitCode, (JSON.parse(stdout) as { error: { code: string } }).error.code], [1, 'BINHOST_DENIED']);
  const list = await startBinfarm(farm, ['image', 'list', '--at', `oci://${faulty.host}/x`, '--json']).ended;
  assert.deepEqual((JSON.parse(list.stdout) as { images: unknown[] }).images, []);
});

test('without space nothing is half-written', () => {
  const disk = join(top, 'disk');
  mkdirSync(disk);
  const program = join(import.meta.dirname, '../../bin/binfarm');
  const script = `mount -t tmpfs -o size=3m none '${disk}' && cd '${farm.folder}' || exit 99
for place in oci:${disk}/images ${disk}/image.tar; do
  '${program}' image build tiny/full --release 2026.1 --to "$place" --json | grep -o DISK_FULL
done
ls -A '${disk}' | grep -v '^[.]images[.]lock$' | sed 's/^/left: /'
exit 0`;
  assert.equal(call('unshare', ['-m', 'sh', '-c', script], farm.environment), 'DISK_FULL\nDISK_FULL\n');
});

test('a thin image has the base, the set-up, and a link into CVMFS', () => {
  const { platforms, tags } = build('--thin', '--to', join(top, 'thin.tar'));
  assert.deepEqual(
    platforms.map(({ form, layers }) => [form, layers.map(({ kind }) => kind)]),
    [['thin', ['base', 'top']]],
  );
  assert.ok('2026.1-thin' in tags);
  call('podman', podman.argv('load', '-q', '-i', join(top, 'thin.tar')), podman.environment);
  const [target] = podman.run('localhost/tiny/full:2026.1-thin', 'readlink', '/opt/tiny').split('\n');
  assert.equal(target, '/cvmfs/tiny.example.org/releases/2026.1/x86_64-debian12-gcc12-opt/view');
});

test('images of releases that are gone are removed, others stay', async () => {
  assert.equal(farm.run('release', 'withdraw', '2026.1', '--reason', 'a test').exitCode, 0);
  const argv = ['image', 'prune', 'tiny/full', '--at', place, '--json'];
  const { stdout, stderr, exitCode } = await startBinfarm(farm, argv).ended;
  assert.equal(exitCode, 0, stderr + stdout);
  const { removed, kept } = JSON.parse(stdout) as { removed: { tag: string }[]; kept: number };
  assert.deepEqual([removed.map(({ tag }) => tag), kept], [['2026.1', '2026.1-debian12-gcc12-opt'], 2]);
  const list = await startBinfarm(farm, ['image', 'list', '--at', place]).ended;
  assert.equal(list.exitCode, 0, list.stderr);
  assert.ok(!list.stdout.includes('tiny/full:2026.1 ') && list.stdout.includes('tiny/full:2026.2 '));
});

test('bad input is refused with what is wrong, and nothing is half-written', () => {
  const folder = join(top, 'refused');
  mkdirSync(folder);
  const make = (...argv: readonly string[]) =>
    failure(['image', 'build', ...argv, '--release', '2026.2', '--to', `oci:${join(folder, 'images')}`]);
  const noBase = make('tiny/bare');
  assert.equal(noBase.code, 'BASE_UNSUITABLE');
  assert.match(noBase.message, /"scratch": it has no lib\S+\.so\.\d+, which "\S+" of \S+ needs/);
  assert.match(noBase.hint!, /libc6/);
  assert.equal(make('tiny/Wrong').code, 'NAME_INVALID');
  assert.equal(make('tiny/full', '--tag', 'no:tag').code, 'NAME_INVALID');
  assert.equal(make('tiny/full', '--max-layers', '2').code, 'IMAGE_TOO_LARGE');
  assert.equal(make('tiny/full', '--max-size', '1MB').code, 'IMAGE_TOO_LARGE');
  assert.equal(make('tiny/none').code, 'IMAGE_NOT_FOUND');
  assert.equal(make('tiny/full', '--platform', 'x86_64-debian13-gcc14-opt').code, 'PLATFORM_INVALID');
  assert.equal(failure(['image', 'build', 'tiny/full', '--release', '2026.1']).code, 'RELEASE_WITHDRAWN');
  assert.equal(failure(['image', 'inspect', 'tiny/full:nothing', '--at', `oci:${layout}`]).code, 'IMAGE_NOT_FOUND');
  assert.deepEqual(readdirSync(folder), []);
  assert.equal(existsSync(farm.path('images')), false);
});
