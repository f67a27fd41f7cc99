import type { VariantRequest } from '../../model/spec.ts';
import { FALSE, type Literal } from '../sat/sat-state.ts';
import type { VariantDetails } from '../solve-types.ts';
import { describeExistence } from './describe-choices.ts';
import { formatChoice, keptValueOf, wishToKeepValue } from './keep-package.ts';
import { valuesOf } from './kept-solution.ts';
import { allOf, createLiteral, not, state } from './literals.ts';
import { preferredValue } from './preferred-value.ts';
import { type PackageNode, type Problem, placeOf, type VariantNode } from './problem.ts';
import { bindReused, existingValuesOf } from './reuse-package.ts';
import { stickToDefault } from './sticky-variant.ts';
import { addWishes, guardOf } from './wishes-and-guards.ts';

/** Takes a variant with its values into the problem: exactly one where it exists, or at least one where it can have several. */
export function createVariant(
  problem: Problem,
  node: PackageNode,
  declaration: VariantDetails,
  exists: Literal,
): VariantNode {
  const preferred = preferredValue(problem.request, node.name, declaration);
  const kept = keptValueOf(problem, node, declaration.name);
  const expected = kept === undefined ? preferred.values : valuesOf(kept);
  const variant: VariantNode = { declaration, exists, values: new Map(), preferred: preferred.values, expected };
  if (exists === FALSE) return variant;
  const anyText = declaration.kind !== 'bool' && declaration.values === undefined;
  const listed = listedValues(declaration);
  const mentioned = [
    ...preferred.values,
    ...existingValuesOf(problem, node, declaration.name).flatMap(valuesOf),
    ...expected,
  ];
  const known = anyText ? mentioned : preferred.values.filter((value) => listed.includes(value));
  for (const value of new Set([...known, ...listed])) createValue(problem, variant, value);
  if (anyText) {
    variant.other = createLiteral(problem, false);
    state(problem, [not(variant.other), exists]);
  }
  if (declaration.when !== undefined) bindToExistence(problem, node, variant);
  state(problem, [not(exists), ...variant.values.values(), ...(variant.other === undefined ? [] : [variant.other])]);
  if (declaration.kind === 'multi') separateSets(problem, variant);
  const unwanted = unwantedLiterals(problem, variant);
  if (declaration.sticky) stickToDefault(problem, node, { variant, departures: unwanted.map(([literal]) => literal) });
  for (const [literal, says] of unwanted)
    addWishes(problem, preferred.criterion, { ladder: [not(literal)], key: node.key, says: () => says });
  wishToKeepValue(problem, node, variant);
  bindReused(problem, node, variant);
  return variant;
}

/** The literals that together say that a variant exists and has what is asked; FALSE where it cannot. */
export function valueLiterals(problem: Problem, variant: VariantNode, request: VariantRequest): readonly Literal[] {
  const { kind } = variant.declaration;
  if (typeof request === 'boolean') return [variant.values.get(String(request)) ?? FALSE];
  return request.map((value) => valueLiteral(problem, variant, kind === 'bool' ? value.toLowerCase() : value));
}

function listedValues(declaration: VariantDetails): readonly string[] {
  if (declaration.kind === 'bool') return ['true', 'false'];
  const { default: value, values = [] } = declaration;
  return typeof value === 'boolean' ? values : [...values, ...value];
}

type Unwanted = readonly [literal: Literal, says: string];

/** The literals of which each one that holds is a step away from what is preferred. */
function unwantedLiterals(problem: Problem, { declaration, exists, values, preferred }: VariantNode): Unwanted[] {
  const { kind, name } = declaration;
  const away = [...values]
    .filter(([value]) => !preferred.includes(value))
    .map(
      ([value, literal]): Unwanted => [
        literal,
        kind === 'bool' ? formatChoice(name, value === 'true') : `${name}=${value}, too`,
      ],
    );
  if (kind === 'bool') return away;
  const missing = preferred.flatMap((value): Unwanted[] => {
    const literal = values.get(value);
    return literal === undefined ? [] : [[allOf(problem, [exists, not(literal)]), `not ${name}=${value}`]];
  });
  return kind === 'multi' ? [...missing, ...away] : missing;
}

function valueLiteral(problem: Problem, variant: VariantNode, value: string): Literal {
  const known = variant.values.get(value);
  if (known !== undefined) return known;
  const { other } = variant;
  if (other === undefined) return FALSE;
  const literal = createValue(problem, variant, value);
  state(problem, [not(literal), variant.exists]);
  const rest = createLiteral(problem, false);
  state(problem, [not(other), literal, rest]);
  state(problem, [not(literal), other]);
  state(problem, [not(rest), other]);
  variant.other = rest;
  return literal;
}

function createValue(problem: Problem, variant: VariantNode, value: string): Literal {
  const { declaration, exists, values, expected } = variant;
  const literal = createLiteral(problem, expected.includes(value));
  if (declaration.when === undefined) state(problem, [not(literal), exists]);
  if (declaration.kind !== 'multi') for (const other of values.values()) state(problem, [not(literal), not(other)]);
  values.set(value, literal);
  return literal;
}

/** Lets a variant have a value only where it exists. */
function bindToExistence(problem: Problem, node: PackageNode, { declaration, exists, values }: VariantNode): void {
  const guard = guardOf(problem, () => ({
    kind: 'fact',
    from: node.name,
    owner: node.name,
    says: describeExistence(declaration),
    mentions: [],
    ...placeOf(node),
  }));
  for (const literal of values.values()) state(problem, [not(guard), not(literal), exists]);
}

/** Forbids values of different groups together. */
function separateSets(problem: Problem, { declaration, values }: VariantNode): void {
  const groups = (declaration.sets ?? []).map((group) => group.flatMap((value) => values.get(value) ?? []));
  for (const [index, group] of groups.entries()) {
    for (const other of groups.slice(index + 1).flat()) for (const one of group) state(problem, [not(one), not(other)]);
  }
}
