import type { CriterionName, SolveRequest } from '../solve-types.ts';

/** What makes one solution better than another, the most important first; requirements come before all of them. */
export const criterionNames = [
  'twins',
  'downgrades',
  'updates',
  'changes',
  'builds',
  'unwelcome versions',
  'versions of roots',
  'preferred variants',
  'default variants',
  'providers',
  'versions',
  'packages',
] as const satisfies readonly CriterionName[];

/** The criteria that a request is judged by, in their order: those about an earlier solution only where there is one. */
export function criteriaOf({ keep, move = [], reuse }: SolveRequest): readonly CriterionName[] {
  const idle = new Set<CriterionName>();
  if (keep === undefined) idle.add('changes');
  if (keep === undefined || move.length === 0) for (const name of ['downgrades', 'updates'] as const) idle.add(name);
  if (reuse?.rank !== 'first') idle.add('builds');
  const names = criterionNames.filter((name) => !idle.has(name));
  return reuse?.rank === 'last' ? names.toSpliced(-1, 0, 'builds') : names;
}
