import { tellConflict } from '../../src/solve/explain/tell-conflict.ts';
import type { Explanation } from '../../src/solve/solve-types.ts';
import type { CompactRequest } from './compact-request.ts';

/** A request on the packages of a big repository that has no solution. */
export type UnsolvableRequest = Omit<CompactRequest, 'recipes'> & {
  /** Names its files in `test/golden/explanations`. */
  readonly name: string;
  readonly says: string;
};

/** What is kept as golden explanations; their recipes are cut out of an index by `script/extract-explanations.ts`. */
export const unsolvableRequests: readonly UnsolvableRequest[] = [
  { name: 'missing-version', says: 'no version is in the range', want: ['hepmc3@4'] },
  {
    name: 'three-levels-down',
    says: 'the versions of a package three levels down',
    want: ['gaudi@40', 'py-pluggy@:0.6'],
  },
  { name: 'two-providers', says: 'two providers of one virtual', want: ['hdf5 +mpi ^openmpi ^mpich'] },
  { name: 'forbidden-value', says: 'a value that the variant does not have', want: ['root cxxstd=98'] },
  { name: 'conflict-with-message', says: 'a conflict that says why', want: ['root +opengl ~x'] },
  { name: 'requirement', says: 'a requirement that cannot be met', want: ['gromacs +cuda +sycl'] },
  { name: 'condition-chain', says: 'conditions that lead to each other', want: ['acts@40: +geant4', 'clhep@2.4.4'] },
  {
    name: 'external',
    says: 'an external that is too old',
    want: ['root@6.34: +python'],
    externals: { python: '3.6.8' },
  },
  { name: 'compiler', says: "the platform's compiler", want: ['hc'] },
  { name: 'stack-rule', says: 'a rule of the stack', want: ['py-numpy@1.23:'], require: { python: '@3.6' } },
  { name: 'unknown-variant', says: 'a variant that does not exist', want: ['hepmc3 +pythn'] },
];

/** An explanation as people see it. */
export function formatExplanation({ directives, hints }: Explanation): string {
  return [...tellConflict(directives), ...hints.map((hint) => `would help: ${hint}`), ''].join('\n');
}
