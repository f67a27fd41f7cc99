import { isFarmError } from '../../../core/farm-error.ts';
import { formatSpec } from '../../../model/format-spec.ts';
import type { Spec } from '../../../model/spec.ts';
import type { ImportedVariant } from '../../index/imported-package.ts';
import { parseImportedSpec } from '../../index/parse-imported-spec.ts';
import type { FormattedPart, PythonExpression } from '../python/python-syntax.ts';
import { quote, type WordPart, wordOf } from './typescript-text.ts';

/** What a method of a recipe may use, and what it has used, while it is turned into TypeScript. */
export interface Conversion {
  /** The variants that the converted recipe has. */
  readonly variants: ReadonlyMap<string, ImportedVariant>;
  readonly dependencies: ReadonlySet<string>;
  /** Names of the method that stand for a path of the recipe's own expressions: `spec` for `self.spec`. */
  readonly aliases: Map<string, PythonExpression>;
  /** The members of the recipe's context that the code needs. */
  readonly used: Set<string>;
}

/** A part of a method that has no mechanical counterpart. */
export class Unconverted extends Error {}

/** Turns a condition of a method into one of TypeScript.
 * @throws Unconverted */
export function convertCondition(test: PythonExpression, conversion: Conversion): string {
  if (test.is === 'unary' && test.operator === 'not') return negated(convertCondition(test.of, conversion));
  if (test.is === 'logic') {
    const [left, right] = [test.left, test.right].map((part) => inBrackets(convertCondition(part, conversion)));
    return `${left} ${test.operator === 'and' ? '&&' : '||'} ${right}`;
  }
  if (test.is === 'compare') return convertComparison(test, conversion);
  if (test.is === 'call' && pathOf(test.of, conversion) === 'spec.satisfies') {
    const [argument] = test.args;
    if (argument?.is === 'text') return specCondition(argument.value, conversion);
  }
  if (test.is === 'attribute' && pathOf(test, conversion) === 'self.run_tests') return 'false';
  if (test.is === 'constant' && typeof test.value === 'boolean') return String(test.value);
  throw new Unconverted('its condition is not a plain one');
}

function inBrackets(code: string): string {
  return / (?:&&|\|\|) /.test(code) ? `(${code})` : code;
}

function negated(code: string): string {
  return / (?:&&|\|\||===|!==) /.test(code) ? `!(${code})` : `!${code}`;
}

function convertComparison(test: PythonExpression & { is: 'compare' }, conversion: Conversion): string {
  const [step] = test.rest;
  if (step === undefined || test.rest.length > 1) throw new Unconverted('its condition is not a plain one');
  const isSpec = pathOf(step.right, conversion) === 'spec';
  if (test.first.is === 'text' && isSpec && (step.operator === 'in' || step.operator === 'not in')) {
    const code = specCondition(test.first.value, conversion);
    return step.operator === 'in' ? code : negated(code);
  }
  if (step.right.is === 'text' && (step.operator === '==' || step.operator === '!=')) {
    const variant = variantIn(test.first, conversion);
    if (variant?.kind === 'single')
      return `${use(conversion, 'value')}(${quote(variant.name)}) ${step.operator}= ${quote(step.right.value)}`;
  }
  throw new Unconverted('its condition is not a plain one');
}

/** `is('+x @2:')`, or `has('zlib')` for what asks only for a dependency. */
function specCondition(text: string, conversion: Conversion): string {
  const spec = parse(text);
  const dependency = dependencyAskedFor(spec);
  if (dependency !== undefined) return `${use(conversion, 'has')}(${quote(dependency)})`;
  if (spec.name !== undefined || spec.dependencies.length > 0)
    throw new Unconverted(`"${text}" looks at another package`);
  const names = Object.keys(spec.variants);
  const unknown = names.find((name) => !conversion.variants.has(name));
  if (unknown !== undefined) throw new Unconverted(`"${unknown}" is no variant of the recipe`);
  const [name] = names;
  const request = name === undefined ? undefined : spec.variants[name];
  const isSwitch = names.length === 1 && typeof request === 'boolean' && asksNothing({ ...spec, variants: {} });
  if (isSwitch && !conversion.variants.get(name!)?.when?.length)
    return `${request ? '' : '!'}${use(conversion, 'isOn')}(${quote(name!)})`;
  return `${use(conversion, 'is')}(${quote(formatSpec(spec))})`;
}

/** The package whose presence is all that a spec asks for. */
function dependencyAskedFor(spec: Spec): string | undefined {
  const { name, dependencies } = spec;
  if (name !== undefined) return dependencies.length === 0 && asksNothing(withoutName(spec)) ? name : undefined;
  const [only, ...more] = dependencies;
  const isAlone = only?.name !== undefined && more.length === 0 && asksNothing({ ...spec, dependencies: [] });
  return isAlone && asksNothing(withoutName(only)) ? only.name : undefined;
}

function withoutName({ name: _, ...rest }: Spec): Spec {
  return rest;
}

function asksNothing(spec: Spec): boolean {
  return formatSpec(spec) === '@:';
}

function parse(text: string) {
  try {
    return parseImportedSpec(text);
  } catch (error) {
    if (isFarmError(error)) throw new Unconverted(error.message);
    throw error;
  }
}

/** Notes that a member of the context is needed, and gives its name. */
export function use(conversion: Conversion, member: string): string {
  conversion.used.add(member);
  return member;
}

/** Turns a value of a method into the parts of a word.
 * @throws Unconverted */
export function convertText(value: PythonExpression, conversion: Conversion): readonly WordPart[] {
  if (value.is === 'text') return [value.value];
  if (value.is === 'number') return [String(value.value)];
  if (value.is === 'formatted') return value.parts.flatMap((part) => convertPart(part, conversion));
  if (value.is === 'binary' && value.operator === '+')
    return [...convertText(value.left, conversion), ...convertText(value.right, conversion)];
  if (value.is === 'binary' && value.operator === '%' && value.left.is === 'text') {
    const values = value.right.is === 'tuple' ? value.right.items : [value.right];
    return fillIn(value.left.value, /%s/, values, conversion);
  }
  if (value.is === 'call') return convertCall(value, conversion);
  if (value.is === 'choice') {
    const [yes, no] = [value.yes, value.no].map((part) => wordOf(convertText(part, conversion)));
    return [{ code: `(${convertCondition(value.test, conversion)} ? ${yes} : ${no})` }];
  }
  return convertPath(value, conversion);
}

function convertPart(part: FormattedPart, conversion: Conversion): readonly WordPart[] {
  if (typeof part === 'string') return [part];
  if (part.conversion !== '' || part.form.length > 0) throw new Unconverted('a field has a form');
  return convertText(part.value, conversion);
}

function convertCall({ of, args }: PythonExpression & { is: 'call' }, conversion: Conversion): readonly WordPart[] {
  if (of.is === 'attribute' && of.name === 'format' && of.of.is === 'text' && !/\{[^}]*[^}\d]/.test(of.of.value))
    return fillIn(of.of.value, /\{\d*\}/, args, conversion);
  if (of.is === 'name' && of.name === 'str' && args.length === 1) return convertText(args[0]!, conversion);
  if ((of.is === 'name' && of.name === 'join_path') || pathOf(of, conversion) === 'os.path.join')
    return args.flatMap((part, index) => [...(index === 0 ? [] : ['/']), ...convertText(part, conversion)]);
  throw new Unconverted('a call is none of the mechanical ones');
}

/** A form with its fields replaced, in their order. */
function fillIn(
  form: string,
  field: RegExp,
  values: readonly PythonExpression[],
  conversion: Conversion,
): readonly WordPart[] {
  const texts = form.split(field);
  if (texts.length !== values.length + 1 || /\{(?!0\})\d/.test(texts.length === 2 ? '' : form))
    throw new Unconverted('a text is not filled in plainly');
  return texts.flatMap((text, index) => [...(index === 0 ? [] : convertText(values[index - 1]!, conversion)), text]);
}

/** A path of attributes: `self.prefix`, `spec["zlib"].prefix.lib`, `spec.version`, the value of a variant. */
function convertPath(value: PythonExpression, conversion: Conversion): readonly WordPart[] {
  const variant = variantIn(value, conversion);
  if (variant !== undefined) return [{ code: valueOfVariant(variant, conversion) }];
  const path = pathOf(value, conversion);
  if (path !== undefined && /^(?:self\.|spec\.)?prefix$/.test(path)) return [{ code: use(conversion, 'prefix') }];
  if (path === 'self.version' || path === 'spec.version') return [{ code: use(conversion, 'version') }];
  if (value.is !== 'attribute') throw new Unconverted('a value is none of the mechanical ones');
  const dependency = prefixIn(value);
  if (dependency !== undefined)
    return [{ code: `${use(conversion, 'dep')}(${quote(nameIn(dependency, conversion))})` }];
  if (!prefixFolders.has(value.name)) throw new Unconverted('a value is none of the mechanical ones');
  return [...convertPath(value.of, conversion), `/${value.name}`];
}

/** The folders of a prefix that recipes name as attributes. */
const prefixFolders = new Set(['bin', 'etc', 'include', 'lib', 'lib64', 'libexec', 'man', 'share']);

/** The item of `spec["name"].prefix`. */
function prefixIn(value: PythonExpression & { is: 'attribute' }): (PythonExpression & { is: 'item' }) | undefined {
  return value.name === 'prefix' && value.of.is === 'item' ? value.of : undefined;
}

function nameIn(item: PythonExpression & { is: 'item' }, conversion: Conversion): string {
  if (pathOf(item.of, conversion) !== 'spec' || item.index.is !== 'text')
    throw new Unconverted('an item is none of the spec');
  const { value } = item.index;
  if (!conversion.dependencies.has(value)) throw new Unconverted(`"${value}" is no dependency of the recipe`);
  return value;
}

/** The code that gives a variant's value as one word. */
export function valueOfVariant({ name, kind }: ImportedVariant, conversion: Conversion): string {
  if (kind === 'bool') throw new Unconverted(`"${name}" is on or off`);
  return `${use(conversion, 'value')}(${quote(name)})`;
}

/** The variant of `spec.variants["name"].value`. */
function variantIn(value: PythonExpression, conversion: Conversion): ImportedVariant | undefined {
  if (value.is !== 'attribute' || value.name !== 'value' || value.of.is !== 'item') return undefined;
  const { of, index } = value.of;
  if (pathOf(of, conversion) !== 'spec.variants' || index.is !== 'text') return undefined;
  return conversion.variants.get(index.value);
}

/** An expression as names with points between them, `self.spec` written as `spec`; undefined for others. */
export function pathOf(value: PythonExpression, conversion: Conversion): string | undefined {
  if (value.is === 'name') {
    const alias = conversion.aliases.get(value.name);
    return alias === undefined ? value.name : pathOf(alias, conversion);
  }
  if (value.is !== 'attribute') return undefined;
  const above = pathOf(value.of, conversion);
  if (above === undefined) return undefined;
  return above === 'self' && value.name === 'spec'
    ? 'spec'
    : above === 'self.pkg'
      ? `self.${value.name}`.replace('self.spec', 'spec')
      : `${above}.${value.name}`;
}
