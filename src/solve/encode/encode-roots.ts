import { formatSpec } from '../../model/format-spec.ts';
import type { RootRequest } from '../solve-types.ts';
import { namesIn } from './encode-recipe.ts';
import { likelyPackage } from './expand.ts';
import { not } from './literals.ts';
import { requireSpec } from './needs.ts';
import type { PackageNode, Problem, VirtualNode } from './problem.ts';
import { guardOf } from './wishes-and-guards.ts';

/** A request of the stack with what it asks for. */
export interface Root {
  readonly request: RootRequest;
  readonly target: PackageNode | VirtualNode;
}

/** Takes what the stack asks for into the problem. */
export function encodeRoots(problem: Problem): Root[] {
  return problem.request.roots.flatMap((request): Root[] => {
    const { spec, set, place, isQuestion } = request;
    if (spec.name === undefined) return [];
    const guard = guardOf(problem, () => ({
      kind: 'root',
      from: isQuestion ? set : `set ${set}`,
      owner: '',
      says: `${isQuestion ? 'ask' : 'asks'} for ${formatSpec(spec)}`,
      mentions: namesIn(spec),
      ...(place !== undefined && { place }),
    }));
    const target = requireSpec(problem, { ...spec, name: spec.name }, { premises: [not(guard)], world: 'use' });
    if (target === undefined) return [];
    const first = likelyPackage(problem, target);
    if (first !== undefined) problem.queue.push(first);
    return [{ request, target }];
  });
}
