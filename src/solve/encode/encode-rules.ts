import { formatSpec } from '../../model/format-spec.ts';
import type { Spec } from '../../model/spec.ts';
import { anyVersion } from '../../model/version-range.ts';
import { FALSE, type Literal } from '../sat/sat-state.ts';
import type { PackageRule } from '../solve-types.ts';
import { variantsNamed } from './conditions.ts';
import { anyOf, not } from './literals.ts';
import { applyNeed } from './needs.ts';
import { choicesOf, type Directive, type PackageNode, type Problem } from './problem.ts';
import { guardOf } from './wishes-and-guards.ts';

/** Takes what the stack orders (`require`) about a package into the problem. A rule for all packages asks a variant only where it exists. */
export function encodeRules(problem: Problem, node: PackageNode): void {
  for (const rule of problem.request.require) {
    if (rule.name === node.name && !rule.whereItExists)
      applyRule(problem, node, rule, { spec: rule.spec, trigger: node.literal });
    else if (rule.name === '*' || rule.name === node.name) applyToAll(problem, node, rule);
  }
}

function applyToAll(problem: Problem, node: PackageNode, rule: PackageRule): void {
  if (choicesOf(node).candidates[0]?.external !== undefined) return;
  const { spec } = rule;
  applyRule(problem, node, rule, { spec: { ...spec, variants: {} }, trigger: node.literal });
  for (const [name, request] of Object.entries(spec.variants)) {
    const variants = variantsNamed(problem, node, name);
    const trigger = anyOf(
      problem,
      variants.map(({ exists }) => exists),
    );
    const part = { ...spec, versions: anyVersion, variants: { [name]: request } };
    if (trigger !== FALSE) applyRule(problem, node, rule, { spec: part, trigger });
  }
}

/** States the part of a rule that counts where the trigger holds. */
function applyRule(
  problem: Problem,
  node: PackageNode,
  rule: PackageRule,
  { spec, trigger }: { spec: Spec; trigger: Literal },
): void {
  const guard = guardOf(problem, () => describeRule(rule, node), rule);
  applyNeed(problem, node, { premises: [not(guard), not(trigger)], spec });
}

function describeRule({ name, spec, place }: PackageRule, node: PackageNode): Omit<Directive, 'guard'> {
  return {
    kind: 'rule',
    from: 'require',
    owner: '',
    says: `${name === '*' ? 'every package' : name} must be ${formatSpec(spec)}`,
    mentions: [node.name],
    ...(place !== undefined && { place }),
  };
}
