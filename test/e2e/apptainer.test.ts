import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestOptions, test } from 'node:test';
import { runProcess } from '../../src/core/run-process.ts';
import { generatedLayer } from '../../src/image/layers/generated-layer.ts';
import { writeSif } from '../../src/image/sif/write-sif.ts';
import { createKey } from '../../src/package/sign/key-file.ts';

const skipped =
  process.env.BINFARM_TEST_FULL === undefined
    ? 'apptainer comes from a Debian sid root, which takes a minute to make: --full'
    : process.getuid?.() !== 0
      ? 'only root can make and enter a Debian root here'
      : false;
const options: TestOptions = { skip: skipped, timeout: 600_000 };
const top = mkdtempSync(join(tmpdir(), 'apptainer-'));
const root = join(top, 'sid');
const share = join(top, 'share');
after(() => rmSync(top, { recursive: true, force: true }));

/** Enters the root with a mount table of its own, as a user without rights: apptainer refuses a plain chroot, and root without all capabilities. */
const enter = `root=$0
mount --bind "$0" "$0"
for folder in proc sys dev; do mount --rbind "/$folder" "$0/$folder"; done
mount --bind "$1" "$0/share"
mount -t tmpfs tmpfs "$0/run"
shift
cd "$root"
pivot_root . .old
busybox umount -l /.old
cd /share
exec setpriv --reuid 1000 --regid 1000 --clear-groups "$@"`;

async function inside(...argv: readonly string[]): Promise<string> {
  const environment = ['env', 'HOME=/share/home', 'TITLE=caller', 'APPTAINER_TMPDIR=/share', ...argv];
  const { stdout, stderr, exitCode } = await runProcess(
    ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec', enter, root, share, ...environment],
    { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, timeoutSeconds: 120 },
  );
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

before(async () => {
  if (skipped !== false) return;
  const include = '--include=apptainer,squashfs-tools,busybox-static';
  // the clock of a test machine, or the age of its mirror, is not what is tested
  const anyDate = ['Check-Valid-Until', 'Check-Date'].map((name) => `--aptopt=Acquire::${name} "false"`);
  const argv = ['mmdebstrap', '--quiet', '--variant=apt', ...anyDate, include, 'sid', root];
  const made = await runProcess(argv, { timeoutSeconds: 500 });
  assert.equal(made.exitCode, 0, made.stderr);
  for (const folder of [share, join(share, 'home'), join(root, 'share'), join(root, '.old')]) mkdirSync(folder);
  for (const folder of [share, join(share, 'home')]) chmodSync(folder, 0o777);
  writeFileSync(join(root, 'etc/passwd'), 'user:x:1000:1000::/share/home:/bin/sh\n', { flag: 'a' });
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  writeFileSync(join(root, 'etc/resolv.conf'), '');
  // apptainer mounts it, and a root without tzdata has a link that leads nowhere
  rmSync(join(root, 'etc/localtime'), { force: true });
  writeFileSync(join(root, 'etc/localtime'), '');
  await writeImage();
});

async function writeImage(): Promise<void> {
  const key = await createKey(join(top, 'key'));
  copyFileSync(join(top, 'key.pub'), join(share, 'key.pub'));
  const links = Object.fromEntries(['sh', 'echo', 'cat'].map((name) => [`bin/${name}`, { link: 'busybox' }]));
  const busybox = { text: readFileSync(join(root, 'usr/bin/busybox')), executable: true } as const;
  await writeSif(join(share, 'image.sif'), {
    tree: [generatedLayer('busybox', { 'bin/busybox': busybox, ...links, 'opt/data': { text: 'the data\n' } })],
    architecture: process.arch === 'arm64' ? 'aarch64' : 'x86_64',
    time: 1_700_000_000,
    definition: 'Bootstrap: binfarm\n',
    labels: { title: 'nova' },
    environment: { PATH: '/bin', TITLE: 'image' },
    entrypoint: ['/bin/echo', 'ran'],
    command: ['as', 'usual'],
    key,
  });
}

const show = ['/bin/sh', '-c', 'echo $TITLE $PATH'];

test('apptainer verifies the signature of an image', options, async () => {
  assert.match(await inside('apptainer', 'verify', '--key', 'key.pub', 'image.sif'), /FS/);
});

test('apptainer runs a program of an image', options, async () => {
  assert.equal(await inside('apptainer', '-q', 'exec', '-u', 'image.sif', '/bin/cat', '/opt/data'), 'the data\n');
});

test('the environment of an image is set, and --env changes it', options, async () => {
  assert.equal(await inside('apptainer', '-q', 'exec', '-u', 'image.sif', ...show), 'image /bin\n');
  const changed = ['--env', 'TITLE=mine', '--env', 'PATH=/mine:/bin'];
  assert.equal(await inside('apptainer', '-q', 'exec', '-u', ...changed, 'image.sif', ...show), 'mine /mine:/bin\n');
});

test('apptainer run has the entry point and command of an image', options, async () => {
  assert.equal(await inside('apptainer', '-q', 'run', '-u', 'image.sif'), 'ran as usual\n');
  assert.equal(await inside('apptainer', '-q', 'run', '-u', 'image.sif', 'a b', 'c'), 'ran a b c\n');
});

test('apptainer inspect shows the labels', options, async () => {
  assert.match(await inside('apptainer', 'inspect', 'image.sif'), /^title: nova$/m);
});
