import { readFileSync } from 'node:fs';
import { syncFileSystem } from '../package/sync-file-system.ts';
import type { AreaIndex } from './area-index.ts';
import type { AreaLayout } from './area-layout.ts';
import { verifyInstalled } from './verify-installed.ts';

/** Notes in an area's index that packages were just written. That they have reached the disk is not waited for: as long as the machine runs on, what it wrote is there to be read.
 * Only if it stops before is there something to doubt, and then it runs under another boot id, for which `settleArea` looks. Where there is no boot id it is waited for. */
export async function noteWritten(
  layout: AreaLayout,
  index: AreaIndex,
  written: readonly string[],
): Promise<AreaIndex['unsettled']> {
  const boot = readBootId();
  if (boot === undefined) {
    await syncFileSystem(layout.store);
    return undefined;
  }
  const before = index.unsettled?.boot === boot ? index.unsettled.packages : [];
  return { boot, packages: [...new Set([...before, ...written])].sort() };
}

/** Gives an index that can be believed after the machine was started anew: packages that had perhaps not reached the disk are read again, once, and those that are not whole are
 * taken out. The same index where there is nothing to doubt. */
export function settleArea(layout: AreaLayout, index: AreaIndex): AreaIndex {
  if (index.unsettled === undefined || index.unsettled.boot === readBootId()) return index;
  const { unsettled, ...rest } = index;
  const damaged = new Set(unsettled.packages.filter((storeName) => !isWhole(layout, storeName)));
  const packages = Object.entries(rest.packages).filter(([storeName]) => !damaged.has(storeName));
  return { ...rest, packages: Object.fromEntries(packages) };
}

function isWhole(layout: AreaLayout, storeName: string): boolean {
  try {
    return verifyInstalled(layout, storeName).faults.every(({ state }) => state === 'unexpected');
  } catch {
    return false;
  }
}

/** A name for the time from this start of the machine to its next (proc(5), sys/kernel/random/boot_id). */
function readBootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}
