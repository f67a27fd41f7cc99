import type { DependencyType } from '../../model/recipe.ts';
import type {
  ImportedConflict,
  ImportedDependency,
  ImportedProvision,
  ImportedRequirement,
  ImportedVariant,
  ImportedVersion,
} from '../index/imported-package.ts';
import { textOf } from './python/format-text.ts';
import { itemsOf, makeTuple, type PythonCall, type PythonValue, Unreadable } from './python/python-value.ts';
import { versionText } from './spack-version.ts';
import { readVariantValues, type VariantValue } from './variant-values.ts';

/** Where a version's source is known from, as far as literals say it. */
export interface SpackSource {
  readonly sha256?: string;
  readonly url?: string;
  readonly git?: string;
  readonly commit?: string;
  readonly tag?: string;
  readonly branch?: string;
  readonly submodules?: boolean;
}

/** A patch of a recipe. */
export interface SpackPatch {
  readonly path: string;
  readonly strip: number;
  readonly when: readonly string[];
}

/** A directive of a recipe, with all its conditions. */
export type SpackDirective =
  | { readonly is: 'version'; readonly version: ImportedVersion; readonly source: SpackSource }
  | { readonly is: 'variant'; readonly variant: ImportedVariant }
  | { readonly is: 'depends_on'; readonly dependency: ImportedDependency }
  | { readonly is: 'conflicts'; readonly conflict: ImportedConflict }
  | { readonly is: 'requires'; readonly requirement: ImportedRequirement }
  | { readonly is: 'provides'; readonly provision: ImportedProvision }
  | { readonly is: 'license'; readonly license: string; readonly when: readonly string[] }
  | { readonly is: 'patch'; readonly patch: SpackPatch }
  /** What the solver does not need, and a recipe would have to do by hand. */
  | { readonly is: 'resource'; readonly line: number };

/** Where the condition of a directive stands when it has no name. */
export const placesOfWhen: Readonly<Record<string, number>> = { conflicts: 1, depends_on: 1, extends: 1, patch: 3 };

/** A directive's arguments, with its place and the conditions of the blocks around it. */
export interface DirectiveCall extends PythonCall {
  readonly at: { readonly when: readonly string[]; readonly file: string; readonly line: number };
}

/** The directives that recipes have, by name; each gives what it declares.
 * Those of which nothing is taken give nothing.
 * @throws Unreadable */
export const directiveReaders: Readonly<Record<string, (call: DirectiveCall) => readonly SpackDirective[]>> = {
  build_system: readBuildSystem,
  can_splice: () => [],
  conflicts: (call) => [
    { is: 'conflicts', conflict: { spec: text(call, 0, 'conflict_spec'), ...messageOf(call), ...call.at } },
  ],
  depends_on: (call) => [dependency(call, text(call, 0, 'spec'), ['build', 'link'])],
  extends: readExtends,
  filter_compiler_wrappers: () => [],
  license: (call) => [{ is: 'license', license: text(call, 0, 'license_identifier'), when: call.at.when }],
  maintainers: () => [],
  patch: readPatch,
  provides: (call) => [{ is: 'provides', provision: { specs: texts(call), ...call.at } }],
  redistribute: () => [],
  requires: readRequires,
  resource: ({ line }) => [{ is: 'resource', line }],
  variant: readVariant,
  version: readVersion,
};

function text(call: PythonCall, index: number, name: string): string {
  const value = argument(call, index, name);
  if (typeof value === 'string') return value;
  throw new Unreadable(`"${name}" is no text`);
}

function argument({ args, keywords, unknown }: PythonCall, index: number, name: string): PythonValue | undefined {
  const problem = unknown?.get(index) ?? unknown?.get(name);
  if (problem !== undefined) throw problem;
  return args[index] ?? keywords.get(name);
}

/** A keyword argument that has to be known if it is given. */
function keyword(call: PythonCall, name: string): PythonValue | undefined {
  return argument(call, -1, name);
}

function texts(call: PythonCall): string[] {
  checkKnown(call);
  const values = call.args;
  if (values.some((value) => typeof value !== 'string')) throw new Unreadable('a spec is no text');
  return values.map(textOf);
}

function messageOf({ args, keywords }: PythonCall): { message?: string } {
  const message = keywords.get('msg') ?? args[2];
  return typeof message === 'string' ? { message: message.trim() } : {};
}

const allTypes: readonly DependencyType[] = ['build', 'link', 'run', 'test'];

function typesOf(call: PythonCall, otherwise: readonly DependencyType[]): readonly DependencyType[] {
  const value = argument(call, 2, 'type');
  if (value === undefined || value === null) return otherwise;
  const names = (typeof value === 'string' ? [value] : itemsOf(value)).map(textOf);
  if (names.includes('all')) return allTypes;
  const strange = names.find((name) => !(allTypes as readonly string[]).includes(name));
  if (strange !== undefined) throw new Unreadable(`"${strange}" is no type of dependency`);
  return allTypes.filter((type) => names.includes(type));
}

function dependency(call: DirectiveCall, spec: string, otherwise: readonly DependencyType[]): SpackDirective {
  return { is: 'depends_on', dependency: { spec, types: typesOf(call, otherwise), ...call.at } };
}

function readExtends(call: DirectiveCall): readonly SpackDirective[] {
  const spec = text(call, 0, 'spec');
  const extended = dependency(call, spec, ['build', 'run']);
  if (!/^python(?![\w.-])/.test(spec)) return [extended];
  const venv = { spec: 'python-venv', types: ['build', 'run'] as const, ...call.at };
  return [extended, { is: 'depends_on', dependency: venv }];
}

function readRequires(call: DirectiveCall): readonly SpackDirective[] {
  const policy = keyword(call, 'policy') ?? 'one_of';
  if (policy !== 'one_of' && policy !== 'any_of') throw new Unreadable('the policy is not known');
  return [
    { is: 'requires', requirement: { specs: texts(call), policy, ...messageOf({ ...call, args: [] }), ...call.at } },
  ];
}

function readVersion(call: DirectiveCall): readonly SpackDirective[] {
  const { args, keywords } = call;
  const version = versionText(argument(call, 0, 'ver') ?? null);
  const isSet = (name: string) => keyword(call, name) === true;
  const source: Record<string, string | boolean> = isSet('submodules') ? { submodules: true } : {};
  for (const name of ['url', 'git', 'commit', 'tag', 'branch', 'sha256'] as const) {
    const value = keywords.get(name);
    if (typeof value === 'string') source[name] = value;
  }
  const checksum = args[1] ?? keywords.get('checksum');
  if (typeof checksum === 'string' && checksum.length === 64) source.sha256 = checksum;
  const declared = {
    version,
    ...(isSet('preferred') && { preferred: true }),
    ...(isSet('deprecated') && { deprecated: true }),
  };
  return [{ is: 'version', version: declared, source }];
}

function readBuildSystem(call: DirectiveCall): readonly SpackDirective[] {
  checkKnown(call);
  const { values = [] } = readVariantValues(makeTuple(call.args));
  const preferred = keyword(call, 'default');
  const value = typeof preferred === 'string' ? preferred : values[0]?.value;
  if (value === undefined) throw new Unreadable('no build system is named');
  const variant: ImportedVariant = {
    name: 'build_system',
    kind: 'single',
    default: [value],
    ...valuesOf(values),
    summary: 'how the package is built',
    ...call.at,
  };
  return [{ is: 'variant', variant }];
}

function readVariant(call: DirectiveCall): readonly SpackDirective[] {
  const name = text(call, 0, 'name');
  const { keywords } = call;
  const given = argument(call, 1, 'default') ?? null;
  const declared = readVariantValues(argument(call, 3, 'values') ?? null);
  const { values, sets } = declared;
  const preferred = declared.default ?? given;
  const summary = argument(call, 2, 'description');
  const common = {
    name,
    ...(typeof summary === 'string' && { summary: summary.replace(/\s+/g, ' ').trim() }),
    ...call.at,
  };
  if (isSwitch(preferred, values)) {
    return [
      { is: 'variant', variant: { ...common, kind: 'bool', default: textOf(preferred).toLowerCase() === 'true' } },
    ];
  }
  const defaults = defaultsOf(preferred);
  if (defaults.length === 0) throw new Unreadable(`variant "${name}" has no default`);
  const isMulti = declared.multi ?? (argument(call, 4, 'multi') === true || keywords.get('multi') === true);
  const variant: ImportedVariant = {
    ...common,
    kind: isMulti ? 'multi' : 'single',
    default: defaults,
    ...(values !== undefined && valuesOf(values)),
    ...(sets !== undefined && { sets }),
  };
  return [{ is: 'variant', variant }];
}

/** A variant is on or off where its default is, unless it has values of its own. */
function isSwitch(preferred: PythonValue, values: readonly VariantValue[] | undefined): boolean {
  const isTruth =
    typeof preferred === 'boolean' || (typeof preferred === 'string' && /^(?:true|false)$/i.test(preferred));
  return isTruth && (values === undefined || values.every(({ value }) => value === 'True' || value === 'False'));
}

function defaultsOf(preferred: PythonValue): string[] {
  if (preferred === null) return [];
  const listed =
    typeof preferred === 'object' && 'items' in preferred ? preferred.items.map(textOf) : textOf(preferred).split(',');
  return listed.map((value) => value.trim()).filter((value) => value !== '');
}

function valuesOf(values: readonly VariantValue[]): Pick<ImportedVariant, 'values' | 'valueWhen'> {
  const conditions = values.flatMap(({ value, when }) => (when === undefined ? [] : [[value, [when]] as const]));
  return {
    values: [...new Set(values.map(({ value }) => value))],
    ...(conditions.length > 0 && { valueWhen: Object.fromEntries(conditions) }),
  };
}

function checkKnown({ unknown = new Map<never, Unreadable>() }: PythonCall): void {
  for (const problem of unknown.values()) throw problem;
}

function readPatch(call: DirectiveCall): readonly SpackDirective[] {
  const level = argument(call, 1, 'level') ?? 1;
  return [
    {
      is: 'patch',
      patch: {
        path: text(call, 0, 'url_or_filename'),
        strip: typeof level === 'number' ? level : 1,
        when: call.at.when,
      },
    },
  ];
}
