import fc from 'fast-check';
import type { CompactRecipe, CompactRequest } from './compact-request.ts';

const names = ['a', 'b', 'd', 'e'] as const;
const virtual = 'v';

const range = fc.constantFrom('', '', '', '', '', '@1', '@2:', '@:2', '@=2', '@1,3');
const ownCondition = fc.constantFrom('@1', '@2:', '+x', '~x', 'y=q', '@2: +x');
const otherCondition = fc
  .tuple(fc.constantFrom(...names, virtual), fc.constantFrom('', '@1', '@2:', '+x'))
  .map(([name, rest]) => (name === virtual ? '^v' : `^${name}${rest}`));
const condition = fc.oneof({ weight: 3, arbitrary: ownCondition }, { weight: 1, arbitrary: otherCondition });
const when = fc.oneof(
  fc.constant(''),
  condition.map((text) => ` when ${text}`),
);

const dependency = fc
  .tuple(
    fc.constantFrom(...names, virtual),
    range,
    fc.constantFrom('', '', '', '', '', ' +x', ' ~x', ' y=q'),
    when,
    fc.constantFrom('', '', ' as run', ' as build', ' as build'),
  )
  .map(
    ([name, versions, variant, condition_, types]) =>
      `${name}${name === virtual ? '' : versions + variant}${condition_}${types}`,
  );

const conflict = fc
  .tuple(fc.oneof(ownCondition, otherCondition), when)
  .map(([spec, condition_]) => `${spec}${condition_}`);
const requirement = fc
  .tuple(fc.constantFrom('any', 'one'), ownCondition, ownCondition, when)
  .map(([policy, one, other, condition_]) => `${policy} of ${one} | ${other}${condition_}`);

const recipe: fc.Arbitrary<CompactRecipe> = fc
  .record({
    versions: fc.constantFrom(['3', '2'], ['2', '1'], ['3', '1'], ['3', '2', '1']),
    flags: fc.array(fc.constantFrom('', '', '', ' preferred', ' deprecated'), { minLength: 3, maxLength: 3 }),
    xDefault: fc.constantFrom('true', 'false'),
    xWhen: fc.constantFrom(undefined, undefined, undefined, '@2:'),
    xSticky: fc.constantFrom('false', 'false', 'false', 'true'),
    hasY: fc.constantFrom(true, false, false, false, false),
    depends: fc.array(dependency, { minLength: 0, maxLength: 4 }),
    conflicts: fc.oneof(
      { weight: 2, arbitrary: fc.constant<string[]>([]) },
      { weight: 1, arbitrary: fc.array(conflict, { maxLength: 1 }) },
    ),
    requires: fc.oneof(
      { weight: 3, arbitrary: fc.constant<string[]>([]) },
      { weight: 1, arbitrary: fc.array(requirement, { maxLength: 1 }) },
    ),
    provides: fc.constantFrom([], [], ['v'], ['v when +x'], ['v when @2:']),
  })
  .map(({ versions, flags, xDefault, xWhen, xSticky, hasY, depends, conflicts, requires, provides }) => ({
    versions: versions.map((version, index) => version + flags[index]),
    variants: {
      x: { default: xDefault, sticky: xSticky, ...(xWhen !== undefined && { when: xWhen }) },
      ...(hasY && { y: { default: 'p', values: ['p', 'q'] } }),
    },
    depends: depends.filter((text) => hasY || !/ when .*(?<!\^.*)y=/.test(text)),
    conflicts: conflicts.filter((text) => hasY || !text.includes('y=')),
    requires: requires.filter((text) => hasY || !text.includes('y=')),
    provides,
  }));

const root = fc
  .tuple(
    fc.constantFrom(...names),
    range,
    fc.constantFrom('', '', '', ' +x', ' ~x'),
    fc.constantFrom('', '', '', '', '', '', ' ^b', ' ^d@1', ' ^e'),
  )
  .map(
    ([name, versions, variant, below]) => `${name}${versions}${variant}${below.startsWith(` ^${name}`) ? '' : below}`,
  );

/** Small requests that use every kind of directive; about half of them have a solution. */
export const requests: fc.Arbitrary<CompactRequest> = fc
  .record({
    recipes: fc.tuple(recipe, recipe, recipe, recipe).map((list) => {
      // a package without a provider would make every mention of the virtual an unknown name
      const provided = list.map((one, index) => (index === 3 ? { ...one, provides: ['v'] } : one));
      return Object.fromEntries(names.map((name, index) => [name, withoutOddities(name, provided[index]!)] as const));
    }),
    want: fc.array(root, { minLength: 1, maxLength: 2 }),
    prefer: fc.constantFrom({}, {}, { '*': '+x' }, { b: '@1' }, { d: '~x', '*': 'y=q' }),
    require: fc.constantFrom({}, {}, {}, { d: '@2:' }, { '*': 'y=p' }),
    externals: fc.constantFrom({}, {}, {}, { e: '2 +x' }, { d: '1' }),
  })
  .map((request) => request as CompactRequest);

/** Leaves out dependencies on the package itself, and on the virtual where it is needed anyway. */
function withoutOddities(name: string, compact: CompactRecipe): CompactRecipe {
  const isOdd = (text: string) => text.startsWith(name) || (text.startsWith(virtual) && text.includes(`^${virtual}`));
  return { ...compact, depends: (compact.depends ?? []).filter((text) => !isOdd(text)) };
}
