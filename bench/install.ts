// What: installing about 50 packages, 370 MB, with verification and relocation, against zstd and tar, dpkg and Nix; and what users wait for every day
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeSmallCorpus } from './install/make-corpus.ts';
import { makeArchives, makeDebs, makeNixCache, run } from './install/make-peers.ts';
import { openCorpusBench } from './install/open-corpus.ts';
import { type PublishedCorpus, publishCorpus } from './install/publish-corpus.ts';
import { medianOf, type Run, runInTurns, runOnce } from './install/time-install.ts';
import { printTable } from './measure.ts';

const { top, root, runs, level, corpus, files, bytes, executable, checkout } = await openCorpusBench();
const peer = 'zstd -d | tar x, 50 archives, two at a time';

type Argv = [string, ...string[]];
const rows: (Run & { readonly name: string })[] = [];

try {
  makeArchives(corpus, { top, level });
  makeDebs(corpus, { top, level });
  const nixPaths = makeNixCache(corpus, top);
  const published = await publishCorpus(corpus, { top, root, level });
  const install = (program: string, area: string, from: PublishedCorpus, ...names: string[]): Argv => {
    const release = ['--release', 'bench/1', '--from', from.binhost, '--key', from.key];
    return [program, 'install', '--quiet', '--prefix', area, ...release, ...names];
  };
  const shell = (script: string): Argv => ['sh', '-c', script];
  const commands = [
    { name: 'zstd -d | tar x, one archive', argv: (t: string) => shell(`zstd -dqc one.tar.zst | tar -xf - -C '${t}'`) },
    {
      name: peer,
      argv: (t: string) =>
        shell(
          `ls archives | xargs -P2 -I{} sh -c "mkdir '${t}/{}' && zstd -dqc 'archives/{}' | tar -xf - -C '${t}/{}'"`,
        ),
    },
    {
      name: 'dpkg --unpack',
      argv: (t: string) =>
        shell(
          `mkdir -p '${t}/var/lib/dpkg/info' '${t}/var/lib/dpkg/updates' && touch '${t}/var/lib/dpkg/status' && dpkg --force-all --root='${t}' --unpack debs/*.deb`,
        ),
    },
    { name: 'binfarm install', argv: (t: string) => install(executable, join(t, 'a'), published) },
    { name: 'binfarm install, from a checkout', argv: (t: string) => install(checkout, join(t, 'a'), published) },
  ];
  if (nixPaths !== undefined) {
    const copy = `nix --extra-experimental-features nix-command copy --no-check-sigs --from 'file://${top}/nix-cache'`;
    const argv = (t: string) => shell(`${copy} --to 'local?root=${t}' ${nixPaths.join(' ')}`);
    commands.push({ name: 'nix copy from a zstd cache', argv });
  }
  for (const [name, timed] of await runInTurns(commands, { runs, top })) rows.push({ name, ...medianOf(timed) });

  const add = async (name: string, argv: Argv, before?: Argv) => {
    const timed: Run[] = [];
    for (let turn = 0; turn < runs; turn++) {
      if (before !== undefined) run(before, top);
      timed.push(await runOnce(argv, top));
    }
    rows.push({ name, ...medianOf(timed) });
  };
  const area = join(top, 'used');
  const [first] = corpus as [(typeof corpus)[0]];
  run(install(executable, area, published), top); // generation 1 has all
  await add('binfarm install, nothing to do', install(executable, area, published));
  run(install(executable, area, published, first.name), top); // generation 2 has one
  const one: Argv = [executable, 'rollback', '--quiet', area, '--to', '2'];
  const all: Argv = [executable, 'rollback', '--quiet', area, '--to', '1'];
  await add('binfarm rollback', one, all);
  await add('first view of 50 packages', install(executable, area, published), one);
  await add(
    'binfarm gc of a view',
    [executable, 'gc', '--quiet', area, '--keep', '1'],
    install(executable, area, published),
  );

  const other = join(top, 'other');
  const small = await publishCorpus(makeSmallCorpus(join(other, 'corpus'), 100), { top: other, root, level });
  const hundred = join(top, 'hundred');
  run(install(executable, hundred, small), top);
  await add('binfarm list, 100 packages', [executable, 'list', hundred]);
  await add('sh', shell(':'));
  await add('sh with setup.sh, 100 packages', shell(`. '${hundred}/setup.sh'`));
  await add('sh with 100 packages active', ['env', `PATH=${hundred}/current/view/bin:/usr/bin:/bin`, 'sh', '-c', ':']);

  const limit = rows.find(({ name }) => name === peer)!.seconds;
  printTable(
    ['wall seconds, memory', 'median', `against ${peer}`, 'MB'],
    rows.map(({ name, seconds, megabytes }) => [
      name,
      seconds.toFixed(3),
      (seconds / limit).toFixed(2),
      megabytes.toFixed(0),
    ]),
  );
  console.log(JSON.stringify({ bench: 'install', packages: corpus.length, files, bytes, rows }));
} finally {
  rmSync(top, { recursive: true, force: true });
}
