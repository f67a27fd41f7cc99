// What: the solver on a big repository (FILE: an index, or a dump of metadata in JSON): seven requests and 500 single packages
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openIndex } from '../src/recipes/index/open-index.ts';
import type { RecipeIndex } from '../src/recipes/index/recipe-index.ts';
import type { SolveResult } from '../src/solve/solve-types.ts';
import { checkSolution } from '../test/scenarios/check-solution.ts';
import { printTable } from './measure.ts';
import { type BenchRequest, requestFor, sevenRequests } from './solve/seven-requests.ts';
import { isSpackThere, timeSpack } from './solve/time-spack.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    singles: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
  },
});
const [file] = positionals;
if (file === undefined) {
  console.error('script/bench solve FILE [--runs N] [--singles N] [--seed N]: FILE is an index, or a dump of metadata');
  process.exit(2);
}

/** The promises: megabytes, and seconds. */
const limits = { memory: 300, building: 10, loading: 0.1, single: 2, share: 0.99 };
const folder = mkdtempSync(join(tmpdir(), 'binfarm-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** What a program of this benchmark printed: one JSON value a line. */
function runProgram(name: string, ...rest: readonly string[]): Record<string, unknown>[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'solve', name), ...rest], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** What one request took in a fresh process. */
interface Run {
  readonly cpu: number;
  readonly memory: number;
  readonly loading: number;
  readonly solving: number;
}

const middle = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

/** Solves a request several times, each in a fresh process, after one run that is not counted. */
function measureRequest(path: string, index: RecipeIndex, { name, roots, limit }: BenchRequest) {
  const solution = join(folder, 'solution.json');
  const once = () => runProgram('solve-request.ts', path, solution, ...roots)[0] as unknown as Run;
  once();
  const runs = Array.from({ length: Number(values.runs) }, once);
  const result = JSON.parse(readFileSync(solution, 'utf8')) as SolveResult;
  const of = (key: keyof Run) => middle(runs.map((run) => run[key]));
  const broken = result.solved ? checkSolution(requestFor(index, roots), result) : ['it was not solved'];
  const spack = isSpackThere() ? timeSpack(roots) : undefined;
  return {
    name,
    limit,
    nodes: result.solved ? Object.keys(result.platform.packages).length : 0,
    cpu: of('cpu'),
    memory: of('memory'),
    loading: of('loading'),
    solving: of('solving'),
    broken,
    // every criterion's minimum is proved before the next one is looked at, so what is solved is optimal
    optimal: result.solved && broken.length === 0,
    ...(spack !== undefined && { spack, ratio: spack / of('cpu') }),
    kept: broken.length === 0 && of('cpu') <= limit && of('memory') <= limits.memory && of('loading') <= limits.loading,
  };
}

const isDump = /\.json(?:\.gz)?$/.test(file);
const path = isDump ? join(folder, 'packages.index') : file;
const built = isDump ? runProgram('make-index.ts', file, path)[0] : undefined;
if (built !== undefined) {
  const { packages, seconds, cpu, bytes } = built as Record<string, number>;
  console.log(
    `index of ${packages} packages: ${seconds!.toFixed(1)} s wall, ${cpu!.toFixed(1)} s CPU, ${(bytes! / 2 ** 20).toFixed(1)} MB`,
  );
}
const index = await openIndex(path);
const rows = sevenRequests.map((request) => measureRequest(path, index, request));
const seconds = (value: number) => value.toFixed(3);
printTable(
  [
    'fresh process',
    'nodes',
    'CPU s',
    'limit',
    'loading s',
    'solving s',
    'MB',
    'optimal',
    'kept',
    'spack CPU s',
    'ratio',
  ],
  rows.map((row) => [
    row.name,
    String(row.nodes),
    seconds(row.cpu),
    seconds(row.limit),
    seconds(row.loading),
    seconds(row.solving),
    row.memory.toFixed(0),
    row.optimal ? 'yes' : 'no',
    row.kept ? 'yes' : 'no',
    row.spack?.toFixed(1) ?? '',
    row.ratio?.toFixed(0) ?? '',
  ]),
);
for (const { name, broken } of rows) for (const rule of broken.slice(0, 5)) console.log(`${name}: broken: ${rule}`);

interface Single {
  readonly name: string;
  readonly verdict: 'solved' | 'explained' | 'refused' | 'wrong';
  readonly cpu: number;
  readonly says?: readonly string[];
}
const singles = runProgram('solve-many.ts', path, values.singles, values.seed) as unknown as Single[];
const count = (verdict: Single['verdict']) => singles.filter((single) => single.verdict === verdict).length;
const slow = singles.filter(({ cpu }) => cpu > limits.single);
const times = singles.map(({ cpu }) => cpu);
const told = singles.filter(
  ({ verdict, cpu }) => (verdict === 'solved' || verdict === 'explained') && cpu <= limits.single,
);
const single = {
  count: singles.length,
  solved: count('solved'),
  explained: count('explained'),
  refused: count('refused'),
  wrong: count('wrong'),
  slow: slow.length,
  median: middle(times),
  max: Math.max(...times),
  slowest: singles.find(({ cpu }) => cpu === Math.max(...times))?.name ?? '',
  kept: count('wrong') === 0 && told.length >= limits.share * singles.length,
};
console.log(
  `\n${single.count} single packages (seed ${values.seed}): ${single.solved} solved, ${single.explained} explained, ${single.refused} refused, ${single.wrong} wrong; ` +
    `CPU seconds: median ${seconds(single.median)}, most ${seconds(single.max)} (${single.slowest}); ${single.slow} above ${limits.single}; kept: ${single.kept ? 'yes' : 'no'}`,
);
for (const { name, verdict, says = [] } of singles)
  if (verdict !== 'solved') console.log(`  ${name} ${verdict}: ${says.join(' | ').slice(0, 400)}`);

const isBuilt = built === undefined || (built.seconds as number) <= limits.building;
console.log(JSON.stringify({ bench: 'solve', node: process.versions.node, index: built, rows, singles: single }));
process.exitCode = isBuilt && single.kept && rows.every(({ kept }) => kept) ? 0 : 1;
