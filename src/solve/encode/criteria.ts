import type { CriterionName } from '../solve-types.ts';

/** What makes one solution better than another, the most important first; requirements come before all of them. */
export const criterionNames = [
  'twins',
  'unwelcome versions',
  'versions of roots',
  'preferred variants',
  'default variants',
  'providers',
  'versions',
  'packages',
] as const satisfies readonly CriterionName[];
