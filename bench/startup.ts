// What: start-up of binfarm against bare node, and a build with nothing to do (--farm DIR, else ./demo)
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printTable, type Timing, timeProgram } from './measure.ts';

const top = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '15' }, farm: { type: 'string', default: join(top, 'demo') } },
});
const runs = Number(values.runs);
const binfarm = join(top, 'bin/binfarm');

interface Case {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** The promise, in seconds. */
  readonly limit?: number;
}

const cases: Case[] = [
  { name: 'node', argv: [join(top, 'node_modules/.bin/node'), '-e', '0'] },
  { name: 'binfarm --version', argv: [binfarm, '--version'], limit: 0.15 },
  { name: 'binfarm version', argv: [binfarm, 'version'] },
];
if (existsSync(join(values.farm, 'binfarm.lock'))) {
  cases.push({ name: 'binfarm build', argv: [binfarm, 'build', '--quiet', '--farm', values.farm], limit: 0.5 });
} else {
  console.error(`"${values.farm}" is no built farm: "binfarm build" is left out (script/demo makes one)`);
}

const results = cases.map((item) => ({ ...item, timing: timeProgram(item.argv, { runs }) }));
const seconds = (value: number) => value.toFixed(3);
const isKept = ({ limit, timing }: { limit?: number; timing: Timing }) => limit === undefined || timing.median <= limit;
printTable(
  ['wall seconds', 'median', 'min', 'max', 'limit', 'kept'],
  results.map((result) => {
    const { name, limit, timing } = result;
    const promise = limit === undefined ? ['', ''] : [seconds(limit), isKept(result) ? 'yes' : 'no'];
    return [name, ...[timing.median, timing.min, timing.max].map(seconds), ...promise];
  }),
);
const rows = results.map((result) => ({
  name: result.name,
  limit: result.limit,
  kept: isKept(result),
  ...result.timing,
}));
console.log(JSON.stringify({ bench: 'startup', node: process.versions.node, rows }));
process.exitCode = results.every(isKept) ? 0 : 1;
