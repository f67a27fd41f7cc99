import { type AreaIndex, writeAreaIndex } from '../../area/area-index.ts';
import type { AreaLayout } from '../../area/area-layout.ts';
import { noteWritten } from '../../area/settle-area.ts';
import type { WantedPackage } from './area-contents.ts';

/** Keeps what an installation has achieved so far, so that a later one need not fetch it again. */
export interface Achievements {
  /** Tells that a package was unpacked. From time to time what was told is kept. */
  readonly add: (item: WantedPackage) => Promise<void>;
  /** Keeps all that was told. */
  readonly keep: () => Promise<void>;
}

/** Seconds of work that a killed installation may lose. */
const keptEvery = 5;

/** Begins to keep what is unpacked into an area. */
export function rememberUnpacked(layout: AreaLayout, index: AreaIndex): Achievements {
  const unpacked: WantedPackage[] = [];
  let kept = 0;
  let last = performance.now();
  let running: Promise<void> | undefined;
  const keepNow = async () => {
    const count = unpacked.length;
    if (count === kept) return;
    const done = unpacked.slice(0, count);
    const packages = { ...index.packages, ...describeInstalled(done) };
    const unsettled = await noteWritten(layout, index, storeNamesOf(done));
    await writeAreaIndex(layout, { ...index, packages, unsettled });
    [kept, last] = [count, performance.now()];
  };
  const keep = async () => {
    await running;
    running = keepNow().finally(() => {
      running = undefined;
    });
    await running;
  };
  return {
    keep,
    add: async (item) => {
      unpacked.push(item);
      if (running === undefined && performance.now() - last > keptEvery * 1000) await keep();
    },
  };
}

/** What an area's index says of packages. */
export function describeInstalled(packages: readonly WantedPackage[]): AreaIndex['packages'] {
  return Object.fromEntries(
    packages.map(({ storeName, name, version, platform, buildHash, digest, needs, renames, insecure }) => [
      storeName,
      {
        ...{ name, version, platform, buildHash, digest, needs: [...needs] },
        ...(renames === undefined ? {} : { renames }),
        ...(insecure === undefined ? {} : { insecure }),
      },
    ]),
  );
}

function storeNamesOf(packages: readonly WantedPackage[]): string[] {
  return packages.map(({ storeName }) => storeName);
}
