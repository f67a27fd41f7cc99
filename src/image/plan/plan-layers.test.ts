import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type PlannedOrigin, planLayers } from './plan-layers.ts';

const origin = (name: string, more: Partial<PlannedOrigin> = {}): PlannedOrigin => ({
  name,
  size: 1_000_000,
  changeRate: 0,
  users: 0,
  isAlone: false,
  ...more,
});

for (const { says, origins, layers, expect } of [
  {
    says: 'each package has a layer while there is room',
    origins: [origin('b'), origin('a')],
    layers: 10,
    expect: [['a'], ['b']],
  },
  {
    says: 'what changes often lies on what does not',
    origins: [origin('often', { changeRate: 0.8 }), origin('never'), origin('seldom', { changeRate: 0.1 })],
    layers: 10,
    expect: [['never'], ['seldom'], ['often']],
  },
  {
    says: 'of what changes alike, what many need is below',
    origins: [origin('leaf'), origin('library', { users: 7 })],
    layers: 10,
    expect: [['library'], ['leaf']],
  },
  {
    says: 'small packages share a layer',
    origins: [origin('tiny', { size: 10 }), origin('large'), origin('small', { size: 500 })],
    layers: 10,
    expect: [['large'], ['small', 'tiny']],
  },
  {
    says: 'with few layers, the worthiest have their own',
    origins: [
      origin('a', { size: 9e6 }),
      origin('b', { size: 2e5 }),
      origin('c', { size: 3e5 }),
      origin('d', { size: 8e6 }),
    ],
    layers: 3,
    expect: [['a'], ['b', 'c'], ['d']],
  },
  {
    says: 'what cannot share a layer does not, however small',
    origins: [origin('patched', { size: 1, isAlone: true }), origin('x', { size: 1 }), origin('y', { size: 1 })],
    layers: 2,
    expect: [['patched'], ['x', 'y']],
  },
]) {
  test(says, () => assert.deepEqual(planLayers(origins, undefined, { layers }), expect));
}

test('a package that is new comes on top of those that stay where they are', () => {
  const before = [['z'], ['gone'], ['a', 'b']];
  const origins = [origin('a'), origin('b'), origin('new', { users: 20 }), origin('z', { changeRate: 1 })];
  assert.deepEqual(planLayers(origins, before, { layers: 10 }), [['z'], ['a', 'b'], ['new']]);
});

test('without room for another layer, new packages share one', () => {
  const origins = ['a', 'b', 'c', 'd', 'e'].map((name) => origin(name));
  assert.deepEqual(planLayers(origins, [['a'], ['b']], { layers: 3 }), [['a'], ['b'], ['c', 'd', 'e']]);
});

test('no layer at all for packages is IMAGE_TOO_LARGE', () => {
  assert.throws(() => planLayers([origin('a')], undefined, { layers: 0 }), { code: 'IMAGE_TOO_LARGE' });
  const alone = ['a', 'b', 'c'].map((name) => origin(name, { isAlone: true }));
  assert.throws(() => planLayers(alone, undefined, { layers: 2 }), { code: 'IMAGE_TOO_LARGE' });
});

const origins = fc.uniqueArray(
  fc.record({
    name: fc.string({ minLength: 1, maxLength: 3 }),
    size: fc.integer({ min: 1, max: 5_000_000 }),
    changeRate: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
    users: fc.nat({ max: 30 }),
    isAlone: fc.constant(false),
  }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 60 },
);

test('every package is in one layer, never more layers than allowed, and a plan for the same packages stays as it is', () => {
  fc.assert(
    fc.property(origins, fc.integer({ min: 1, max: 40 }), (packages, layers) => {
      const plan = planLayers(packages, undefined, { layers });
      assert.ok(plan.length <= layers);
      assert.deepEqual(plan.flat().toSorted(), packages.map(({ name }) => name).toSorted());
      assert.deepEqual(planLayers(packages, plan, { layers }), plan);
      assert.deepEqual(planLayers(packages.toReversed(), undefined, { layers }), plan);
    }),
  );
});

test('whatever is added and removed, packages that stay keep their neighbours and their order while there is room', () => {
  fc.assert(
    fc.property(origins, origins, (first, second) => {
      const before = planLayers(first, undefined, { layers: 200 });
      const after = planLayers(second, before, { layers: 200 });
      const stay = new Set(second.map(({ name }) => name));
      const kept = before.map((group) => group.filter((name) => stay.has(name))).filter((group) => group.length > 0);
      assert.deepEqual(after.slice(0, kept.length), kept);
    }),
  );
});
