import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isFarmError } from '../../src/core/farm-error.ts';
import { type Attempt, attempts } from './attempts.ts';
import type { FuzzCase, FuzzVerdict } from './fuzz-case.ts';
import { snapshotOf } from './snapshot.ts';

// The process that reads what is hostile, and nothing else, so that its memory is that of a reader. One case a line on stdin, one verdict a line on stdout.

for await (const line of createInterface({ input: process.stdin })) {
  const verdict = await judge(JSON.parse(line) as FuzzCase);
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
}

async function judge(item: FuzzCase): Promise<FuzzVerdict> {
  (globalThis as { gc?: () => void }).gc?.();
  writeFileSync('/proc/self/clear_refs', '5'); // the peak is counted anew
  let before = snapshotAround(item.folder);
  const outcomes: FuzzVerdict['outcomes'][number][] = [];
  for (const name of item.attempts) {
    if (item.isMeasured) (globalThis as { gc?: () => void }).gc?.();
    outcomes.push({ attempt: name, ...(await tryOnce(attempts[name], item)) });
    const after = snapshotAround(item.folder);
    const touched = difference(before, after);
    before = after;
    if (touched !== undefined) outcomes.push({ attempt: name, result: 'touched', message: touched });
  }
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1];
  return { outcomes, peakBytes: Number(peak) * 1024 };
}

async function tryOnce(attempt: Attempt, item: FuzzCase): Promise<Omit<FuzzVerdict['outcomes'][number], 'attempt'>> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  try {
    return { ...(await attempt(item)), seconds: seconds() };
  } catch (error) {
    if (isFarmError(error) && error.code !== 'UNEXPECTED') {
      return { result: 'refused', code: error.code, message: error.message.slice(0, 300), seconds: seconds() };
    }
    return { result: 'crashed', message: String((error as Error)?.stack ?? error).slice(0, 1500), seconds: seconds() };
  }
}

/** All that a case lies in, but for the folders that it may change. */
function snapshotAround(folder: string): string[] {
  for (const name of ['area', 'target']) mkdirSync(join(folder, name), { recursive: true });
  return snapshotOf(join(folder, '..'), ['case/area/', 'case/target/', 'case/spool']);
}

function difference(before: readonly string[], after: readonly string[]): string | undefined {
  const known = new Set(before);
  const now = new Set(after);
  const changed = [...after.filter((line) => !known.has(line)), ...before.filter((line) => !now.has(line))];
  return changed.length === 0 ? undefined : changed.slice(0, 3).join('; ');
}
