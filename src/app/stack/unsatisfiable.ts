import { FarmError } from '../../core/farm-error.ts';
import { tellConflict } from '../../solve/explain/tell-conflict.ts';
import type { ConflictingDirective, Explanation } from '../../solve/solve-types.ts';

/** The error of a stack that has no solution: the directives in conflict as a chain, one line each, and the nearest changes that would help. */
export function unsatisfiable(platform: string, explanation: Explanation): FarmError {
  const { directives, hints } = explanation;
  const lines = conflictLines(directives).map((line) => `  ${line}`);
  const place = directives.find((directive) => directive.place !== undefined)?.place;
  return new FarmError(
    'UNSATISFIABLE',
    `Cannot solve the stack for "${platform}": these cannot all hold\n${lines.join('\n')}`,
    {
      ...(hints.length === 0 ? {} : { hint: `One of these would help: ${hints.join('; ')}` }),
      ...(place === undefined ? {} : { place }),
      details: { explanation },
    },
  );
}

/** The directives of a conflict, a line each, as errors and answers show them. */
export function conflictLines(directives: readonly ConflictingDirective[]): string[] {
  return tellConflict(directives);
}
