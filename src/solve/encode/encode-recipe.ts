import type { Place } from '../../core/farm-error.ts';
import { formatSpec } from '../../model/format-spec.ts';
import type { PackageName } from '../../model/names.ts';
import type {
  ConflictDeclaration,
  DependencyDeclaration,
  RecipeMetadata,
  RequirementDeclaration,
} from '../../model/recipe.ts';
import type { Spec } from '../../model/spec.ts';
import { FALSE, type Literal } from '../sat/sat-state.ts';
import type { VariantDetails } from '../solve-types.ts';
import { checkRecipe } from './check-recipe.ts';
import { conditionLiterals, triggerOf, variantsNamed } from './conditions.ts';
import { allOf, not, state } from './literals.ts';
import { requireSpec } from './needs.ts';
import type { Directive, PackageNode, Problem, VirtualNode } from './problem.ts';
import { recordAsker } from './sticky-variant.ts';
import { isMetByPlatform, targetOf, toolWorldOf, worldSeenFrom } from './targets.ts';
import { guardOf } from './wishes-and-guards.ts';

/** Takes what a package's recipe says about the solution into the problem. */
export function encodeRecipe(problem: Problem, node: PackageNode, recipe: RecipeMetadata): void {
  checkRecipe(recipe);
  const variants: readonly VariantDetails[] = recipe.variants;
  for (const { name, valueWhen } of variants) if (valueWhen !== undefined) variantsNamed(problem, node, name);
  for (const dependency of recipe.dependencies) encodeDependency(problem, node, dependency);
  for (const conflict of recipe.conflicts) encodeConflict(problem, node, conflict);
  for (const requirement of recipe.requires) encodeRequirement(problem, node, requirement);
}

function encodeDependency(problem: Problem, node: PackageNode, declaration: DependencyDeclaration): void {
  const { spec, types, when } = declaration;
  if (spec.name === undefined || isMetByPlatform(spec.name)) return;
  const trigger = triggerOf(problem, node, when);
  if (trigger === FALSE) return;
  const { name } = spec;
  const isTool = !types.includes('link') && !types.includes('run');
  const world = isTool ? toolWorldOf(problem, node.name) : node.world;
  const describe = () => ({
    ...directiveOf(node, `needs ${formatSpec(spec)}`, declaration),
    mentions: namesIn(spec),
    isTool,
    ...(targetOf(problem, name, world) === undefined && { unknown: name }),
  });
  const guard = guardOf(problem, describe, declaration);
  const target = requireSpec(problem, { ...spec, name }, { premises: [not(guard), not(trigger)], world });
  if (target !== undefined)
    node.edges.push({ trigger, guard, target, relies: reliedIn(problem, node, when), types, asks: spec });
}

/** What a condition looks at beside the package itself. */
function reliedIn(problem: Problem, node: PackageNode, when: Spec | undefined): (PackageNode | VirtualNode)[] {
  if (when === undefined) return [];
  const names = namesIn(when).filter((name) => name !== node.name);
  return names.flatMap((name) => targetOf(problem, name, worldSeenFrom(problem, node, name)) ?? []);
}

function encodeConflict(problem: Problem, node: PackageNode, declaration: ConflictDeclaration): void {
  const { spec, when, message } = declaration;
  const literals = [node.literal, ...conditionLiterals(problem, node, spec)];
  if (when !== undefined) literals.push(...conditionLiterals(problem, node, when));
  if (literals.includes(FALSE)) return;
  const describe = () => directiveOf(node, `cannot be ${formatSpec(spec)}`, declaration, message);
  const guard = guardOf(problem, describe, declaration);
  state(problem, [not(guard), ...literals.map(not)]);
}

function encodeRequirement(problem: Problem, node: PackageNode, declaration: RequirementDeclaration): void {
  const { specs, policy, when, message } = declaration;
  const trigger = triggerOf(problem, node, when);
  if (trigger === FALSE) return;
  const describe = () => {
    const says = `must be ${policy === 'one_of' ? 'exactly one' : 'one'} of ${specs.map(formatSpec).join(' | ')}`;
    return directiveOf(node, says, declaration, message);
  };
  const guard = guardOf(problem, describe, declaration);
  const options = specs.map((spec) => allOf(problem, conditionLiterals(problem, node, spec)));
  state(problem, [not(guard), not(trigger), ...options]);
  const asked = new Set(
    specs
      .filter(({ name }) => name === undefined || name === node.name)
      .flatMap(({ variants }) => Object.keys(variants)),
  );
  for (const name of asked) recordAsker(problem, node, name, [not(guard), not(trigger)]);
  if (policy === 'one_of') excludePairs(problem, options, [not(guard), not(trigger)]);
}

function excludePairs(problem: Problem, options: readonly Literal[], premises: readonly Literal[]): void {
  for (const [index, option] of options.entries()) {
    for (const other of options.slice(index + 1)) state(problem, [...premises, not(option), not(other)]);
  }
}

function directiveOf(
  node: PackageNode,
  says: string,
  { when, place }: { readonly when?: Spec; readonly place?: Place },
  message?: string,
): Omit<Directive, 'guard'> {
  const condition = when === undefined ? '' : ` when ${formatSpec(when)}`;
  const why = message === undefined ? '' : ` (${message})`;
  return {
    kind: 'recipe',
    from: node.name,
    owner: node.name,
    says: says + condition + why,
    mentions: [],
    ...(place !== undefined && { place }),
  };
}

/** The packages that a spec names. */
export function namesIn(spec: Spec): PackageName[] {
  return [...(spec.name === undefined ? [] : [spec.name]), ...spec.dependencies.flatMap(namesIn)];
}
