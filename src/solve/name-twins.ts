import { formatCanonicalJson } from '../core/json.ts';
import type { PackageNode, Problem, World } from './encode/problem.ts';
import type { SolvedPackage } from './solved-package.ts';

/** The lock's key of each package: its name, or for a tool that differs from what is used `name#build`, or `name#build-user` where only one package
 * is built with it. Tools that are the same as what is used, down to all that they need, get its key. */
export function keysOf({ split }: Problem, solved: ReadonlyMap<PackageNode, SolvedPackage>): Map<PackageNode, string> {
  const nodes = [...solved.keys()];
  if (!split) return new Map(nodes.map((node) => [node, node.name]));
  const identities = identitiesOf(solved);
  const keys = new Map<PackageNode, string>();
  for (const [name, named] of Map.groupBy(nodes, (node) => node.name)) {
    const known = new Map<number, string>();
    for (const node of named.toSorted((a, b) => compareWorlds(a.world, b.world))) {
      const identity = identities.get(node)!;
      const key = known.get(identity) ?? (known.size === 0 ? name : `${name}#${node.world}`);
      known.set(identity, key);
      keys.set(node, key);
    }
  }
  return keys;
}

/** What is used comes first, then the tools of all, then those of one package. */
function compareWorlds(a: World, b: World): number {
  if (a === 'use' || b === 'use') return Number(a !== 'use') - Number(b !== 'use');
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A number for all that makes a package what it is; the same number for equal packages. */
function identitiesOf(solved: ReadonlyMap<PackageNode, SolvedPackage>): Map<PackageNode, number> {
  const numbers = new Map<string, number>();
  const identities = new Map<PackageNode, number>();
  const identify = (node: PackageNode): number => {
    const known = identities.get(node);
    if (known !== undefined) return known;
    const { candidate, variants, dependencies } = solved.get(node)!;
    const below = [...dependencies].map(([target, types]) => `${identify(target)} ${[...types].sort().join()}`).sort();
    const text = formatCanonicalJson([node.name, candidate.version, variants, below]);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    identities.set(node, number);
    return number;
  };
  for (const node of solved.keys()) identify(node);
  return identities;
}
