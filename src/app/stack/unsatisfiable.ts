import { FarmError, formatPlace } from '../../core/farm-error.ts';
import type { Explanation } from '../../solve/solve-types.ts';

/** The error of a stack that has no solution: the directives in conflict as a chain, one line each, and the nearest changes that would help. */
export function unsatisfiable(platform: string, explanation: Explanation): FarmError {
  const { directives, hints } = explanation;
  const lines = directives.map(
    ({ from, says, place }) => `  ${from} ${says}${place === undefined ? '' : `  (${formatPlace(place)})`}`,
  );
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
