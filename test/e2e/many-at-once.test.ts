import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { openReleaseShelf } from '../../src/app/release/release-shelf.ts';
import { openDirectoryBinhost } from '../../src/binhost/open-directory-binhost.ts';
import { readSecretKey } from '../../src/package/sign/key-file.ts';
import { sendBytes, startFileServer } from '../fakes/file-server.ts';
import { startFolderServer } from '../fakes/folder-server.ts';
import { assertWhole, contentsOf, rememberStore } from './area-state.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { killTree } from './kill-tree.ts';
import { makeReleaseFarm, type PlainPackage, type ReleaseFarm } from './release-fixture.ts';
import { startBinfarm, strayProcesses } from './start-binfarm.ts';

const top = makeTopFolder('many-at-once');
const area = join(top, 'area');
const processes = 20;
const names = 'abcdefghijklmnopqrstuvwx'.split('');
const packages = names.map((name, index): PlainPackage => {
  return { name, version: '1', bytes: 10_000 + index * 5000, needs: index % 5 === 1 ? ['a'] : [] };
});
/** Twenty sets of five packages, each of which shares four with the next one. */
const sets = Object.fromEntries(
  Array.from({ length: processes }, (_, index) => [`set${index}`, names.slice(index, index + 5)]),
);
let farm: ReleaseFarm;

before(async () => {
  farm = await makeReleaseFarm(join(top, 'farm'), [{ name: '1', packages, sets }]);
});

/** What somebody sees who uses the area all the time: a shell reads setup.sh and runs each program of the generation that is in use just then, over and over. */
const readerScript = `
while [ -e "$0/.reading" ]; do
  (. "$0/setup.sh") || echo "setup.sh failed"
  view=$(readlink -f "$0/current")/view
  for program in "$view"/bin/*; do
    name=\${program##*/}
    [ "$("$program")" = "$name 1 with the data of $name 1" ] || echo "$program is broken"
  done
  rounds=$((rounds + 1))
done
echo "rounds $rounds"
`;

/** Lists an area over and over until it is told to stop; gives what was wrong, and how often it looked. */
async function listAllTheTime(isOver: () => boolean): Promise<{ problems: string[]; rounds: number }> {
  const problems: string[] = [];
  for (let rounds = 1; ; rounds += 1) {
    const { exitCode, stdout, stderr } = await startBinfarm(farm, ['list', area, '--json']).ended;
    if (exitCode !== 0) problems.push(stderr + stdout);
    else {
      const { active, packages: listed } = JSON.parse(stdout) as {
        active?: { packages: string[] };
        packages: { storeName: string }[];
      };
      const known = new Set(listed.map(({ storeName }) => storeName));
      if (active?.packages.every((item) => known.has(item)) !== true) problems.push(`a part is missing: ${stdout}`);
    }
    if (isOver()) return { problems, rounds };
  }
}

test('twenty processes that install different sets into one area from a web server all succeed, nothing is fetched twice, and readers see nothing broken', async (t) => {
  await using server = await startFolderServer(farm.binhost);
  const install = (names: readonly string[]) => [
    ...['install', '--prefix', area, ...names, '--release', 'tiny/latest', '--from', server.url, '--key', farm.key],
  ];
  const first = await startBinfarm(farm, install(['set0'])).ended;
  assert.equal(first.exitCode, 0, first.stderr);
  writeFileSync(join(area, '.reading'), '');
  const shell = spawn('/bin/sh', ['-c', readerScript, area], {
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let heard = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  const shellEnded = once(shell, 'close');
  let isOver = false;
  const lists = listAllTheTime(() => isOver);

  const runs = Object.keys(sets).map((set) => startBinfarm(farm, install([set])));
  const ended = await Promise.all(runs.map((run) => run.ended));
  isOver = true;
  rmSync(join(area, '.reading'));
  const { problems, rounds } = await lists;
  await shellEnded;

  for (const { exitCode, stderr } of ended) assert.equal(exitCode, 0, stderr);
  assert.ok(
    ended.some(({ stderr }) => /Waiting for .*"binfarm install" \(process \d+ on /.test(stderr)),
    'somebody waited, and said for whom',
  );
  const blobs = server.log.filter(
    (line) => line.includes('/blobs/') && names.some((name) => line.includes(`/tiny/${name}/`)),
  );
  assert.deepEqual(blobs.toSorted(), [...new Set(blobs)].toSorted(), 'no blob is fetched twice');
  assert.equal(blobs.length, names.length);
  assert.deepEqual(problems, []);
  assert.match(heard, /^rounds \d+\n$/);
  t.diagnostic(`${rounds} lists; the shell: ${heard.trim()}`);
  const used = await assertWhole(area, rememberStore(area));
  assert.equal(contentsOf(area).filter((line) => /^store\/[^/]+ /.test(line)).length, names.length);
  assert.ok(used!.length >= 5);
  assert.deepEqual(await strayProcesses(top), []);
});

test('a process that waits while another installs what the channel was moved to meanwhile does not go back: it installs that, too', async () => {
  const place = join(top, 'moving');
  const mustInstall = async (from: string) => {
    const argv = ['--release', 'tiny/latest', '--from', from, '--key', farm.key];
    const { exitCode, stderr } = await startBinfarm(farm, ['install', '--prefix', place, 'a', ...argv]).ended;
    assert.equal(exitCode, 0, stderr);
  };
  await mustInstall(farm.binhost);
  const folder = { now: join(top, 'before') };
  cpSync(farm.binhost, folder.now, { recursive: true });
  await moveChannel();
  await using server = await startFileServer((request, response) => {
    const path = join(folder.now, decodeURIComponent(new URL(request.url!, 'http://x').pathname));
    if (existsSync(path) && statSync(path).isFile()) sendBytes(request, response, readFileSync(path));
    else response.writeHead(404).end();
  });
  const index = join(place, 'area.json');
  const holder = spawn('flock', [join(place, '.lock'), 'sh', '-c', 'echo held; exec sleep 60']);
  try {
    await once(holder.stdout, 'data');
    const late = startBinfarm(farm, [
      ...['install', '--prefix', place, 'b', '--release', 'tiny/latest', '--from', server.url, '--key', farm.key],
    ]);
    await late.says('Waiting');
    // what the other one has seen, and the binhost as everybody sees it now
    writeFileSync(index, readFileSync(index, 'utf8').replace(/"latest": 1\b/, '"latest": 2'));
    folder.now = farm.binhost;
    killTree(holder.pid!);
    const { exitCode, stderr } = await late.ended;
    assert.equal(exitCode, 0, stderr);
    assert.match(readFileSync(index, 'utf8'), /"latest": 2\b/);
  } finally {
    killTree(holder.pid!);
  }
});

/** Announces the release once more, which moves the channel. */
async function moveChannel(): Promise<void> {
  const key = await readSecretKey(join(farm.folder, 'keys', 'farm.key'));
  const shelf = openReleaseShelf(openDirectoryBinhost(farm.binhost, 'tiny'), [key.public]);
  const before = (await shelf.readChannel('latest'))!;
  await shelf.putChannel({ ...before.channel, serial: before.channel.serial + 1 }, before, key);
}
