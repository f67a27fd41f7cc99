import type { LockedPlatform } from '../../../src/model/lock.ts';
import { valuesOf } from './preferences.ts';

/** A solution as rules that allow nothing else: every package in it is in one of the worlds, with its version, its values and its
 * direct dependencies, and nothing else is. Values of externals are left to the facts. */
export function writeSolution({ packages }: LockedPlatform, versionsOf: (name: string) => readonly string[]): string {
  const lines = [...rules];
  const add = (fact: string, ...terms: readonly (string | number)[]) =>
    lines.push(`${fact}(${terms.map((term) => JSON.stringify(term)).join(', ')}).`);
  for (const [key, { name, version, variants, dependencies, external }] of Object.entries(packages)) {
    add('locked', key, name, versionsOf(name).indexOf(version));
    if (external !== undefined) add('locked_external', key);
    for (const [variant, value] of Object.entries(variants))
      for (const one of valuesOf(typeof value === 'string' ? [value] : value)) add('locked_value', key, variant, one);
    for (const dependency of dependencies) add('locked_edge', key, dependency.key);
  }
  return lines.join('\n');
}

const rules = [
  'odd(K, W) :- locked(K, P, _), in(P, W), value(P, W, N, V), not locked_value(K, N, V), not locked_external(K).',
  'odd(K, W) :- locked(K, P, _), in(P, W), locked_value(K, N, V), not value(P, W, N, V), not locked_external(K).',
  'odd(K, W) :- locked(K, P, I), in(P, W), not version(P, W, I).',
  '1 { is(P, W, K) : locked(K, P, _) } 1 :- in(P, W).',
  ':- is(P, W, K), odd(K, W).',
  ':- locked(K, P, _), not is(P, W, K) : world(W).',
  'edge(K, L) :- is(P, W, K), active(D, W), depends(D, P, T), goes(D, W, U), is(T, U, L).',
  'edge(K, L) :- is(P, W, K), active(D, W), depends(D, P, T), goes(D, W, U), provider(T, U, Q), is(Q, U, L).',
  ':- edge(K, L), not locked_edge(K, L).',
  ':- locked_edge(K, L), not edge(K, L).',
];
