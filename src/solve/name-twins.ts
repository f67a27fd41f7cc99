import { formatCanonicalJson } from '../core/json.ts';
import type { PackageNode, Problem } from './encode/problem.ts';
import type { SolvedPackage } from './solved-package.ts';

/** The lock's key of each package: its name, or `name#build` for a tool that differs from the package of that name that is used.
 * Tools that are the same as what is used, down to all that they need, get its key. */
export function keysOf({ split }: Problem, solved: ReadonlyMap<PackageNode, SolvedPackage>): Map<PackageNode, string> {
  const nodes = [...solved.keys()];
  if (!split) return new Map(nodes.map((node) => [node, node.name]));
  const identities = identitiesOf(solved);
  const used = new Map(nodes.filter(({ world }) => world === 'use').map((node) => [node.name, identities.get(node)]));
  const isTwin = (node: PackageNode) => used.has(node.name) && used.get(node.name) !== identities.get(node);
  return new Map(nodes.map((node) => [node, isTwin(node) ? `${node.name}#build` : node.name]));
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
