import type { BaseRequest } from '../../build/base/base.ts';
import type { MachineBases } from '../../build/base/machine-base.ts';
import type { BuildableNode } from '../stack/farm-node.ts';
import type { Farm } from './open-farm.ts';

/** What the base of a package must hold: the platform's compiler, and the distribution's packages that its externals stand for. */
export function baseRequestOf({ platform, dependencies }: BuildableNode, farm: Farm): BaseRequest {
  const externals = dependencies.flatMap(({ node: { locked } }) => (locked.external ? [locked.name] : []));
  const packages = farm.stack.externals.filter(({ name }) => externals.includes(name)).flatMap((item) => item.packages);
  return { os: platform.os, compiler: platform.compiler, packages };
}

/** Refuses packages of which this machine can build none, before anything is changed; where it can build some, the others fail one by one.
 * @throws COMPILER_MISSING, TOOL_MISSING, BASE_UNAVAILABLE */
export function refuseHopeless(nodes: readonly BuildableNode[], bases: MachineBases, farm: Farm): void {
  const problems: unknown[] = [];
  for (const node of nodes) {
    try {
      bases.check(baseRequestOf(node, farm));
      return;
    } catch (error) {
      problems.push(error);
    }
  }
  if (problems.length > 0) throw problems[0];
}
