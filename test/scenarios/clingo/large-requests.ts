import fc from 'fast-check';
import type { CompactRecipe, CompactRequest, CompactVariant } from '../compact-request.ts';

const allNames = 'ant bee cat dog elk fox gnu hen ibex jay kiwi lynx mole newt owl'.split(' ');
const virtuals = ['swim', 'fly'];

/** One of some texts; those that are given twice are drawn more often. */
const oneOf = (...texts: readonly string[]) => fc.constantFrom(...texts);
const sometimes = (count: number, arbitrary: fc.Arbitrary<string>) =>
  fc.oneof({ weight: count, arbitrary: fc.constant('') }, { weight: 1, arbitrary });
const seldom = <Value>(count: number, arbitrary: fc.Arbitrary<Value>) =>
  fc.oneof(
    { weight: count, arbitrary: fc.constant<Value[]>([]) },
    { weight: 1, arbitrary: fc.array(arbitrary, { minLength: 1, maxLength: 2 }) },
  );

const versions = fc.subarray(['main', '4', '3.2', '3.1', '2', '1'], { minLength: 4 }).chain((list) => {
  const flags = fc.array(oneOf('', '', '', '', '', ' preferred', ' deprecated'), { minLength: 6, maxLength: 6 });
  return flags.map((drawn) => list.map((version, index) => version + drawn[index]));
});

const range = oneOf('', '', '', '', '', '', '@2:', '@2:', '@:3', '@:3', '@3', '@3:', '@1,3:', '@3.2:', '@:2', '@main');
const switches = oneOf(' +fast', ' ~fast', ' kind=big', ' kind=small', ' kind=odd');
const values = oneOf(' legs=two', ' legs=four', ' legs=two,four', ' hue=red', ' hue=green');
const asked = sometimes(3, fc.oneof(switches, values));
const own = oneOf('@2:', '@:2', '@3', '+fast', '~fast', 'kind=big', 'kind=odd', 'legs=four', '@3: +fast');
const platform = oneOf('%gcc', '%clang', 'os=debian12', '+fast %gcc@:12');

/** What is said of another package, or of a virtual. */
const other = (names: readonly string[]) =>
  fc
    .tuple(oneOf(...names, ...names, ...virtuals), oneOf('', '', '@2:', '@3', '+fast', ' kind=small'))
    .map(([name, rest]) => `^${name}${rest}`);
const condition = (names: readonly string[]) =>
  fc.oneof({ weight: 5, arbitrary: own }, { weight: 1, arbitrary: other(names) });
const when = (names: readonly string[]) =>
  fc
    .oneof(
      { weight: 8, arbitrary: fc.constant('') },
      { weight: 5, arbitrary: condition(names) },
      { weight: 1, arbitrary: platform },
    )
    .map((text) => (text === '' ? '' : ` when ${text}`));

/** A dependency, mostly on a package further down the list, so that not every second request has a cycle. */
function dependency(names: readonly string[], index: number): fc.Arbitrary<string> {
  const below = names.slice(index + 1, index + 6);
  const isFirstHalf = index < names.length / 2;
  const target = fc.oneof(
    { weight: below.length > 0 ? 60 : 0, arbitrary: oneOf(...below, ...names.slice(-1)) },
    { weight: isFirstHalf ? 10 : 1, arbitrary: oneOf(...virtuals) },
    { weight: 1, arbitrary: oneOf(...names) },
  );
  const deeper = sometimes(20, other([...below, ...names.slice(-1)])).map((text) => (text === '' ? '' : ` ${text}`));
  const types = oneOf('', '', '', ' as run', ' as link', ' as build', ' as build', ' as build,run', ' as test');
  return fc
    .tuple(target, range, asked, deeper, when(names), types)
    .map(([name, versions_, variant, deeper_, condition_, types_]) => {
      const isOdd = deeper_.startsWith(` ^${name}`);
      return `${name}${versions_}${variant}${isOdd ? '' : deeper_}${condition_}${types_}`;
    });
}

/** What a recipe has of variants, the same for all, so that what is said of another package mostly means something:
 * a switch, a choice, some of several, and a text. */
const variants = fc.record({
  fast: fc.record({
    default: oneOf('true', 'false'),
    when: oneOf('', '', '', '@2:', '@:3', 'kind=big', '^ant'),
    sticky: oneOf('false', 'false', 'false', 'true'),
  }),
  kind: fc.record({
    default: oneOf('big', 'small'),
    only: oneOf('', '', '@3:', '+fast'),
    when: oneOf('', '', '', '', '@:3'),
  }),
  legs: fc.record({ default: oneOf('two', 'four', 'none'), sets: fc.boolean() }),
  hue: oneOf('red', 'blue', 'red', 'blue', ''),
});

interface DrawnVariants {
  readonly fast: { readonly default: string; readonly when: string; readonly sticky: string };
  readonly kind: { readonly default: string; readonly only: string; readonly when: string };
  readonly legs: { readonly default: string; readonly sets: boolean };
  readonly hue: string;
}

/** Leaves out what looks at a variant that is looked at by its own condition: that would be refused. */
function readVariants(name: string, { fast, kind, legs, hue }: DrawnVariants): Record<string, CompactVariant> {
  const only = fast.when === 'kind=big' && kind.only === '+fast' ? '' : kind.only;
  return {
    fast: {
      default: fast.default,
      sticky: fast.sticky,
      ...(fast.when !== '' && fast.when !== `^${name}` && { when: fast.when }),
    },
    kind: {
      default: kind.default,
      values: ['big', 'small', 'odd'],
      ...(kind.when !== '' && { when: kind.when }),
      ...(only !== '' && { only: { odd: only } }),
    },
    legs: {
      default: legs.default,
      multi: 'true',
      values: ['none', 'two', 'four', 'six'],
      ...(legs.sets && { sets: [['none'], ['two', 'four', 'six']] }),
    },
    ...(hue !== '' && { hue: { default: hue } }),
  };
}

function recipe(names: readonly string[], index: number): fc.Arbitrary<CompactRecipe> {
  const name = names[index]!;
  const isSecondHalf = index >= names.length / 2;
  const restriction = fc.tuple(condition(names), when(names)).map((texts) => texts.join(''));
  const requirement = fc
    .tuple(oneOf('any', 'one'), condition(names), condition(names), when(names))
    .map(([policy, first, second, rest]) => `${policy} of ${first} | ${second}${rest}`);
  const provision = fc
    .tuple(oneOf(...virtuals), oneOf('', '', '@:2', '@2:'), oneOf('', '', ' when +fast', ' when @2:', ' when kind=big'))
    .map((texts) => texts.join(''));
  const depends = fc.array(dependency(names, index), {
    minLength: isSecondHalf ? 0 : 2,
    maxLength: isSecondHalf ? 2 : 5,
  });
  return fc
    .record({
      versions,
      variants: variants.map((drawn) => readVariants(name, drawn)),
      depends: depends.map((texts) => texts.filter((text) => isPlain(name, text))),
      conflicts: seldom(5, restriction).map((texts) => texts.filter((text) => isPlain(name, text))),
      requires: seldom(8, requirement).map((texts) => texts.filter((text) => isPlain(name, text))),
      provides: seldom(isSecondHalf ? 2 : 12, provision),
    })
    .map((drawn) => drawn as CompactRecipe);
}

/** False where a package would need itself, or a virtual because that is needed. */
function isPlain(name: string, text: string): boolean {
  const needsItself = text.startsWith(name) || text.includes(`^${name}`);
  return !needsItself && !virtuals.some((virtual) => text.startsWith(virtual) && text.includes(`^${virtual}`));
}

/** The last two recipes provide a virtual each, so that every one has a provider. */
function withProviders(recipes: readonly CompactRecipe[]): CompactRecipe[] {
  const added = new Map([
    [recipes.length - 1, 'swim'],
    [recipes.length - 2, 'fly@:3'],
  ]);
  return recipes.map((one, index) => {
    const virtual = added.get(index);
    return virtual === undefined ? one : { ...one, provides: [...(one.provides ?? []), virtual] };
  });
}

function root(names: readonly string[]): fc.Arbitrary<string> {
  const wanted = oneOf(...names.slice(0, 3), ...names.slice(0, 3), 'swim');
  return fc
    .tuple(wanted, range, asked, sometimes(15, other(names.slice(1))))
    .map(([name, versions_, variant, below]) => {
      if (virtuals.includes(name)) return name;
      return `${name}${versions_}${variant}${below.startsWith(`^${name}`) ? '' : ` ${below}`}`.trimEnd();
    });
}

function requestsOf(count: number): fc.Arbitrary<CompactRequest> {
  const names = allNames.slice(0, count);
  return fc.record({
    recipes: fc
      .tuple(...names.map((_, index) => recipe(names, index)))
      .map((list) => Object.fromEntries(withProviders(list).map((one, index) => [names[index]!, one]))),
    want: fc.array(root(names), { minLength: 1, maxLength: 3 }),
    prefer: fc.constantFrom<Record<string, string>>(
      {},
      {},
      { '*': '+fast' },
      { bee: '@2', '*': 'kind=small' },
      { cat: '~fast legs=two,four' },
    ),
    require: fc.constantFrom<Record<string, string>>(
      {},
      {},
      {},
      {},
      { dog: '@2:' },
      { '*': '~fast' },
      { '*': 'hue=red' },
    ),
    externals: fc.constantFrom<Record<string, string>>(
      {},
      {},
      {},
      { elk: '3.1 +fast' },
      { dog: '3.1', cat: '2 kind=small' },
    ),
  });
}

/** Requests of up to fifteen packages, with more kinds of variants, conditions and versions than can be tried one by one;
 * about half of them have a solution. */
export const largeRequests: fc.Arbitrary<CompactRequest> = fc
  .constantFrom(6, 9, 12, allNames.length, allNames.length)
  .chain((count) => requestsOf(count));
