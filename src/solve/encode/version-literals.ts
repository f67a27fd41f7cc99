import { formatVersionRange, includesVersion, isAnyVersion, type VersionRange } from '../../model/version-range.ts';
import { FALSE, type Literal } from '../sat/sat-state.ts';
import { allOf, anyExpectedOf, not } from './literals.ts';
import { choicesOf, type PackageNode, type Problem } from './problem.ts';

/** The literals that together say that a package's version lies in a range; FALSE where it has none there. */
export function versionLiterals(problem: Problem, node: PackageNode, range: VersionRange): readonly Literal[] {
  if (isAnyVersion(range)) return [];
  const { ranges } = choicesOf(node);
  const key = formatVersionRange(range);
  const known = ranges.get(key);
  if (known !== undefined) return known;
  const runs = runsInside(node, range);
  const literals =
    runs.length < 2
      ? (runs[0] ?? [FALSE])
      : [
          anyExpectedOf(
            problem,
            runs.map((run) => allOf(problem, run)),
          ),
        ];
  ranges.set(key, literals);
  return literals;
}

/** Neighbouring candidates that lie in a range, as the literals that say that one of them is chosen. */
function runsInside(node: PackageNode, range: VersionRange): Literal[][] {
  const { candidates, steps } = choicesOf(node);
  const runs: Literal[][] = [];
  const isInside = (index: number) => index < candidates.length && includesVersion(range, candidates[index]!.version);
  for (let index = 0; index < candidates.length; index += 1) {
    if (!isInside(index)) continue;
    const run = index === 0 ? [] : [steps[index]!];
    while (isInside(index + 1)) index += 1;
    if (index + 1 < candidates.length) run.push(not(steps[index + 1]!));
    runs.push(run);
  }
  return runs;
}
