import { join } from 'node:path';
import { openJobserver } from '../../build/jobserver.ts';
import type { BuildContext } from '../../build/run-build.ts';
import { runTests } from '../../build/run-tests.ts';
import { FarmError } from '../../core/farm-error.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { removeFolder } from '../../core/remove-folder.ts';
import { openPackageStores, type PackageStores } from '../build/package-stores.ts';
import { type BuiltPackages, withBuiltPackages } from '../build/with-built-packages.ts';
import { baseRequestOf } from '../farm/check-bases.ts';
import type { AppContext, Farm } from '../farm/open-farm.ts';
import { type BuildableNode, runClosureOf } from '../stack/farm-node.ts';

/** How the tests of one package went at one path. */
export interface PackageTest {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  /** The path that the package was installed at, with all that it needs, as its tests saw it. */
  readonly path: string;
  readonly tests: number;
  /** The first error; absent when all tests passed. */
  readonly problem?: string;
  readonly log?: string;
}

/** The shortest path that users meet, in bytes. */
const shortestPath = 6;

/** Runs the tests of built packages again, in the sandbox, at other paths than the one of their build: by default one of six bytes and one of the longest that the farm allows.
 * What is unpacked for it is removed again.
 * @throws RECIPE_UNKNOWN for a name that the stack does not have; PACKAGE_NOT_FOUND for what is not built; ARGUMENT_INVALID for a length that packages cannot be installed at */
export async function testPackages(
  request: { readonly farm: string; readonly names: readonly string[]; readonly lengths: readonly number[] },
  context: AppContext,
): Promise<{ readonly results: readonly PackageTest[]; readonly problems: number }> {
  return await withBuiltPackages(request, context, async (built) => {
    const longest = built.farm.root.length;
    const results: PackageTest[] = [];
    for (const length of request.lengths.length > 0 ? request.lengths : [shortestPath, longest])
      results.push(...(await testAt(pathOf(length, longest), built, context)));
    return { results, problems: results.filter(({ problem }) => problem !== undefined).length };
  });
}

function pathOf(length: number, longest: number): string {
  if (length >= shortestPath && length <= longest) return '/run/'.padEnd(length, 't'); // every base has /run
  throw new FarmError(
    'ARGUMENT_INVALID',
    `Cannot test at a path of ${length} bytes: it must have ${shortestPath} to ${longest}`,
  );
}

async function testAt(
  path: string,
  { farm, bases, finder, nodes }: BuiltPackages,
  context: AppContext,
): Promise<readonly PackageTest[]> {
  const folder = join(farm.paths.state, `tested-${path.length}`);
  await removeFolder(folder);
  await makeFolder(folder);
  const jobserver = await openJobserver(farm.settings.jobs);
  try {
    const stores = openPackageStores(farm, finder, { folder: join(folder, 'store'), root: path });
    const results: PackageTest[] = [];
    for (const node of nodes) {
      context.signal.throwIfAborted();
      const base = await bases.provide(baseRequestOf(node, farm));
      const { emit, signal } = context;
      const building = { base, jobserver, jobs: farm.settings.jobs, emit, signal };
      const result = await testNode(node, { path, farm, folder, stores, building });
      if (result.problem === undefined) emit({ type: 'package.tested', key: node.key, tests: result.tests });
      results.push(result);
    }
    return results;
  } finally {
    await jobserver.close();
    await removeFolder(folder);
  }
}

async function testNode(
  node: BuildableNode,
  {
    path,
    farm,
    folder,
    stores,
    building,
  }: {
    readonly path: string;
    readonly farm: Farm;
    readonly folder: string;
    readonly stores: PackageStores;
    readonly building: BuildContext;
  },
): Promise<PackageTest> {
  const { storeName, evaluated } = node.built;
  const { name, version } = node.locked;
  const closure = runClosureOf(node);
  await stores.provide('test', [...closure, node]);
  const placeOf = (item: BuildableNode) => ({
    name: item.locked.name,
    storeName: item.built.storeName,
    directory: join(folder, 'store', item.built.storeName),
    direct: true,
  });
  const task = {
    key: node.key,
    tests: evaluated.tests,
    own: placeOf(node),
    visible: closure.map(placeOf),
    workFolder: join(folder, 'work'),
    logPath: join(farm.paths.logs, node.platformName, `${storeName}.test-${path.length}.log`),
    root: path,
  };
  const failure = await runTests(task, building);
  return {
    name,
    version,
    platform: node.platformName,
    path,
    tests: evaluated.tests.length,
    ...(failure === undefined ? {} : { problem: `${failure.phase}: ${failure.firstError}`, log: failure.log }),
  };
}
