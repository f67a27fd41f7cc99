import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildExecutable } from '../../script/build-executable.ts';
import { readBundleMembers } from '../../src/binhost/bundle/bundle-members.ts';
import { openBundleBinhost } from '../../src/binhost/bundle/open-bundle-binhost.ts';
import { digestOfFile } from '../../src/core/digest.ts';
import { type BareShell, makeBareMachine } from './bare-machine.ts';
import { makeFarm, makeTopFolder } from './farm-fixture.ts';
import { findTemporary, listTree, snapshotOf } from './read-tree.ts';
import { runBinfarm } from './run-binfarm.ts';
import { startBinfarm } from './start-binfarm.ts';

const top = makeTopFolder('bundle');
chmodSync(top, 0o755);
mkdirSync(join(top, 'machine'));
const machine = makeBareMachine(join(top, 'machine'));
const farm = makeFarm(join(top, 'farm'));
/** Both as the bare machine sees them and as they are here. */
const bundle = join(machine.home, 'tiny.run');
const light = join(machine.home, 'light.run');
const newer = join(machine.home, 'newer.run');
const isFull = process.env.BINFARM_TEST_FULL === '1';
let fingerprint = '';
let executable = '';

interface Created {
  readonly digest: string;
  readonly bytes: number;
  readonly packages: number;
  readonly leftOut: number;
  readonly fingerprints: readonly string[];
}

before(async () => {
  executable = (await buildExecutable()).path;
  farm.build();
  farm.json(['release', 'create', '2026.1']);
  farm.json(['bootstrap', 'push', executable]);
  const created = farm.json<Created>(['bundle', 'create', '2026.1', '--output', bundle]);
  [fingerprint] = created.fingerprints as [string];
  farm.json(['bundle', 'create', '2026.1', '--without-binfarm', '--output', light]);
  farm.edit('recipes/alpha/src/alpha.c', (text) => text.replace('42', '43'));
  farm.build();
  farm.json(['release', 'create', '2026.2']);
  farm.json(['bundle', 'create', '2026.2', '--since', '2026.1', '--without-binfarm', '--output', newer]);
});

/** What the programs of an area on the bare machine say. */
function outputOfGamma(area: string, shell: BareShell = 'dash'): string {
  return machine.run(['sh', '-c', `. ${area}/setup.sh && gamma`], { shell }).stdout;
}

for (const shell of ['dash', 'busybox'] as const) {
  test(`with ${shell}, a bundle installs where there is no network, no Node and no binfarm, and again without a question`, () => {
    const area = `/home/with-${shell}`;
    const first = machine.run(['sh', 'tiny.run', '--prefix', area, '--fingerprint', fingerprint], { shell });
    assert.equal(first.exitCode, 0, first.stderr);
    const script = `. "${area}/setup.sh" && gamma && binfarm list && binfarm --version; command -v node`;
    const used = machine.run(['sh', '-c', script], { shell });
    assert.match(used.stdout, /^gamma read 42 and data of alpha\n.*generation 1, .*\nbinfarm \d/s);
    assert.doesNotMatch(used.stdout, /node/);
    const again = machine.run(['sh', 'tiny.run', '--prefix', area], { shell });
    assert.equal(again.exitCode, 0, again.stderr);
    assert.match(again.stdout, /Nothing to do: 4 packages are in use/);
    assert.deepEqual(readdirSync(machine.temporary), [], 'nothing is left in the temporary folder');
    assert.deepEqual(findTemporary(join(machine.home, `with-${shell}`)), []);
  });
}

test('a bundle says what is inside without installing anything', () => {
  const { stdout, exitCode } = machine.run(['sh', './tiny.run', '--info']);
  assert.equal(exitCode, 0);
  assert.match(stdout, /^release +tiny\/2026\.1\nplatforms +\S+\nsigned by +[0-9a-f ]+\nbinfarm for +\S+-linux\n$/);
  assert.ok(stdout.includes(fingerprint));
});

/** Copies of a bundle that are not what was written. */
const damages: readonly (readonly [name: string, says: RegExp, damage: (path: string) => void])[] = [
  ['is broken off', /has \d+ bytes instead of \d+/, (path) => truncateSync(path, statSync(path).size - 70_000)],
  ['is broken off within its installer', /./, (path) => truncateSync(path, 3000)],
  ['has something behind its end', /has \d+ bytes instead of \d+/, (path) => appendFileSync(path, 'x')],
  ['has another byte in the binfarm inside', /is damaged/, (path) => flipByte(path, 20_000_000)],
  ['has another byte in a package', /is damaged/, (path) => flipByte(path, statSync(path).size - 4000)],
  ['has another digest at its end', /is damaged/, (path) => flipByte(path, statSync(path).size - 5)],
];

function flipByte(path: string, position: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, position);
  byte[0]! ^= 1;
  writeSync(file, byte, 0, 1, position);
  closeSync(file);
}

for (const [name, says, damage] of damages) {
  test(`a bundle that ${name} is refused, and nothing is written`, () => {
    const copy = join(machine.home, 'copy.run');
    copyFileSync(bundle, copy);
    damage(copy);
    const { exitCode, stderr } = machine.run(['sh', 'copy.run', '--prefix', '/home/damaged', '--yes']);
    rmSync(copy);
    assert.notEqual(exitCode, 0);
    assert.match(stderr, says);
    assert.equal(existsSync(join(machine.home, 'damaged')), false);
    assert.deepEqual(readdirSync(machine.temporary), []);
  });
}

test('a byte that changed in a package is found also where there is no sha256sum', () => {
  const copy = join(machine.home, 'copy.run');
  copyFileSync(light, copy);
  const members = [
    ...spawnSync('tar', ['-tf', '-'], { input: readFileSync(copy).subarray(8192), encoding: 'utf8' }).stdout.split(
      '\n',
    ),
  ];
  assert.ok(members.includes('bundle.json'), 'the payload is a tar that anybody can read');
  flipByte(copy, statSync(copy).size - 4000);
  const options = { environment: { PATH: '/home/few' } };
  linkFew('sha256sum');
  copyFileSync(executable, join(machine.home, 'binfarm'));
  const argv = ['sh', 'copy.run', '--prefix', '/home/damaged', '--yes', '--binfarm', '/home/binfarm'];
  const { exitCode, stderr } = machine.run(argv, options);
  for (const path of [copy, join(machine.home, 'binfarm')]) rmSync(path);
  assert.equal(exitCode, 1, stderr);
  assert.match(stderr, /PACKAGE_DAMAGED/);
  assert.equal(existsSync(join(machine.home, 'damaged/current')), false);
});

/** Makes a folder of programs without some of them, on the bare machine, with others in their place. */
function linkFew(...without: readonly string[]): string {
  const folder = join(machine.home, 'few');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const name of readdirSync(join(top, 'machine/root/dash')).filter((item) => !without.includes(item)))
    copyFileSync(join(top, 'machine/root/dash', name), join(folder, name));
  return folder;
}

/** Machines that cannot use the bundle: a program that says another thing, and the exit code and complaint that follow. */
const strangers: readonly (readonly [name: string, program: string, says: string, code: number, complaint: RegExp])[] =
  [
    ['an older glibc', 'getconf', 'glibc 2.17', 3, /needs glibc 2\.\d+, and this machine has 2\.17/],
    ['another processor', 'uname', 'riscv64', 3, /none for riscv64 is inside \(inside: \S+-linux\)/],
  ];

for (const [name, program, says, code, complaint] of strangers) {
  test(`a machine with ${name} is told so before anything is written`, () => {
    const folder = linkFew(program);
    const real = program === 'uname' ? '[ "$1" = -m ] || { echo Linux; exit; }\n' : '';
    writeFileSync(join(folder, program), `#!/home/few/sh\n${real}echo '${says}'\n`, { mode: 0o755 });
    const options = { environment: { PATH: '/home/few' } };
    const { exitCode, stderr } = machine.run(['sh', 'tiny.run', '--prefix', '/home/stranger', '--yes'], options);
    assert.equal(exitCode, code, stderr);
    assert.match(stderr, complaint);
    assert.equal(existsSync(join(machine.home, 'stranger')), false);
  });
}

test('without a terminal nobody can be asked, and another fingerprint is not accepted', () => {
  const unasked = machine.run(['sh', 'tiny.run', '--prefix', '/home/strange']);
  assert.equal(unasked.exitCode, 2);
  assert.match(unasked.stderr, /there is no terminal\n.*--fingerprint F/);
  const wrong = machine.run(['sh', 'tiny.run', '--prefix', '/home/strange', '--fingerprint', '0123 4567 89ab cdef']);
  assert.equal(wrong.exitCode, 1);
  assert.match(wrong.stderr, /KEY_UNKNOWN/);
  assert.equal(existsSync(join(machine.home, 'strange')), false);
});

test('a folder that cannot be written is refused with the reason', () => {
  const target = join(machine.home, 'read-only');
  mkdirSync(target);
  chmodSync(target, 0o777);
  const mounts = ['--ro-bind', target, '/home/read-only'];
  const { exitCode, stderr } = machine.run(['sh', 'tiny.run', '--prefix', '/home/read-only', '--yes'], { mounts });
  assert.equal(exitCode, 3, stderr);
  assert.match(stderr, /the file system is read-only \[PERMISSION_DENIED\]/);
  assert.deepEqual(readdirSync(target), []);
  assert.deepEqual(readdirSync(machine.temporary), []);
});

/** Temporary folders that the binfarm inside cannot run in, as mount makes them. */
const temporaries = [
  ['that runs no programs', 'noexec,size=300m'],
  ['that is too small', 'size=5m'],
  ['that is read-only', 'ro'],
] as const;

for (const [name, options] of temporaries) {
  test(`with a temporary folder ${name}, the binfarm inside runs beside what is installed`, () => {
    const area = join(top, `area-${options.replace(/\W/g, '')}`);
    const temporary = join(top, 'temporary');
    mkdirSync(temporary, { recursive: true });
    const script = 'mount -t tmpfs -o "$1" none "$2" && TMPDIR=$2 sh "$3" --prefix "$4" --yes && ls -A "$2"';
    const argv = ['-Urm', 'sh', '-c', script, 'sh', options, temporary, bundle, area];
    const { status, stderr } = spawnSync('unshare', argv, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      readdirSync(area).filter((entry) => entry.startsWith('.binfarm-bundle')),
      [],
    );
    assert.ok(existsSync(join(area, 'bin/binfarm')));
  });
}

test('an installation on a disk that becomes full is refused, and works once there is space', () => {
  const disk = join(top, 'disk');
  mkdirSync(disk);
  const script = [
    'mount -t tmpfs -o size=20m none "$1"',
    'sh "$2" --prefix "$1/area" --yes; code=$?',
    '[ -e "$1/area/bin/binfarm" ] && exit 99',
    'mount -o remount,size=200m "$1"',
    'sh "$2" --prefix "$1/area" --yes >/dev/null 2>&1 && [ -x "$1/area/bin/binfarm" ] && . "$1/area/setup.sh" && gamma && exit $code',
  ].join('\n');
  const { status, stderr, stdout } = spawnSync('unshare', ['-Urm', 'sh', '-c', script, 'sh', disk, bundle], {
    encoding: 'utf8',
  });
  assert.equal(status, 3, stderr);
  assert.match(stderr, /no space is left \[DISK_FULL\]/);
  assert.match(stdout, /gamma read 42 and data of alpha\n$/);
});

test('an installer that is ended by SIGTERM, at whatever moment, cleans up, and the next one completes', async () => {
  const begin = performance.now();
  const area = '/home/ended';
  const whole = machine.run(['sh', 'tiny.run', '--prefix', area, '--yes']);
  const seconds = (performance.now() - begin) / 1000;
  assert.equal(whole.exitCode, 0);
  const codes = new Set<number | null>();
  for (const share of isFull ? [0.05, 0.15, 0.3, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95] : [0.1, 0.6, 0.85]) {
    rmSync(join(machine.home, 'ended'), { recursive: true, force: true });
    // the installer is not the first process of its world, which gets no signals that it does not wait for
    const script = 'sh tiny.run --prefix "$1" --yes & pid=$!; cat >/dev/null; kill -s TERM $pid; wait $pid';
    const run = machine.start(['sh', '-c', script, 'sh', area]);
    await sleep(share * seconds * 1000);
    run.closeInput();
    codes.add((await run.ended).exitCode);
    assert.deepEqual(readdirSync(machine.temporary), []);
  }
  assert.ok(
    [...codes].every((code) => code === 143 || code === 0),
    [...codes].join(),
  );
  assert.equal(machine.run(['sh', 'tiny.run', '--prefix', area, '--yes']).exitCode, 0);
  assert.equal(outputOfGamma(area), 'gamma read 42 and data of alpha\n');
  assert.deepEqual(findTemporary(join(machine.home, 'ended')), []);
});

test('an installer that is killed leaves the area at its old state, and the next one completes', async () => {
  const area = '/home/killed';
  for (const milliseconds of isFull ? [50, 150, 300, 500, 700, 900, 1100, 1300, 1500] : [150, 800, 1400]) {
    const run = machine.start(['sh', 'tiny.run', '--prefix', area, '--yes']);
    await sleep(milliseconds);
    process.kill(-run.pid, 'SIGKILL');
    await run.ended;
    const state = outputOfGamma(area);
    assert.ok(state === '' || state === 'gamma read 42 and data of alpha\n', state);
  }
  const last = machine.run(['sh', 'tiny.run', '--prefix', area, '--yes']);
  assert.equal(last.exitCode, 0, last.stderr);
  assert.equal(outputOfGamma(area), 'gamma read 42 and data of alpha\n');
  assert.deepEqual(findTemporary(join(machine.home, 'killed')), []);
});

test('the same release gives the same bytes, and a dry run writes nothing', async () => {
  const again = join(top, 'again.run');
  const would = farm.json<Created>(['bundle', 'create', '2026.1', '--dry-run', '--output', again]);
  assert.equal(existsSync(again), false);
  assert.equal(would.packages, 4);
  const { digest, bytes } = farm.json<Created>(['bundle', 'create', '2026.1', '--output', again]);
  assert.deepEqual(await digestOfFile(bundle), { digest, size: bytes });
  rmSync(again);
});

test('a dry run of the installer says what it would do, and writes nothing', () => {
  const argv = ['sh', 'tiny.run', '--prefix', '/home/dry', '--yes', '--dry-run', 'delta'];
  const { exitCode, stdout } = machine.run(argv);
  assert.equal(exitCode, 0);
  assert.match(stdout, /Would unpack 1 package .*\n +delta-/);
  assert.equal(existsSync(join(machine.home, 'dry')), false);
});

test('a bundle that is being written when its maker is killed never has its name, and the next one cleans up', async () => {
  const folder = join(top, 'killed-maker');
  mkdirSync(folder);
  const argv = ['bundle', 'create', '2026.1', '--output', join(folder, 'a.run')];
  const run = startBinfarm(farm, argv);
  while (readdirSync(folder).length === 0) await sleep(5);
  run.kill('SIGKILL', 'group');
  await run.ended;
  const [left] = readdirSync(folder);
  assert.match(left!, /^a\.run(\.\d+\.tmp)?$/);
  farm.json(argv);
  assert.deepEqual(readdirSync(folder), ['a.run']);
  assert.deepEqual(await digestOfFile(join(folder, 'a.run')), await digestOfFile(bundle));
});

test('a bundle that does not fit on a disk is refused, and nothing is left of it', () => {
  const disk = join(top, 'small-disk');
  mkdirSync(disk);
  const script =
    'mount -t tmpfs -o size=5m none "$1"; cd "$2" && "$3" bundle create 2026.1 --output "$1/a.run"; code=$?; ls -A "$1"; exit $code';
  const launcher = join(import.meta.dirname, '../../bin/binfarm');
  const environment = { ...process.env, ...farm.environment };
  const argv = ['-Urm', 'sh', '-c', script, 'sh', disk, farm.folder, launcher];
  const { status, stdout, stderr } = spawnSync('unshare', argv, { encoding: 'utf8', env: environment });
  assert.equal(status, 3, stderr);
  assert.match(stderr, /it needs 4\d\.\d MB, and .* are left \[DISK_FULL\]/);
  assert.equal(stdout, '');
});

test('a bundle whose packages are not what was signed is not written', () => {
  const [blob] = listTree(farm.path('binhost')).filter(
    (path) => /tiny\/delta\/blobs\/sha256:/.test(path) && statSync(farm.path('binhost', path)).size > 3000,
  );
  const path = farm.path('binhost', blob!);
  const bytes = readFileSync(path);
  rmSync(path);
  writeFileSync(path, bytes.with(100, bytes[100]! ^ 1));
  const output = join(top, 'wrong.run');
  const { exitCode, stderr } = farm.run('bundle', 'create', '2026.1', '--without-binfarm', '--output', output);
  writeFileSync(path, bytes);
  assert.equal(exitCode, 1);
  assert.match(stderr, /Cannot put "delta" into a bundle.*PACKAGE_DAMAGED/);
  assert.deepEqual(
    readdirSync(top).filter((name) => name.startsWith('wrong.run')),
    [],
  );
});

test('binfarm reads a bundle as a binhost, with all that a binhost has', async () => {
  const area = join(top, 'from-bundle');
  const key = farm.path('keys/farm.key.pub');
  const argv = ['install', '--prefix', area, '--release', 'tiny/2026.1', '--from', light, '--key', key];
  const { exitCode, stderr } = runBinfarm([...argv, 'delta']);
  assert.equal(exitCode, 0, stderr);
  assert.match(spawnSync(join(area, 'current/view/bin/delta'), { encoding: 'utf8' }).stdout, /delta on its own/);
  const binhost = openBundleBinhost(light, 'tiny');
  assert.deepEqual(
    (await binhost.list()).map(({ name }) => name),
    ['alpha', 'beta', 'delta', 'gamma'],
  );
  for (const item of await binhost.list()) assert.equal((await binhost.examine(item)).problem, undefined);
  assert.ok((await readBundleMembers(bundle)).size > 20);
  const pushed = farm.run('binhost', 'push', light);
  assert.match(pushed.stderr, /it is a bundle, which can only be read/);
});

test('a bundle since another release has only what is new, and needs that release', () => {
  const { packages, leftOut } = farm.json<Created>([
    'bundle',
    'create',
    '2026.2',
    '--since',
    '2026.1',
    '--without-binfarm',
    '--dry-run',
  ]);
  assert.deepEqual({ packages, leftOut }, { packages: 3, leftOut: 1 });
  const area = join(top, 'since');
  const install = (file: string) =>
    runBinfarm(['bundle', 'install', file, '--prefix', area, '--fingerprint', fingerprint]);
  const early = install(newer);
  assert.equal(early.exitCode, 1);
  assert.match(
    early.stderr,
    /only what is new since 2026\.1, and the area lacks 1 other package.*\n.*Install release 2026\.1 first/,
  );
  assert.equal(existsSync(area), false);
  assert.equal(install(light).exitCode, 0);
  assert.equal(install(newer).exitCode, 0);
  const { stdout } = spawnSync(join(area, 'current/view/bin/gamma'), { encoding: 'utf8' });
  assert.equal(stdout, 'gamma read 43 and data of alpha\n');
});

test('an area that was installed from a bundle alone has the same content as one from the binhost', () => {
  const [one, other] = [join(top, 'one'), join(top, 'two')];
  const key = farm.path('keys/farm.key.pub');
  for (const [prefix, from] of [
    [one, light],
    [other, farm.path('binhost')],
  ] as const)
    assert.equal(
      runBinfarm(['install', '--prefix', prefix, '--release', 'tiny/2026.1', '--from', from, '--key', key]).exitCode,
      0,
    );
  const own = (area: string) =>
    snapshotOf(join(area, 'store')).filter((line) => !/\.binfarm\/|\.pc |\.so |bin\//.test(line)); // those have the area's path
  assert.deepEqual(own(one), own(other));
});
