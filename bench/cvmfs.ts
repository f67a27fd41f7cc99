// What: publishing about 20,000 files, 270 MB, to a CVMFS repository, against compressing and hashing them; a change in trees of 10,000 to 1,000,000 entries
import { spawnSync } from 'node:child_process';
import { copyFileSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { initRepository } from '../src/app/cvmfs/init-repository.ts';
import { printTable } from './measure.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    folder: { type: 'string', default: '/dev/shm' },
    entries: { type: 'string', default: '10000,100000' },
  },
});
const top = mkdtempSync(join(values.folder, 'binfarm-cvmfs-'));

interface Cost {
  readonly wall: number;
  readonly cpu: number;
  readonly megabytes?: number;
  readonly objects?: number;
  readonly written?: number;
  readonly isNew?: boolean;
}

function run(script: string, ...argv: string[]): Cost {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'cvmfs', script), ...argv],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Cost;
}

function median(costs: readonly Cost[]): Cost {
  return costs.toSorted((a, b) => a.cpu - b.cpu)[Math.floor(costs.length / 2)]!;
}

let count = 0;
async function makeRepository(): Promise<string> {
  const folder = join(top, `repository${count++}`);
  const request = { url: 'http://localhost', ttl: 240, days: 30, time: Math.floor(Date.now() / 1000), dryRun: false };
  await initRepository({ name: 'bench.example.org', folder, keys: join(top, 'keys'), ...request });
  return folder;
}

/** Copies so many files and bytes of this machine. */
function cutCorpus(
  to: string,
  most: { readonly files: number; readonly bytes: number },
): { files: number; bytes: number; folders: number } {
  const size = { files: 0, bytes: 0, folders: 0 };
  const copy = (from: string, into: string) => {
    mkdirSync(into, { recursive: true });
    size.folders += 1;
    for (const name of readdirSync(from)) {
      if (size.files >= most.files || size.bytes >= most.bytes) return;
      const stats = lstatSync(join(from, name));
      if (stats.isDirectory()) copy(join(from, name), join(into, name));
      if (!stats.isFile() || stats.size > 8e6) continue;
      copyFileSync(join(from, name), join(into, name));
      size.files += 1;
      size.bytes += stats.size;
    }
  };
  for (const name of ['lib/python3', 'include', 'share/doc', 'lib/gcc', 'share', 'lib'])
    copy(join('/usr', name), join(to, name.replace('/', '-')));
  return size;
}

/** Folders of 200 names for one file each, so that a million entries take no space. */
function makeEntries(to: string, entries: number): void {
  const perPackage = 200;
  for (let index = 0; index < entries / perPackage; index += 1) {
    const folder = join(to, `part${index % 50}`, `tool${index}`, '1.0');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '0'), `${index}\n`);
    for (let file = 1; file < perPackage - 1; file += 1) linkSync(join(folder, '0'), join(folder, String(file)));
  }
}

function addPackage(to: string, mark: string): void {
  const folder = join(to, 'extra', 'tool', '1.0');
  mkdirSync(folder, { recursive: true });
  for (let file = 0; file < 200; file += 1)
    writeFileSync(join(folder, `${file}.h`), `// ${mark} ${file}\n`.repeat(200));
}

try {
  const rows: (Cost & { readonly name: string })[] = [];
  const corpus = join(top, 'corpus');
  const size = cutCorpus(corpus, { files: 20_000, bytes: 270e6 });
  console.log(`${size.files} files, ${Math.round(size.bytes / 1e6)} MB, ${size.folders} folders`);
  const times = Array.from({ length: Number(values.runs) }, (_, index) => index);
  const plain: Cost[] = [];
  const first: Cost[] = [];
  let folder = '';
  for (const _ of times) {
    plain.push(run('plain-run.ts', corpus));
    folder = await makeRepository();
    first.push(run('publish-run.ts', folder, corpus));
  }
  rows.push({ name: 'deflate + sha1', ...median(plain) }, { name: 'first publish', ...median(first) });
  const change = (name: string, repository: string, tree: string) => {
    const changed = times.map((turn) => {
      addPackage(tree, `${name} ${turn}`);
      return run('publish-run.ts', repository, tree);
    });
    rows.push({ name: `${name}: one package of 200 files`, ...median(changed) });
    const same = times.map(() => run('publish-run.ts', repository, tree));
    if (same.some(({ isNew }) => isNew)) throw new Error('a tree that has not changed made a revision');
    rows.push({ name: `${name}: no change`, ...median(same) });
  };
  change('corpus', folder, corpus);
  for (const entries of values.entries.split(',').map(Number)) {
    const tree = join(top, `generated${entries}`);
    makeEntries(tree, entries);
    const repository = await makeRepository();
    rows.push({ name: `${entries} entries: first publish`, ...run('publish-run.ts', repository, tree) });
    change(`${entries} entries`, repository, tree);
    rmSync(tree, { recursive: true });
  }
  const limit = median(plain).cpu;
  printTable(
    ['', 'CPU s', 'wall s', 'MB', 'objects', 'catalogs'],
    rows.map(({ name, cpu, wall, megabytes = 0, objects = 0, written = 0 }) => [
      name,
      cpu.toFixed(2),
      wall.toFixed(2),
      megabytes.toFixed(0),
      String(objects),
      String(written),
    ]),
  );
  console.log(`first publish against deflate + sha1: ${(median(first).cpu / limit).toFixed(2)} of the CPU`);
  console.log(JSON.stringify({ bench: 'cvmfs', ...size, rows }));
} finally {
  rmSync(top, { recursive: true, force: true });
}
