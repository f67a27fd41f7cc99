import type { PackageName } from '../../model/names.ts';
import { anyVersion } from '../../model/version-range.ts';
import { allOf, anyExpectedOf, createLiteral, not, state } from './literals.ts';
import type { PackageNode, Problem, ProviderEdge, VirtualNode, World } from './problem.ts';
import { wishToReuseProvider } from './reuse-provider.ts';
import { addWishes, guardOf } from './wishes-and-guards.ts';

/** What the platform itself stands for: its compiler's languages and its C library. */
const metByPlatform: ReadonlySet<string> = new Set(['c', 'cxx', 'fortran', 'libc']);

/** True for a virtual that every platform meets, so that nothing has to be in the solution for it. */
export function isMetByPlatform(name: string): boolean {
  return metByPlatform.has(name);
}

/** The package or virtual that a name stands for; undefined when there is neither a recipe, an external nor a provider. */
export function targetOf(problem: Problem, name: PackageName, world: World): PackageNode | VirtualNode | undefined {
  const key = keyIn(problem, name, world);
  const known = problem.packages.get(key) ?? problem.virtuals.get(key);
  if (known !== undefined) return known;
  if (isPackage(problem, name)) return createPackage(problem, name, { key, world });
  const providers = problem.request.providers(name).filter((provider) => isPackage(problem, provider));
  return providers.length === 0 ? undefined : createVirtual(problem, name, { key, world, providers });
}

/** The world in which what a package says of another one is meant: that of the tools where it needs the other only to be built. */
export function worldSeenFrom(
  problem: Problem,
  { name, world }: { readonly name: PackageName; readonly world: World },
  other: PackageName,
): World {
  if (!problem.split) return world;
  const directives = problem.request.recipe(name)?.dependencies.filter(({ spec }) => spec.name === other) ?? [];
  const isTool =
    directives.length > 0 && directives.every(({ types }) => !types.includes('link') && !types.includes('run'));
  return isTool ? toolWorldOf(problem, name) : world;
}

/** The world in which the tools that build a package are. */
export function toolWorldOf({ apart }: Problem, name: PackageName): World {
  return apart.has(name) ? `build-${name}` : 'build';
}

/** What a name in a world is known by in the problem. */
export function keyIn({ split }: Problem, name: string, world: World): string {
  return split && world !== 'use' ? `${name}#${world}` : name;
}

function isPackage({ request }: Problem, name: PackageName): boolean {
  return request.recipe(name) !== undefined || request.externals.some((external) => external.name === name);
}

function createPackage(
  problem: Problem,
  name: PackageName,
  { key, world }: { key: string; world: World },
): PackageNode {
  const node: PackageNode = {
    kind: 'package',
    key,
    name,
    world,
    literal: createLiteral(problem, true, false),
    edges: [],
    roles: [],
    needs: [],
    conditions: [],
    choices: undefined,
  };
  problem.packages.set(key, node);
  return node;
}

function createVirtual(
  problem: Problem,
  name: PackageName,
  { key, world, providers }: { key: string; world: World; providers: readonly PackageName[] },
): VirtualNode {
  const virtual: VirtualNode = {
    kind: 'virtual',
    key,
    name,
    world,
    literal: createLiteral(problem, true, false),
    edges: [],
    needs: [],
    conditions: [],
  };
  problem.virtuals.set(key, virtual);
  const isExternal = (provider: PackageName) =>
    problem.request.externals.some((external) => external.name === provider);
  const ordered = [...providers.filter(isExternal), ...providers.filter((provider) => !isExternal(provider))];
  const kept = Math.max(0, ordered.indexOf(problem.kept.providers.get(name) as PackageName));
  const steps = [virtual.literal];
  for (let index = 1; index < ordered.length; index += 1) {
    const step = createLiteral(problem, index <= kept, false);
    state(problem, [not(step), steps[index - 1]!]);
    steps.push(step);
  }
  addWishes(problem, 'providers', {
    ladder: steps.slice(1).map(not),
    key,
    says: (missed) => `${ordered[missed]} rather than ${ordered[0]}`,
  });
  const guard = guardOf(problem, () => ({
    kind: 'fact',
    from: name,
    owner: name,
    says: `is provided by ${ordered.join(', ')}`,
    mentions: ordered,
  }));
  for (const [index, provider] of ordered.entries()) {
    const target = targetOf(problem, provider, world) as PackageNode;
    const next = steps[index + 1];
    const trigger = allOf(problem, next === undefined ? [steps[index]!] : [steps[index]!, not(next)]);
    const asks = { name: provider, versions: anyVersion, variants: {}, platform: {}, dependencies: [] };
    const edge: ProviderEdge = { virtual, guard, target, trigger, relies: [], types: [], asks, linked: false };
    state(problem, [not(guard), not(trigger), target.literal]);
    virtual.edges.push(edge);
    target.roles.push(edge);
    if (target.choices !== undefined) problem.unlinked.push(edge);
    if (problem.kept.providers.get(name) === provider) {
      const stays = anyExpectedOf(problem, [not(virtual.literal), trigger]);
      addWishes(problem, 'changes', { ladder: [stays], key, says: () => `no longer ${provider}` });
    }
  }
  wishToReuseProvider(problem, virtual);
  return virtual;
}
