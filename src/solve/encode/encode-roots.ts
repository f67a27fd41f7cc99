import { formatSpec } from '../../model/format-spec.ts';
import type { RootRequest } from '../solve-types.ts';
import { namesIn } from './encode-recipe.ts';
import { requireSpec } from './needs.ts';
import { guardOf, not, type PackageNode, type Problem, type VirtualNode } from './problem.ts';

/** A request of the stack with what it asks for. */
export interface Root {
  readonly request: RootRequest;
  readonly target: PackageNode | VirtualNode;
}

/** Takes what the stack asks for into the problem. */
export function encodeRoots(problem: Problem): Root[] {
  return problem.request.roots.flatMap((request): Root[] => {
    const { spec, set, place } = request;
    if (spec.name === undefined) return [];
    const guard = guardOf(problem, () => ({
      kind: 'root',
      from: `set ${set}`,
      owner: '',
      says: `asks for ${formatSpec(spec)}`,
      mentions: namesIn(spec),
      ...(place !== undefined && { place }),
    }));
    const target = requireSpec(problem, { ...spec, name: spec.name }, { premises: [not(guard)], world: 'use' });
    if (target === undefined) return [];
    const first = target.kind === 'package' ? target : target.edges[0]?.target;
    if (first !== undefined) problem.queue.push(first);
    return [{ request, target }];
  });
}
