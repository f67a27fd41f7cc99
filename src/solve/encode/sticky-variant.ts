import { FALSE, type Literal } from '../sat/sat-state.ts';
import { allOf, createLiteral, not, state } from './literals.ts';
import { choicesOf, type PackageNode, type Problem, placeOf, type VariantNode } from './problem.ts';
import { guardOf } from './wishes-and-guards.ts';

/** Lets a variant depart from its default only where somebody asks for it; those who do are added as they come.
 * @param departures of which each one that holds is a step away from the default */
export function stickToDefault(
  problem: Problem,
  node: PackageNode,
  { variant, departures }: { variant: VariantNode; departures: readonly Literal[] },
): void {
  const guard = guardOf(problem, () => ({
    kind: 'fact',
    from: node.name,
    owner: node.name,
    says: `changes its variant "${variant.declaration.name}" only where it is asked to`,
    mentions: [],
    ...placeOf(node),
  }));
  const asked = createLiteral(problem, false);
  for (const departure of departures) state(problem, [not(guard), not(departure), asked]);
  variant.unknownAsker = asked;
}

/** Records that a value of a variant is asked for where all premises are false. */
export function recordAsker(problem: Problem, node: PackageNode, name: string, premises: readonly Literal[]): void {
  for (const variant of choicesOf(node).variants.get(name) ?? []) {
    if (variant.unknownAsker === undefined) continue;
    const asks = allOf(problem, premises.map(not));
    if (asks === FALSE) continue;
    const others = createLiteral(problem, false);
    state(problem, [not(variant.unknownAsker), asks, others]);
    variant.unknownAsker = others;
  }
}
