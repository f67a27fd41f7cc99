import { FarmError } from '../../core/farm-error.ts';
import { satisfiesPlatform } from '../../model/match-spec.ts';
import type { Spec, VariantRequest } from '../../model/spec.ts';
import { anyVersion, isAnyVersion, rangesOverlap, type VersionRange } from '../../model/version-range.ts';
import { FALSE, type Literal, TRUE } from '../sat/sat-state.ts';
import type { VariantDetails } from '../solve-types.ts';
import {
  allOf,
  anyOf,
  choicesOf,
  createLiteral,
  not,
  type OpenCondition,
  type PackageNode,
  type Problem,
  type ProviderEdge,
  state,
  type VariantNode,
} from './problem.ts';
import { targetOf } from './targets.ts';
import { createVariant, valueLiterals } from './variant-values.ts';
import { versionLiterals } from './version-literals.ts';

/** The literals that together say that a condition (a `when`, a conflict) holds: on the package, and on others that it names. */
export function conditionLiterals(problem: Problem, node: PackageNode, spec: Spec): Literal[] {
  const literals =
    spec.name === undefined || spec.name === node.name
      ? [node.literal, ...ownConditions(problem, node, spec)]
      : [foreignCondition(problem, node, spec)];
  for (const dependency of spec.dependencies) literals.push(foreignCondition(problem, node, dependency));
  return literals;
}

/** The literal that says that a package is in the solution and a directive's `when` holds on it. */
export function triggerOf(problem: Problem, node: PackageNode, when: Spec | undefined): Literal {
  return when === undefined ? node.literal : allOf(problem, [node.literal, ...conditionLiterals(problem, node, when)]);
}

/** The literals that together say that a spec's own conditions hold on a package that is in the solution;
 * FALSE is among them where they cannot. The package's choices must be known. */
export function ownConditions(problem: Problem, node: PackageNode, spec: Spec): Literal[] {
  if (!satisfiesPlatform(spec.platform, problem.request.facts)) return [FALSE];
  const literals = [...versionLiterals(problem, node, spec.versions)];
  for (const name of Object.keys(spec.variants))
    literals.push(...variantLiterals(problem, node, name, spec.variants[name]!));
  return literals;
}

/** The literals that together say that a variant exists on a package and has what is asked; FALSE where that cannot be. */
export function variantLiterals(
  problem: Problem,
  node: PackageNode,
  name: string,
  request: VariantRequest,
): readonly Literal[] {
  if (choicesOf(node).candidates[0]?.external !== undefined) return [externalLiteral(problem, node, name, request)];
  const variant = variantOf(problem, node, name);
  return variant === undefined ? [FALSE] : valueLiterals(problem, variant, request);
}

/** A variant of a package, taken into the problem when something looks at it for the first time; undefined where there is none. */
export function variantOf(problem: Problem, node: PackageNode, name: string): VariantNode | undefined {
  const { variants, declarations } = choicesOf(node);
  const known = variants.get(name);
  const declaration = declarations.get(name);
  if (known !== undefined || declaration === undefined) return known;
  const variant = createVariant(problem, node, declaration, existenceOf(problem, node, declaration));
  variants.set(name, variant);
  for (const [value, when] of Object.entries(declaration.valueWhen ?? {})) {
    const literal = variant.values.get(value);
    if (literal !== undefined) state(problem, [not(literal), triggerOf(problem, node, when)]);
  }
  return variant;
}

function existenceOf(problem: Problem, node: PackageNode, { name, when }: VariantDetails): Literal {
  const { underWay, recipe } = choicesOf(node);
  if (underWay.has(name)) {
    throw new FarmError(
      'RECIPE_INVALID',
      `Cannot use recipe "${node.name}": whether it has variant "${name}" depends on itself`,
      {
        ...(recipe?.place !== undefined && { place: recipe.place }),
        hint: `Look at the conditions (when) of its variants ${[...underWay].join(', ')}`,
      },
    );
  }
  underWay.add(name);
  const exists = triggerOf(problem, node, when);
  underWay.delete(name);
  return exists;
}

function externalLiteral(problem: Problem, node: PackageNode, name: string, request: VariantRequest): Literal {
  const { candidates, steps, declarations } = choicesOf(node);
  const fitting = candidates.flatMap(({ external }, index) => {
    const value = external?.variants[name] ?? declarations.get(name)?.default;
    if (value === undefined || !hasValue(value, request)) return [];
    const next = steps[index + 1];
    return [allOf(problem, next === undefined ? [steps[index]!] : [steps[index]!, not(next)])];
  });
  return anyOf(problem, fitting);
}

function hasValue(value: boolean | readonly string[], request: VariantRequest): boolean {
  if (typeof value === 'boolean' || typeof request === 'boolean') return value === request;
  return request.every((one) => value.includes(one));
}

function foreignCondition(problem: Problem, node: PackageNode, spec: Spec): Literal {
  const target = spec.name === undefined ? undefined : targetOf(problem, spec.name, node.world);
  if (target === undefined || !satisfiesPlatform(spec.platform, problem.request.facts)) return FALSE;
  if (isAnyVersion(spec.versions) && Object.keys(spec.variants).length === 0) return target.literal;
  if (target.kind === 'package' && target.choices !== undefined) {
    return allOf(problem, [target.literal, ...ownConditions(problem, target, spec)]);
  }
  const condition: OpenCondition = { literal: createLiteral(problem, false), spec };
  state(problem, [not(condition.literal), target.literal]);
  target.conditions.push(condition);
  if (target.kind === 'virtual') {
    for (const edge of target.edges) if (edge.linked) defineVirtualCondition(problem, edge, condition);
  }
  return condition.literal;
}

/** Gives a condition on a package its meaning, once the package's choices are known. */
export function defineCondition(problem: Problem, node: PackageNode, { literal, spec }: OpenCondition): void {
  const literals = [node.literal, ...ownConditions(problem, node, spec)];
  for (const one of literals) state(problem, [not(literal), one]);
  state(problem, [literal, ...literals.map(not)]);
}

/** Gives a condition on a virtual its meaning for the case that one provider is chosen. */
export function defineVirtualCondition(problem: Problem, edge: ProviderEdge, { literal, spec }: OpenCondition): void {
  const holds = allOf(problem, [
    edge.trigger,
    providesLiteral(problem, edge, spec.versions),
    ...ownConditions(problem, edge.target, { ...spec, versions: anyVersion }),
  ]);
  state(problem, [not(literal), not(edge.trigger), holds]);
  state(problem, [not(holds), literal]);
}

/** The literal that says that a provider provides its virtual in one of the given versions. */
export function providesLiteral(problem: Problem, { virtual, target }: ProviderEdge, versions: VersionRange): Literal {
  const { recipe } = choicesOf(target);
  if (recipe === undefined) return TRUE;
  const declared = recipe.provides.filter(
    ({ spec }) => spec.name === virtual.name && rangesOverlap(spec.versions, versions),
  );
  return anyOf(
    problem,
    declared.map(({ when }) => triggerOf(problem, target, when)),
  );
}
