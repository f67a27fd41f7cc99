import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ImportedPackage } from '../../src/recipes/index/imported-package.ts';
import { writeIndex } from '../../src/recipes/index/write-index.ts';
import { packagesOfUniverse } from '../../src/recipes/spack/read-universe.ts';

// Makes an index of a dump of metadata (`FILE INDEX`) and prints what that took, as one JSON object. The order of providers is taken
// from `spack-default-providers.json` beside the dump, where that is.
const [file = '', path = ''] = process.argv.slice(2);
const begin = performance.now();
const bytes = readFileSync(file);
const universe = JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
const beside = join(dirname(file), 'spack-default-providers.json');
const defaults = existsSync(beside) ? JSON.parse(readFileSync(beside, 'utf8')) : {};
const orders = Object.entries((defaults.providers ?? {}) as Record<string, readonly string[]>);
const statistics = await writeIndex(path, {
  source: file,
  packages: packagesOfUniverse(universe).map(withoutTests),
  // a provider can be named with what else it should be: `mesa +glx`
  providers: Object.fromEntries(
    orders.map(([name, list]) => [name, list.map((text) => /^[\w.-]+/.exec(text)?.[0] ?? '')]),
  ),
  unbuildable: defaults.not_buildable ?? [],
});

/** Leaves out what is needed for a package's own tests alone, as Spack does unless it is told to run them. */
function withoutTests(source: ImportedPackage): ImportedPackage {
  return { ...source, dependencies: source.dependencies.filter(({ types }) => types.some((type) => type !== 'test')) };
}

const seconds = (performance.now() - begin) / 1000;
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ ...statistics, seconds, cpu: (user + system) / 1e6 }));
