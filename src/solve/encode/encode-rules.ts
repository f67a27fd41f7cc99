import { formatSpec } from '../../model/format-spec.ts';
import type { Literal } from '../sat/sat-state.ts';
import type { PackageRule } from '../solve-types.ts';
import { variantsNamed } from './conditions.ts';
import { applyNeed } from './needs.ts';
import { choicesOf, guardOf, not, type PackageNode, type Problem } from './problem.ts';

/** Takes what the stack orders (`require`) about a package into the problem. A rule for all packages asks a variant only where it exists. */
export function encodeRules(problem: Problem, node: PackageNode): void {
  for (const rule of problem.request.require) {
    if (rule.name === node.name) applyRule(problem, node, rule, node.literal);
    else if (rule.name === '*') applyToAll(problem, node, rule);
  }
}

function applyToAll(problem: Problem, node: PackageNode, rule: PackageRule): void {
  if (choicesOf(node).candidates[0]?.external !== undefined) return;
  applyRule(problem, node, { ...rule, spec: { ...rule.spec, variants: {} } }, node.literal);
  for (const [name, request] of Object.entries(rule.spec.variants)) {
    const exists = anyOf(
      problem,
      variantsNamed(problem, node, name).map((variant) => variant.exists),
    );
    if (exists === FALSE) continue;
    applyRule(
      problem,
      node,
      { ...rule, spec: { ...rule.spec, versions: [{}], variants: { [name]: request } } },
      exists,
    );
  }
}

function applyRule(problem: Problem, node: PackageNode, { name, spec, place }: PackageRule, trigger: Literal): void {
  const guard = guardOf(problem, () => ({
    kind: 'rule',
    from: 'require',
    owner: '',
    says: `${name === '*' ? 'every package' : name} must be ${formatSpec(spec)}`,
    mentions: [node.name],
    ...(place !== undefined && { place }),
  }));
  applyNeed(problem, node, { premises: [not(guard), not(trigger)], spec });
}
