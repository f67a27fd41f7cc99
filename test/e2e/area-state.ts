import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readAreaIndex } from '../../src/area/area-index.ts';
import { areaLayoutOf } from '../../src/area/area-layout.ts';
import { listGenerationNumbers, readActiveGeneration, readGeneration } from '../../src/area/generation.ts';
import { describeEntry, snapshotOf } from './read-tree.ts';
import { voiceOf } from './release-fixture.ts';

/** What each package of an area's store must hold, by its store name. */
export type StoreReference = ReadonlyMap<string, readonly string[]>;

/** Remembers what the packages in an area's store hold, as an installation that nobody disturbed has left them. */
export function rememberStore(area: string, before: StoreReference = new Map()): StoreReference {
  const names = readdirSync(join(area, 'store')).filter((name) => !name.startsWith('.'));
  return new Map([...before, ...names.map((name) => [name, snapshotOf(join(area, 'store', name))] as const)]);
}

/** Checks that all of an area that a command would believe is whole: every package of every generation by the digest of every file, every link of every view, what the index names, and
 * what a shell gets from setup.sh.
 * @returns the store names in use; undefined when nothing is in use yet */
export async function assertWhole(area: string, reference: StoreReference): Promise<readonly string[] | undefined> {
  const layout = areaLayoutOf(area);
  const index = await readAreaIndex(layout);
  const believed = new Set(Object.keys(index?.packages ?? {}).filter((name) => existsSync(join(layout.store, name))));
  const used = new Set<string>();
  for (const number of await listGenerationNumbers(layout)) {
    const { packages } = await readGeneration(layout, number);
    assertView(join(layout.generations, String(number), 'view'), packages);
    for (const name of packages) {
      used.add(name);
      assert.ok(believed.has(name), `generation ${number} has ${name}, which the index does not know`);
    }
  }
  for (const name of new Set([...believed, ...used])) {
    assert.ok(reference.has(name), `${name} is nothing that was installed`);
    assert.deepEqual(snapshotOf(join(layout.store, name)), reference.get(name), `${name} is not whole`);
  }
  const active = await readActiveGeneration(layout);
  if (active === undefined) return undefined;
  const { packages } = await readGeneration(layout, active);
  assertSetup(area, packages);
  return packages;
}

function assertView(view: string, packages: readonly string[]): void {
  const links = entriesIn(view).filter((path) => lstatSync(join(view, path)).isSymbolicLink());
  for (const path of links) {
    assert.ok(
      existsSync(join(view, path)),
      `${view}/${path} leads to ${readlinkSync(join(view, path))}, which is not there`,
    );
  }
  const programs = packages.map((name) => name.slice(0, name.indexOf('-'))).sort();
  assert.deepEqual(readdirSync(join(view, 'bin')).sort(), programs);
}

/** Reads setup.sh in a shell that has nothing, and runs two of the programs. */
function assertSetup(area: string, packages: readonly string[]): void {
  const some = [packages[0]!, packages.at(-1)!].map((storeName) => storeName.split('-') as [string, string]);
  const script = `. ${area}/setup.sh && ${some.map(([name]) => name).join(' && ')}`;
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script], { env: {}, encoding: 'utf8' });
  const voices = some.map(([name, version]) => `${voiceOf({ name, version })}\n`);
  assert.deepEqual([stdout, stderr], [voices.join(''), '']);
}

/** All that an area holds, one line an entry, without what differs from run to run: times, locks, and whether there is an empty trash. */
export function contentsOf(area: string): readonly string[] {
  return entriesIn(area)
    .filter((path) => basename(path) !== '.lock' && path !== '.trash')
    .map(
      (path) => `${path} ${/^generations\/\d+\/generation\.json$/.test(path) ? '' : describeEntry(join(area, path))}`,
    );
}

/** The bytes that the files of an area take on the disk, without locks. */
export function diskUseOf(area: string): number {
  const entries = entriesIn(area)
    .filter((path) => basename(path) !== '.lock')
    .map((path) => lstatSync(join(area, path)));
  return entries.reduce((sum, entry) => sum + (entry.isDirectory() ? 0 : entry.blocks * 512), 0);
}

/** The paths of all that is below a folder; links are not followed. */
function entriesIn(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(prefix, entry.name);
      return entry.isDirectory() ? [path, ...entriesIn(folder, path)] : [path];
    });
}
