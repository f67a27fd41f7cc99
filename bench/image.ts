// What: an OCI layout of about 50 packages, 370 MB, against buildah with as many layers; and what a push sends to the registry that has the packages
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFaultRegistry } from '../test/fakes/fault-registry.ts';
import { run } from './install/make-peers.ts';
import { openCorpusBench } from './install/open-corpus.ts';
import { publishCorpus } from './install/publish-corpus.ts';
import { medianOf, type Run, runOnce } from './install/time-install.ts';
import { printTable } from './measure.ts';

const { top, root, runs, level, corpus, files, bytes, executable, checkout } = await openCorpusBench();
const peer = 'buildah build, as many layers, to a layout';

type Argv = [string, ...string[]];

const rows: (Run & { readonly name: string })[] = [];

try {
  const published = await publishCorpus(corpus, { top, root, level });
  const farm = makeFarm(published.key);
  const build = (program: string, to: string, ...more: string[]): Argv => {
    return [program, 'image', 'build', '--quiet', '--farm', farm, '--release', '1', '--to', to, ...more];
  };
  run(build(executable, `oci:${top}/first`), top); // its base is made once

  const time = async (
    name: string,
    count: number,
    argv: (turn: number) => Argv,
    after: (turn: number) => void = () => {},
  ) => {
    const timed: Run[] = [];
    for (let turn = 0; turn < count; turn++) {
      timed.push(await runOnce(argv(turn), top));
      after(turn);
    }
    rows.push({ name, ...medianOf(timed) });
  };
  await time('binfarm image build to a layout', runs, (turn) => build(executable, `oci:${top}/layout${turn}`));
  await time('the same, from a checkout', runs, (turn) => build(checkout, `oci:${top}/checkout${turn}`));
  await time(
    'binfarm image build to a tar',
    runs,
    (turn) => build(executable, `${top}/${turn}.tar`),
    (turn) => rmSync(`${top}/${turn}.tar`),
  );
  const instructions = corpus.map(({ name }) => `COPY ${name} /opt/store/${name}`);
  writeFileSync(join(top, 'Containerfile'), ['FROM scratch', ...instructions].join('\n'));
  const storage = `--root '${top}/storage' --runroot '${top}/run' --storage-driver overlay`;
  const buildah = `buildah ${storage} build -q --layers -t bench -f Containerfile corpus && buildah ${storage} push -q bench 'oci:${top}/buildah:1'`;
  await time(peer, 1, () => ['sh', '-c', buildah]);
  const limit = rows.find(({ name }) => name === peer)!.seconds;
  printTable(
    ['wall seconds, memory', 'median', `against ${peer}`, 'MB'],
    rows.map(({ name, seconds, megabytes }) => [
      name,
      seconds.toFixed(3),
      (seconds / limit).toFixed(4),
      megabytes.toFixed(0),
    ]),
  );
  const sent = await measurePush(executable, farm);
  console.log(
    `push to the registry that has the packages: ${sent.requests} requests, ${sent.uploads} uploads of ${sent.bytes} bytes, ${sent.mounts} mounts`,
  );
  console.log(JSON.stringify({ bench: 'image', packages: corpus.length, files, bytes, rows, push: sent }));
} finally {
  rmSync(top, { recursive: true, force: true });
}

function makeFarm(key: string): string {
  const folder = join(top, 'farm');
  mkdirSync(join(folder, 'keys'), { recursive: true });
  writeFileSync(
    join(folder, 'binfarm.yaml'),
    [
      'farm: bench',
      'platforms: [x86_64-debian12-gcc12]',
      'sets: { all: [] }',
      `binhost: ${top}/binhost`,
      'publish: { images: [{ name: bench/all, sets: [all], base: debian12 }] }',
    ].join('\n'),
  );
  run(['cp', key, join(folder, 'keys/farm.key.pub')], top);
  run(['cp', '-p', key.replace(/\.pub$/, ''), join(folder, 'keys/farm.key')], top); // images are signed
  return folder;
}

/** Pushes the packages, and then an image of them, and counts what the image takes beyond its base. */
async function measurePush(program: string, farm: string) {
  await using registry = await startFaultRegistry();
  const place = `oci://${registry.host}/stack`;
  await runOnce([program, 'binhost', 'push', '--quiet', '--farm', farm, place], top);
  const [before, received] = [registry.log.length, registry.received()];
  await runOnce(
    [program, 'image', 'push', '--quiet', '--farm', farm, '--at', `oci:${top}/first`, 'bench/all:1', place],
    top,
  );
  const log = registry.log.slice(before);
  const uploads = log.filter((line) => line.startsWith('PUT ') && line.includes('/blobs/uploads/')).length;
  const posts = log.filter((line) => line.startsWith('POST ')).length;
  return { requests: log.length, uploads, mounts: posts - uploads, bytes: registry.received() - received };
}
