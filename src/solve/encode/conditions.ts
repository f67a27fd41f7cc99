import { FarmError } from '../../core/farm-error.ts';
import { formatSpec } from '../../model/format-spec.ts';
import { satisfiesPlatform } from '../../model/match-spec.ts';
import type { PackageName } from '../../model/names.ts';
import type { Spec, VariantRequest } from '../../model/spec.ts';
import { anyVersion, isAnyVersion, rangesOverlap, type VersionRange } from '../../model/version-range.ts';
import { FALSE, type Literal, TRUE } from '../sat/sat-state.ts';
import type { VariantDetails } from '../solve-types.ts';
import { allOf, anyOf, createLiteral, not, state } from './literals.ts';
import {
  choicesOf,
  type OpenCondition,
  type PackageNode,
  type Problem,
  type ProviderEdge,
  placeOf,
  type VariantNode,
  type VirtualNode,
} from './problem.ts';
import { targetOf, worldSeenFrom } from './targets.ts';
import { createVariant, valueLiterals } from './variant-values.ts';
import { versionLiterals } from './version-literals.ts';
import { guardOf } from './wishes-and-guards.ts';

/** The literals that together say that a condition (a `when`, a conflict) holds: on the package, and on others that it names. */
export function conditionLiterals(problem: Problem, node: PackageNode, spec: Spec): Literal[] {
  const { name } = spec;
  const literals =
    name === undefined || name === node.name
      ? [node.literal, ...ownConditions(problem, node, spec)]
      : [foreignCondition(problem, node, { ...spec, name })];
  for (const dependency of spec.dependencies) {
    if (dependency.name === undefined) continue;
    literals.push(foreignCondition(problem, node, { ...dependency, name: dependency.name }));
  }
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
  const { candidates, declarations } = choicesOf(node);
  if (name === 'build_type' && !declarations.has(name)) return [hasBuildType(problem, request) ? TRUE : FALSE];
  if (candidates[0]?.external !== undefined) return [externalLiteral(problem, node, name, request)];
  const variants = variantsNamed(problem, node, name);
  const [only] = variants;
  if (only !== undefined && variants.length === 1) return valueLiterals(problem, only, request);
  const options = variants.map((variant) => allOf(problem, valueLiterals(problem, variant, request)));
  return [anyOf(problem, options)];
}

/** The build type is a fact of the platform, for all packages that have no variant of that name. */
function hasBuildType({ request: { facts } }: Problem, request: VariantRequest): boolean {
  return typeof request !== 'boolean' && request.every((one) => one === facts.buildType);
}

/** A package's variants of one name, at most one of which exists; taken into the problem when something looks at them for the first time. */
export function variantsNamed(problem: Problem, node: PackageNode, name: string): readonly VariantNode[] {
  const { variants, declarations } = choicesOf(node);
  const known = variants.get(name);
  if (known !== undefined) return known;
  const created: VariantNode[] = [];
  let laterOnes: Literal[] = [];
  for (const declaration of (declarations.get(name) ?? []).toReversed()) {
    const holds = whenHolds(problem, node, declaration);
    const variant = createVariant(problem, node, declaration, allOf(problem, [holds, ...laterOnes.map(not)]));
    laterOnes = [...laterOnes, holds];
    created.push(variant);
  }
  variants.set(name, created);
  for (const variant of created) bindValues(problem, node, variant);
  return created;
}

/** Lets values that have a condition exist only where it holds. */
function bindValues(problem: Problem, node: PackageNode, { declaration, values }: VariantNode): void {
  for (const [value, when] of Object.entries(declaration.valueWhen ?? {})) {
    const literal = values.get(value);
    if (literal === undefined) continue;
    const guard = guardOf(problem, () => ({
      kind: 'fact',
      from: node.name,
      owner: node.name,
      says: `has ${declaration.name}=${value} only when ${formatSpec(when)}`,
      mentions: [],
      ...placeOf(node),
    }));
    state(problem, [not(guard), not(literal), triggerOf(problem, node, when)]);
  }
}

function whenHolds(problem: Problem, node: PackageNode, { name, when }: VariantDetails): Literal {
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
  const holds = triggerOf(problem, node, when);
  underWay.delete(name);
  return holds;
}

function externalLiteral(problem: Problem, node: PackageNode, name: string, request: VariantRequest): Literal {
  const { candidates, steps, declarations } = choicesOf(node);
  const fitting = candidates.flatMap(({ external }, index) => {
    const value = external?.variants[name] ?? declarations.get(name)?.at(-1)?.default;
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

/** The literal that says that another package is in the solution and as asked. */
function foreignCondition(problem: Problem, node: PackageNode, spec: Spec & { readonly name: PackageName }): Literal {
  if (!satisfiesPlatform(spec.platform, problem.request.facts)) return FALSE;
  const target = targetOf(problem, spec.name, worldSeenFrom(problem, node, spec.name));
  return target === undefined ? FALSE : presentLiteral(problem, target, spec);
}

function presentLiteral(problem: Problem, target: PackageNode | VirtualNode, spec: Spec): Literal {
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
    certainlyProvides(problem, edge, spec.versions),
    ...ownConditions(problem, edge.target, { ...spec, versions: anyVersion }),
  ]);
  state(problem, [not(literal), not(edge.trigger), holds]);
  state(problem, [not(holds), literal]);
}

/** The literal that says that a provider provides its virtual, in a version that may be one of the given. */
export function providesLiteral(problem: Problem, edge: ProviderEdge, versions: VersionRange): Literal {
  return declaredLiteral(problem, edge, (declared) => rangesOverlap(declared, versions));
}

/** As `providesLiteral`, but a provider that states no version of the virtual is not taken to have the given one. */
function certainlyProvides(problem: Problem, edge: ProviderEdge, versions: VersionRange): Literal {
  if (isAnyVersion(versions)) return providesLiteral(problem, edge, versions);
  return declaredLiteral(problem, edge, (declared) => !isAnyVersion(declared) && rangesOverlap(declared, versions));
}

function declaredLiteral(
  problem: Problem,
  { virtual, target }: ProviderEdge,
  fits: (declared: VersionRange) => boolean,
): Literal {
  const { recipe } = choicesOf(target);
  if (recipe === undefined) return TRUE;
  const declared = recipe.provides.filter(({ spec }) => spec.name === virtual.name && fits(spec.versions));
  return anyOf(
    problem,
    declared.map(({ when }) => triggerOf(problem, target, when)),
  );
}
