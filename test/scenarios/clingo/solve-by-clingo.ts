import { readFileSync } from 'node:fs';
import { run } from 'clingo-wasm';
import type { LockedPlatform } from '../../../src/model/lock.ts';
import type { PackageName } from '../../../src/model/names.ts';
import type { CriterionName, SolveRequest } from '../../../src/solve/solve-types.ts';
import { candidatesOf } from './preferences.ts';
import { writeFacts } from './write-facts.ts';
import { writeSolution } from './write-solution.ts';

const rules = readFileSync(`${import.meta.dirname}/rules.lp`, 'utf8');
const options = ['--configuration=tweety', '--opt-strategy=usc,one'];

/** The criteria in the order of the rules' priorities; `builds` is at one of two places. */
const criteria = [
  'twins',
  'downgrades',
  'updates',
  'changes',
  'builds first',
  'unwelcome versions',
  'versions of roots',
  'preferred variants',
  'default variants',
  'providers',
  'versions',
  'builds last',
  'packages',
] as const;

/** What a solution costs. */
export interface SolutionCosts {
  readonly costs: Readonly<Record<CriterionName, number>>;
  readonly toolsApart: boolean;
}

/** Finds the least costs of a request by clingo, which shares nothing with the solver but the meaning of specs;
 * undefined when there is no solution in which a package is there at most twice: to be used, and as a tool. */
export async function solveByClingo(request: SolveRequest): Promise<SolutionCosts | undefined> {
  for (const toolsApart of [false, true]) {
    const costs = await findCosts(writeFacts(request, toolsApart));
    if (costs !== undefined) return { costs, toolsApart };
  }
  return undefined;
}

/** What a given solution costs by clingo; undefined when it is none. */
export function judgeByClingo(
  request: SolveRequest,
  { platform, toolsApart }: { readonly platform: LockedPlatform; readonly toolsApart: boolean },
): Promise<SolutionCosts['costs'] | undefined> {
  const versionsOf = (name: string) => candidatesOf(request, name as PackageName).map(({ version }) => version);
  return findCosts(`${writeFacts(request, toolsApart)}\n${writeSolution(platform, versionsOf)}`);
}

async function findCosts(facts: string): Promise<SolutionCosts['costs'] | undefined> {
  const result = await run(`${rules}\n${facts}`, 0, options);
  if (result.Result === 'ERROR') throw new Error(`clingo failed: ${result.Error}`);
  if (result.Result === 'UNSATISFIABLE') return undefined;
  if (result.Result !== 'OPTIMUM FOUND') throw new Error(`clingo stopped: ${result.Result}`);
  // behind the best solution there can be entries that only tell a better bound
  const costs = result.Call[0]!.Witnesses.findLast(({ Costs }) => Costs !== undefined)!.Costs!;
  const byName = Object.fromEntries(criteria.map((name, index) => [name, costs[index]!])) as Record<
    (typeof criteria)[number],
    number
  >;
  const { 'builds first': first, 'builds last': last, ...others } = byName;
  return { ...others, builds: first + last };
}
