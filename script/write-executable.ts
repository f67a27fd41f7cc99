import { spawnSync } from 'node:child_process';
import { copyFile, rename } from 'node:fs/promises';
import { inspectProgram } from '../src/app/bootstrap/inspect-program.ts';
import { digestOfFile } from '../src/core/digest.ts';
import { formatBytes } from '../src/core/format-quantity.ts';
import { buildExecutable } from './build-executable.ts';

const [output] = process.argv.slice(2);
const built = await buildExecutable();
if (output !== undefined) {
  await copyFile(built.path, `${output}.tmp`);
  await rename(`${output}.tmp`, output);
}
const path = output ?? built.path;
const { digest, size } = await digestOfFile(path);
const { system, version, glibc } = await inspectProgram(path);
const lines = [
  `${path}${built.isNew ? '' : ' (built before)'}`,
  `binfarm ${version} for ${system} with glibc ${glibc} or newer`,
  `${formatBytes(size)}, starts in ${startUp(path)} ms (median of 11)`,
  digest,
];
console.log(lines.join('\n'));

/** Milliseconds from the call to the end of `--version`. */
function startUp(program: string): number {
  const times = Array.from({ length: 11 }, () => {
    const start = performance.now();
    spawnSync(program, ['--version']);
    return performance.now() - start;
  });
  return Math.round(times.toSorted((a, b) => a - b)[5]!);
}
