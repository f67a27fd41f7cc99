import type { PythonExpression, PythonStatement } from '../python/python-syntax.ts';
import {
  type Conversion,
  convertCondition,
  convertText,
  pathOf,
  Unconverted,
  use,
  valueOfVariant,
} from './convert-value.ts';
import { quote, todo, wordOf } from './typescript-text.ts';

/** Arguments of a builder in TypeScript: lines of a list, and how many of them are left to be done by hand. */
export interface ConvertedArguments {
  readonly lines: readonly string[];
  readonly todos: number;
}

/** A method's statements, and where they stand. */
export interface ConvertedMethod {
  readonly name: string;
  readonly body: readonly PythonStatement[];
  /** The text of a line of its file, for what is left to be done. */
  readonly lineOf: (line: number) => string;
}

/** Turns a method that gives arguments (`cmake_args`, `configure_args`) into the items of a list, in their order.
 * What is not mechanical becomes a line to be done. */
export function convertArguments(method: ConvertedMethod, conversion: Conversion): ConvertedArguments {
  const work: Work = { method, conversion, list: undefined, todos: 0 };
  return { lines: convertStatements(method.body, work), todos: work.todos };
}

interface Work {
  readonly method: ConvertedMethod;
  readonly conversion: Conversion;
  /** The name of the list that the method fills. */
  list: string | undefined;
  todos: number;
}

function convertStatements(statements: readonly PythonStatement[], work: Work): string[] {
  return statements.flatMap((statement) => {
    try {
      return convertStatement(statement, work);
    } catch (problem) {
      if (!(problem instanceof Unconverted)) throw problem;
      return leftLine(statement, problem.message, work);
    }
  });
}

function leftLine({ line }: { readonly line: number }, reason: string, work: Work): string[] {
  work.todos += 1;
  return [todo(`${work.method.name}, line ${line}: ${work.method.lineOf(line)} (${reason})`)];
}

function convertStatement(statement: PythonStatement, work: Work): string[] {
  if (statement.is === 'pass') return [];
  if (statement.is === 'expression') return convertExpression(statement.value, work);
  if (statement.is === 'assign') return convertAssignment(statement, work);
  if (statement.is === 'if') return convertIf(statement, work);
  if (statement.is === 'change' && statement.operator === '+' && isList(statement.target, work))
    return convertItems(statement.value, work);
  if (statement.is === 'return')
    return statement.value === undefined || isList(statement.value, work) ? [] : convertItems(statement.value, work);
  throw new Unconverted(`"${statement.is}" is not mechanical`);
}

function isList(value: PythonExpression, { list }: Work): boolean {
  return value.is === 'name' && value.name === list;
}

function convertExpression(value: PythonExpression, work: Work): string[] {
  if (value.is === 'text') return [];
  if (value.is === 'call' && value.of.is === 'attribute' && isList(value.of.of, work) && value.args.length === 1) {
    const [argument] = value.args as [PythonExpression];
    if (value.of.name === 'append') return convertItem(argument, work);
    if (value.of.name === 'extend') return convertItems(argument, work);
  }
  throw new Unconverted('it is not mechanical');
}

const aliasForm =
  /^(?:spec|self|self\.prefix|self\.version|self\.define|self\.define_from_variant|self\.pkg|spec\.variants|spec\.satisfies|spec\.version|spec\.prefix)$/;

function convertAssignment({ targets, value }: PythonStatement & { is: 'assign' }, work: Work): string[] {
  const [target, ...more] = targets;
  if (target?.is !== 'name' || more.length > 0) throw new Unconverted('it is no plain assignment');
  const path = pathOf(value, work.conversion);
  if (path !== undefined && aliasForm.test(path)) {
    work.conversion.aliases.set(target.name, value);
    return [];
  }
  const startsList = value.is === 'list' || isHelperCall(value, work.conversion);
  if (!startsList || (work.list !== undefined && work.list !== target.name))
    throw new Unconverted('what it is used for is not mechanical');
  work.list = target.name;
  return convertItems(value, work);
}

/** `self.enable_or_disable(...)` and the like give lists. */
function isHelperCall(value: PythonExpression, conversion: Conversion): boolean {
  return (
    value.is === 'call' && /^self\.(?:enable_or_disable|with_or_without)$/.test(pathOf(value.of, conversion) ?? '')
  );
}

function convertIf({ test, body, otherwise, line }: PythonStatement & { is: 'if' }, work: Work): string[] {
  let condition: string;
  try {
    condition = convertCondition(test, work.conversion);
  } catch (problem) {
    if (!(problem instanceof Unconverted)) throw problem;
    return leftLine({ line }, `${problem.message}; with all below it`, work);
  }
  const before = work.todos;
  const [yes, no] = [convertStatements(body, work), convertStatements(otherwise, work)];
  if (work.todos > before) {
    // a comment cannot stand for an item, so what is done by hand is told before what is done
    const all = [...yes, ...no];
    const left = all.filter((item) => item.startsWith('//'));
    return [
      ...left,
      ...conditional(
        condition,
        yes.filter((item) => !item.startsWith('//')),
        no.filter((item) => !item.startsWith('//')),
      ),
    ];
  }
  return conditional(condition, yes, no);
}

function conditional(condition: string, yes: readonly string[], no: readonly string[]): string[] {
  if (condition === 'true') return [...yes];
  if (condition === 'false') return [...no];
  if (yes.length === 0 && no.length === 0) return [];
  const listed = (items: readonly string[]) => `[${items.join(', ')}]`;
  return [`...(${condition} ? ${listed(yes)} : ${listed(no)})`];
}

function convertItems(value: PythonExpression, work: Work): string[] {
  if (value.is === 'list' || value.is === 'tuple') {
    return value.items.flatMap((item) => {
      try {
        return convertItem(item, work);
      } catch (problem) {
        if (!(problem instanceof Unconverted)) throw problem;
        return leftLine(item, problem.message, work);
      }
    });
  }
  if (value.is === 'binary' && value.operator === '+')
    return [...convertItems(value.left, work), ...convertItems(value.right, work)];
  if (isHelperCall(value, work.conversion)) return convertItem(value, work);
  throw new Unconverted('it is no list');
}

function convertItem(item: PythonExpression, { conversion }: Work): string[] {
  if (item.is !== 'call') return [wordOf(convertText(item, conversion))];
  const [first, second] = item.args;
  const helper =
    /^(?:self|(?:cmake\.)?CMakeBuilder)\.(define|define_from_variant|enable_or_disable|with_or_without)$/.exec(
      pathOf(item.of, conversion) ?? '',
    )?.[1];
  if (helper === undefined) return [wordOf(convertText(item, conversion))];
  if (helper === 'enable_or_disable') return [switchOption(item, 'enable', conversion)];
  if (helper === 'with_or_without') return [switchOption(item, 'include', conversion)];
  if (helper === 'define' && first !== undefined && second !== undefined)
    return [convertDefine(first, second, conversion)];
  if (helper === 'define_from_variant' && first?.is === 'text' && (second === undefined || second.is === 'text'))
    return [defineFromVariant(first.value, second?.value ?? first.value.toLowerCase(), conversion)];
  throw new Unconverted('a helper is not used plainly');
}

function convertDefine(name: PythonExpression, value: PythonExpression, conversion: Conversion): string {
  const start = ['-D', ...convertText(name, conversion), '='];
  if (value.is === 'constant' && typeof value.value === 'boolean')
    return wordOf([...start, value.value ? 'ON' : 'OFF']);
  if (value.is === 'list' || value.is === 'tuple')
    return wordOf([
      ...start,
      ...value.items.flatMap((item, index) => [...(index === 0 ? [] : [';']), ...convertText(item, conversion)]),
    ]);
  try {
    return wordOf([...start, ...convertText(value, conversion)]);
  } catch (problem) {
    if (!(problem instanceof Unconverted)) throw problem;
    const condition = convertCondition(value, conversion);
    if (condition === 'true' || condition === 'false') return wordOf([...start, condition === 'true' ? 'ON' : 'OFF']);
    return wordOf([...start, { code: `${condition} ? 'ON' : 'OFF'` }]);
  }
}

function defineFromVariant(name: string, variantName: string, conversion: Conversion): string {
  const variant = conversion.variants.get(variantName);
  if (variant === undefined) throw new Unconverted(`"${variantName}" is no variant of the recipe`);
  // where a variant does not exist, Spack gives no argument; here it counts as off
  if (variant.when !== undefined && variant.when.length > 0)
    throw new Unconverted(`"${variantName}" exists under a condition only`);
  if (variant.kind === 'bool')
    return wordOf([`-D${name}=`, { code: `${use(conversion, 'on')}(${quote(variantName)})` }]);
  const code =
    variant.kind === 'multi'
      ? `${use(conversion, 'values')}(${quote(variantName)}).join(';')`
      : valueOfVariant(variant, conversion);
  return wordOf([`-D${name}=`, { code }]);
}

function switchOption(
  call: PythonExpression & { is: 'call' },
  member: 'enable' | 'include',
  conversion: Conversion,
): string {
  const [feature] = call.args;
  const given = new Map(call.keywords.map(({ name, value }) => [name, value]));
  if (feature?.is !== 'text' || [...given.keys()].some((name) => name !== 'variant'))
    throw new Unconverted('a helper is not used plainly');
  const named = given.get('variant');
  const name = named === undefined ? feature.value : named.is === 'text' ? named.value : undefined;
  const variant = name === undefined ? undefined : conversion.variants.get(name);
  if (variant === undefined) throw new Unconverted(`"${feature.value}" is no variant of the recipe`);
  if (variant.kind !== 'bool' || (variant.when?.length ?? 0) > 0)
    throw new Unconverted(`"${variant.name}" is no plain switch`);
  const words = variant.name === feature.value ? [feature.value] : [variant.name, feature.value];
  return `${use(conversion, member)}(${words.map(quote).join(', ')})`;
}
