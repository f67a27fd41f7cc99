import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addClause } from './add-clause.ts';
import { findModel } from './find-model.ts';
import { addVariable, createSatState, type Literal } from './sat-state.ts';

const variables = 7;

/** Clauses over literals numbered from 2 (variable 0 is the constant). */
const clauseLists = fc.array(fc.array(fc.integer({ min: 2, max: 2 * variables + 1 }), { minLength: 1, maxLength: 4 }), {
  maxLength: 45,
});
const literalLists = fc.uniqueArray(fc.integer({ min: 2, max: 2 * variables + 1 }), { maxLength: 4 });

function stateWith(clauses: readonly (readonly Literal[])[]) {
  const state = createSatState(4);
  for (let i = 0; i < variables; i += 1) addVariable(state);
  for (const clause of clauses) addClause(state, clause);
  return state;
}

function isSatisfiable(clauses: readonly (readonly Literal[])[]): boolean {
  for (let bits = 0; bits < 1 << variables; bits += 1) {
    const holds = (literal: Literal) => ((bits >> ((literal >> 1) - 1)) & 1) === (literal & 1 ? 0 : 1);
    if (clauses.every((clause) => clause.some(holds))) return true;
  }
  return false;
}

test('findModel agrees with trying everything, and its models and cores are right', () => {
  fc.assert(
    fc.property(clauseLists, fc.array(literalLists, { minLength: 1, maxLength: 4 }), (clauses, assumptionLists) => {
      const state = stateWith(clauses);
      for (const assumptions of assumptionLists) {
        const found = findModel(state, assumptions);
        const units = assumptions.map((literal) => [literal]);
        assert.equal(found, isSatisfiable([...clauses, ...units]));
        if (found) {
          for (const clause of [...clauses, ...units]) assert.ok(clause.some((literal) => state.model[literal] === 1));
        } else {
          assert.ok(state.core.every((literal) => assumptions.includes(literal)));
          assert.ok(!isSatisfiable([...clauses, ...state.core.map((literal) => [literal])]));
        }
      }
    }),
    { numRuns: 1500 },
  );
});

/** Pigeons that do not fit: each of `holes + 1` pigeons has a hole, no two the same. */
function pigeonClauses(holes: number): { count: number; clauses: Literal[][] } {
  const at = (pigeon: number, hole: number) => 2 * (1 + pigeon * holes + hole);
  const clauses: Literal[][] = [];
  for (let pigeon = 0; pigeon <= holes; pigeon += 1) {
    clauses.push(Array.from({ length: holes }, (_, hole) => at(pigeon, hole)));
    for (let other = 0; other < pigeon; other += 1) {
      for (let hole = 0; hole < holes; hole += 1) clauses.push([at(pigeon, hole) + 1, at(other, hole) + 1]);
    }
  }
  return { count: (holes + 1) * holes, clauses };
}

test('findModel proves that eight pigeons do not fit into seven holes, forgetting clauses on the way', () => {
  const { count, clauses } = pigeonClauses(7);
  const state = createSatState();
  for (let i = 0; i < count; i += 1) addVariable(state);
  for (const clause of clauses) addClause(state, clause);
  assert.equal(findModel(state, [], 5), undefined);
  assert.equal(findModel(state, []), false);
  assert.equal(state.consistent, false);
});
