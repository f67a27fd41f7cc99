import { parseSpec } from '../../src/model/parse-spec.ts';
import { parseVersion } from '../../src/model/version.ts';
import type { RecipeIndex } from '../../src/recipes/index/recipe-index.ts';
import type { SolveRequest } from '../../src/solve/solve-types.ts';

/** A request of the benchmark, with what it may take at most. */
export interface BenchRequest {
  readonly name: string;
  readonly roots: readonly string[];
  /** CPU seconds of a fresh process, with loading. */
  readonly limit: number;
}

const environment = ['root', 'geant4', 'gaudi', 'hepmc3', 'fastjet', 'python', 'boost'];

/** What is solved, each in a process of its own. */
export const sevenRequests: readonly BenchRequest[] = [
  ...['zlib', 'hepmc3', 'python', 'root', 'gaudi', 'geant4'].map((name) => ({ name, roots: [name], limit: 0.5 })),
  { name: 'environment of seven', roots: environment, limit: 1 },
];

/** A request for some packages of an index, on a plain platform with nothing taken from its base. */
export function requestFor(index: RecipeIndex, roots: readonly string[]): SolveRequest {
  return {
    recipe: index.recipe,
    providers: index.providers,
    names: index.names,
    roots: roots.map((text) => ({ spec: parseSpec(text), set: 'main' })),
    prefer: [],
    require: [],
    externals: [],
    facts: {
      arch: 'x86_64',
      os: 'debian12',
      compiler: { name: 'gcc', version: parseVersion('12.2.0') },
      buildType: 'opt',
    },
  };
}
