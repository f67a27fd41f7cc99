// What: installing about 50 packages, 370 MB, with verification and relocation, against zstd and tar, dpkg and Nix where they are at hand
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { storeRootOf } from '../src/model/store-root.ts';
import { type CorpusPackage, makeCorpus } from './install/make-corpus.ts';
import { publishCorpus } from './install/publish-corpus.ts';
import { printTable, timeProgram } from './measure.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    folder: { type: 'string', default: '/tmp' },
    level: { type: 'string', default: '6' },
  },
});
const runs = Number(values.runs);
const top = mkdtempSync(join(values.folder, 'bi-'));
const root = storeRootOf(64);
const binfarm = join(import.meta.dirname, '../bin/binfarm');
const target = join(top, 'target');

function run(argv: readonly [string, ...string[]], cwd = top): void {
  const [program, ...rest] = argv;
  const { status, stderr } = spawnSync(program, rest, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`);
}

/** Times a command line of sh; `target` is empty before each run. */
function timeShell(script: string): number {
  const times = Array.from({ length: runs }, () => {
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    spawnSync('sync');
    const begin = performance.now();
    run(['sh', '-c', script]);
    return (performance.now() - begin) / 1000;
  });
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

function makeArchives(corpus: readonly CorpusPackage[]): void {
  mkdirSync(join(top, 'archives'));
  const compress = `zstd -q -${values.level}`;
  for (const { name, folder } of corpus)
    run(['sh', '-c', `tar -cf - -C '${folder}' . | ${compress} > '${top}/archives/${name}.tar.zst'`]);
  run(['sh', '-c', `tar -cf - -C '${top}/corpus' . | ${compress} > '${top}/one.tar.zst'`]);
}

function makeDebs(corpus: readonly CorpusPackage[]): void {
  mkdirSync(join(top, 'debs'));
  for (const { name, folder } of corpus) {
    mkdirSync(join(folder, 'DEBIAN'));
    writeFileSync(
      join(folder, 'DEBIAN/control'),
      `Package: bench-${name.replaceAll(/[^a-z0-9+.-]/g, '-')}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: cut from /usr\n`,
    );
    run(['dpkg-deb', '--root-owner-group', '-Zzstd', `-z${values.level}`, '-b', folder, join(top, 'debs')]);
    rmSync(join(folder, 'DEBIAN'), { recursive: true });
  }
}

const rows: { name: string; seconds: number }[] = [];
const add = (name: string, seconds: number) => rows.push({ name, seconds });
try {
  const corpus = makeCorpus(join(top, 'corpus'), root);
  const files = corpus.reduce((sum, item) => sum + item.files, 0);
  const bytes = corpus.reduce((sum, item) => sum + item.bytes, 0);
  console.log(
    `${corpus.length} packages, ${files} files, ${Math.round(bytes / 1e6)} MB, zstd level ${values.level}, median of ${runs} runs`,
  );
  makeArchives(corpus);
  makeDebs(corpus);
  const { binhost, key } = await publishCorpus(corpus, { top, root, level: Number(values.level) });
  const area = join(target, 'a');
  const install = `'${binfarm}' install --quiet --prefix '${area}' --release bench/1 --from '${binhost}' --key '${key}'`;
  add('zstd -d | tar x, one archive', timeShell(`zstd -dqc one.tar.zst | tar -xf - -C '${target}'`));
  add(
    'zstd -d | tar x, 50 archives, two at a time',
    timeShell(
      `ls archives | xargs -P2 -I{} sh -c "mkdir '${target}/{}' && zstd -dqc 'archives/{}' | tar -xf - -C '${target}/{}'"`,
    ),
  );
  add(
    'dpkg --unpack',
    timeShell(
      `mkdir -p '${target}/var/lib/dpkg/info' '${target}/var/lib/dpkg/updates' && touch '${target}/var/lib/dpkg/status' && dpkg --force-all --root='${target}' --unpack debs/*.deb`,
    ),
  );
  add('binfarm install', timeShell(install));
  run(['sh', '-c', `${install} ${corpus[0]!.name}`]);
  const timed = (name: string, ...argv: [string, ...string[]]) => add(name, timeProgram(argv, { runs: 5 }).median);
  timed('binfarm rollback (there and back)', 'sh', '-c', `'${binfarm}' rollback -q '${area}' --to 1`);
  timed('binfarm install, nothing to do', 'sh', '-c', install);
  timed('binfarm list', binfarm, 'list', area);
  timed('sh -c :', 'sh', '-c', ':');
  timed('setup.sh', 'sh', '-c', `. '${area}/setup.sh'`);
  const gc = performance.now();
  run([binfarm, 'gc', '-q', area, '--keep', '0']);
  add('binfarm gc of a generation', (performance.now() - gc) / 1000);
  if (existsSync('/usr/bin/nix-store')) addNix(corpus);
  const limit = rows.find(({ name }) => name.includes('50 archives'))!.seconds;
  printTable(
    ['wall seconds', 'median', 'against 50 archives'],
    rows.map(({ name, seconds }) => [name, seconds.toFixed(3), (seconds / limit).toFixed(2)]),
  );
  console.log(JSON.stringify({ bench: 'install', packages: corpus.length, files, bytes, rows }));
} finally {
  rmSync(top, { recursive: true, force: true });
}

/** Nix with a store and a binary cache of its own, from a zstd cache. */
function addNix(corpus: readonly CorpusPackage[]): void {
  const nix = ['--extra-experimental-features', 'nix-command', '--store', `local?root=${top}/nix`];
  const paths = corpus.map(({ name, folder }) => {
    const added = spawnSync('nix', [...nix, 'store', 'add-path', '--name', name, folder], { encoding: 'utf8' });
    return added.stdout.trim();
  });
  run(['nix', ...nix, 'copy', '--to', `file://${top}/nix-cache?compression=zstd`, ...paths] as [string, ...string[]]);
  const fresh = `local?root=${target}`;
  add(
    'nix copy from a zstd cache',
    timeShell(
      `nix --extra-experimental-features nix-command copy --no-check-sigs --from 'file://${top}/nix-cache' --to '${fresh}' ${paths.join(' ')}`,
    ),
  );
}
