import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { formatPlace, isFarmError } from '../../src/core/farm-error.ts';
import type { LockedPackage, LockedPlatform, VariantValue } from '../../src/model/lock.ts';
import { parseSpec } from '../../src/model/parse-spec.ts';
import { solve } from '../../src/solve/solve.ts';
import type { CriterionCost, Explanation, SolveRequest, SolveResult } from '../../src/solve/solve-types.ts';
import { checkSolution } from './check-solution.ts';
import { type CompactRequest, readRequest } from './compact-request.ts';

/** One case: what is asked, and what must come out of it. */
interface Scenario extends CompactRequest {
  readonly says: string;
  /** By key: `VERSION VARIANTS`, `external VERSION`, or `absent`. */
  readonly expect?: Readonly<Record<string, string>>;
  /** Direct dependencies by key: `zlib build,link`. */
  readonly edges?: Readonly<Record<string, readonly string[]>>;
  /** What the solution costs by a criterion. */
  readonly costs?: Readonly<Record<string, string>>;
  /** Texts that the explanation must have, each in a line of its own directive. */
  readonly fails?: readonly string[];
  /** How many directives the explanation has. */
  readonly directives?: string;
  readonly hints?: readonly string[];
  /** An error's code, and a part of its message, place or hint. */
  readonly error?: readonly string[];
}

const folder = import.meta.dirname;

for (const file of readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .sort()) {
  describe(file, () => {
    const scenarios = parse(readFileSync(`${folder}/${file}`, 'utf8'), {
      schema: 'failsafe',
      merge: true,
    }) as Scenario[];
    for (const scenario of scenarios) test(scenario.says, () => runScenario(scenario));
  });
}

function runScenario(scenario: Scenario): void {
  const request = readRequest(scenario);
  if (scenario.error !== undefined) {
    expectError(request, scenario.error);
    return;
  }
  const result = solve(request);
  assert.deepEqual(solve(readRequest(scenario)), result, 'the same request gives the same result');
  if (scenario.fails !== undefined) {
    expectExplanation(result, scenario);
    return;
  }
  if (!result.solved) assert.fail(`no solution:\n${formatExplanation(result.explanation)}`);
  assert.deepEqual(checkSolution(request, result), []);
  for (const [key, expected] of Object.entries(scenario.expect ?? {})) expectPackage(result.platform, key, expected);
  for (const [name, cost] of Object.entries(scenario.costs ?? {})) {
    const found: CriterionCost | undefined = result.criteria.find((criterion) => criterion.name === name);
    assert.equal(String(found?.cost), cost, `${name}: ${JSON.stringify(found?.causes)}`);
  }
  for (const [key, edges] of Object.entries(scenario.edges ?? {})) {
    const found: readonly string[] | undefined = result.platform.packages[key]?.dependencies.map(
      (one) => `${one.key} ${one.types.join()}`,
    );
    assert.deepEqual(found, edges, `dependencies of ${key}`);
  }
}

function expectPackage(platform: LockedPlatform, key: string, expected: string): void {
  const locked: LockedPackage | undefined = platform.packages[key];
  if (expected === 'absent') {
    assert.equal(locked, undefined, `${key} is absent`);
    return;
  }
  assert.ok(locked, `${key} is in the solution: ${Object.keys(platform.packages).join(', ')}`);
  const [version, ...variants] = expected.split(' ');
  if (version === 'external') {
    assert.ok(locked.external, `${key} is an external`);
    assert.equal(locked.version, variants[0]);
    return;
  }
  assert.equal(locked.version, version, `version of ${key}`);
  if (variants.length === 0) return;
  for (const [name, request] of Object.entries(parseSpec(variants.join(' ')).variants)) {
    const value: VariantValue | undefined = locked.variants[name];
    assert.deepEqual(typeof value === 'string' ? [value] : value, request, `${name} of ${key}`);
  }
}

function expectExplanation(result: SolveResult, { fails = [], directives, hints = [] }: Scenario): void {
  assert.ok(!result.solved, 'there is no solution');
  const text = formatExplanation(result.explanation);
  const lines = text.split('\n');
  for (const part of fails)
    assert.ok(
      lines.some((line) => line.includes(part)),
      `"${part}" is in\n${text}`,
    );
  for (const hint of hints)
    assert.ok(
      result.explanation.hints.some((line) => line.includes(hint)),
      `hint "${hint}" is in\n${text}`,
    );
  if (directives !== undefined) assert.equal(result.explanation.directives.length, Number(directives), text);
}

function formatExplanation({ directives, hints }: Explanation): string {
  const lines = directives.map(
    ({ from, says, place }) => `${from} ${says}${place === undefined ? '' : ` (${formatPlace(place)})`}`,
  );
  return [...lines, ...hints.map((hint) => `hint: ${hint}`)].join('\n');
}

function expectError(request: SolveRequest, [code, ...parts]: readonly string[]): void {
  assert.throws(
    () => solve(request),
    (error) => {
      assert.ok(isFarmError(error), String(error));
      assert.equal(error.code, code);
      const text = [error.message, error.hint, error.place === undefined ? '' : formatPlace(error.place)].join('\n');
      for (const part of parts) assert.ok(text.includes(part), `"${part}" is in\n${text}`);
      return true;
    },
  );
}
