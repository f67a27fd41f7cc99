import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLiteral, not } from '../encode/literals.ts';
import { createProblem } from '../encode/problem.ts';
import { findModel } from '../sat/find-model.ts';
import type { SolveRequest } from '../solve-types.ts';
import { countLiterals } from './count-literals.ts';

const nothing = { roots: [] as SolveRequest['roots'] } as SolveRequest;

test('where more than i inputs hold, the literal at index i does, and no more need to', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }), (inputs) => {
      const problem = createProblem(nothing);
      const literals = inputs.map(() => createLiteral(problem, false));
      const counts = countLiterals(problem, literals);
      const assumptions = literals.map((literal, index) => (inputs[index] ? literal : not(literal)));
      const held = inputs.filter(Boolean).length;
      assert.equal(findModel(problem.sat, [...assumptions, ...counts.slice(held).map(not)]), true);
      for (const count of counts.slice(0, held)) {
        assert.equal(findModel(problem.sat, [...assumptions, not(count)]), false);
      }
    }),
  );
});
