import type { ImportedVariant } from '../../index/imported-package.ts';
import type { PythonFunction } from '../python/python-syntax.ts';
import type { SpackPackage } from '../read-spack-package.ts';
import { findAttribute, type SpackClass } from '../spack-class.ts';
import type { SpackDirective } from '../spack-directives.ts';
import { convertArguments } from './convert-arguments.ts';
import { conditionOf, convertRelations, convertVariants, type DirectiveScope } from './convert-directives.ts';
import { convertSource } from './convert-source.ts';
import type { Conversion } from './convert-value.ts';
import { quote, todo } from './typescript-text.ts';

/** A recipe in TypeScript, made from one of Spack. */
export interface ConvertedRecipe {
  readonly text: string;
  /** How many places are left to be done by hand. */
  readonly todos: number;
  /** Patch files that belong beside it. */
  readonly patches: readonly string[];
}

/** How each build system of Spack is called here, and the method that gives its arguments. */
const builders: Readonly<Record<string, { readonly builder: string; readonly method: string }>> = {
  cmake: { builder: 'cmake', method: 'cmake_args' },
  autotools: { builder: 'autotools', method: 'configure_args' },
  meson: { builder: 'meson', method: 'meson_args' },
  makefile: { builder: 'make', method: 'build_targets' },
  python_pip: { builder: 'python', method: 'config_settings' },
};

/** Methods that say nothing about how a package is built. */
const harmless =
  /^(?:test_|setup_run_environment|setup_dependent|determine_|libs$|headers$|command$|home$|url_for_version$|_|check$|flag_handler$|cmake_args$|configure_args$|meson_args$)/;

/** Writes a recipe in TypeScript with what one of Spack declares, and with the arguments of its build where these are mechanical.
 * @param lines the lines of the recipe's file, for what is left to be done */
export function convertRecipe(
  source: SpackPackage & { readonly read: SpackClass },
  lines: readonly string[],
): ConvertedRecipe {
  const { imported, directives, read } = source;
  const systems = imported.variants.findLast(({ name }) => name === 'build_system');
  const buildSystem = Array.isArray(systems?.default) ? (systems.default[0] ?? 'generic') : 'generic';
  const variants = ownVariants(imported.variants);
  const scope: DirectiveScope = { name: imported.name, buildSystem, variants };
  const kept = [...variants.values()].length === 0 ? [] : imported.variants.filter(({ name }) => variants.has(name));
  const patches = patchesOf(directives, scope);
  const build = convertBuild([read, ...source.builders], { scope, directives, lines });
  const body = [
    `name: ${quote(imported.name)},`,
    ...identityLines(imported, directives, read),
    ...convertSource(
      directives.filter((one) => one.is === 'version'),
      addressesOf(read),
    ).lines,
    ...convertVariants(kept, scope),
    ...convertRelations(directives, scope),
    ...patches.lines,
    ...imported.unread.map(({ line, directive, reason }) => todo(`line ${line}, ${directive}: ${reason}`)),
    ...build.lines,
  ];
  const text = [
    `import { ${[...build.imports].sort().join(', ')}, recipe } from 'binfarm';`,
    '',
    `// Made from Spack's ${imported.file ?? imported.name}.`,
    'export default recipe({',
    ...body.map((line) => `  ${line}`),
    '});',
    '',
  ].join('\n');
  return { text, todos: text.split('// TODO:').length - 1, patches: patches.files };
}

/** The variants that are the package's own: not those by which build systems let themselves be chosen. */
function ownVariants(variants: readonly ImportedVariant[]): ReadonlyMap<string, ImportedVariant> {
  const isOwn = ({ name, file = '' }: ImportedVariant) =>
    name !== 'build_system' && (!file.startsWith('build_systems/') || /\/(?:cuda|rocm)\.py$/.test(file));
  return new Map(variants.filter(isOwn).map((variant) => [variant.name, variant]));
}

function identityLines(
  imported: SpackPackage['imported'],
  directives: readonly SpackDirective[],
  read: SpackClass,
): string[] {
  const homepage = findAttribute(read, 'homepage');
  const summary = imported.summary?.slice(0, 120).replace(/[.\s]+$/, '');
  return [
    ...(summary === undefined
      ? [todo('what it is'), `summary: ${quote(imported.name)},`]
      : [`summary: ${quote(summary)},`]),
    ...(typeof homepage === 'string' && /^https?:\/\/\S+$/.test(homepage)
      ? [`homepage: ${quote(homepage)},`]
      : [todo('homepage')]),
    ...licenseLines(directives.filter((one) => one.is === 'license')),
    "category: 'other',",
  ];
}

/** The form of an SPDX expression, as recipes must have it. */
const spdxForm = /^[A-Za-z0-9.+()-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+()-]+)*$/;

function licenseLines([first, ...more]: readonly (SpackDirective & { readonly is: 'license' })[]): string[] {
  const others = more.map(({ license, when }) => todo(`another licence: ${license} ${when.join(' ')}`));
  if (first !== undefined && spdxForm.test(first.license)) return [...others, `license: ${quote(first.license)},`];
  const told = first === undefined ? '' : `; Spack says "${first.license}"`;
  return [...others, todo(`the licence, as an SPDX expression${told}`), "license: 'LicenseRef-unknown',"];
}

function addressesOf(read: SpackClass) {
  const text = (name: string) => {
    const found = findAttribute(read, name);
    return typeof found === 'string' ? found : undefined;
  };
  return {
    url: text('url') ?? mirrorAddress(read),
    git: text('git'),
    hasFunction: findMethod(read, 'url_for_version') !== undefined,
  };
}

/** The address on the first of a class's mirrors: of those that build systems list for GNU, X.org and others. */
function mirrorAddress(read: SpackClass): string | undefined {
  const mirrors = findAttribute(read, 'base_mirrors');
  const names = ['gnu_mirror_path', 'sourceforge_mirror_path', 'sourceware_mirror_path', 'xorg_mirror_path'];
  const path = names.map((name) => findAttribute(read, name)).find((found) => typeof found === 'string');
  const first = typeof mirrors === 'object' && mirrors !== null && 'items' in mirrors ? mirrors.items[0] : undefined;
  return typeof first === 'string' && typeof path === 'string' ? `${first.replace(/\/+$/, '')}/${path}` : undefined;
}

function patchesOf(directives: readonly SpackDirective[], scope: DirectiveScope): { lines: string[]; files: string[] } {
  const files: string[] = [];
  const lines = directives.flatMap((one) => {
    if (one.is === 'resource') return [todo(`line ${one.line}: more sources (resource)`)];
    if (one.is !== 'patch') return [];
    const { path, strip, when } = one.patch;
    const condition = conditionOf(when, scope);
    if (condition === 'never') return [];
    if (path.includes('://') || typeof condition === 'object') return [todo(`patch ${path} ${when.join(' ')}`)];
    files.push(path);
    const parts = [
      `file: ${quote(path)}`,
      ...(strip === 1 ? [] : [`strip: ${strip}`]),
      ...(condition === undefined ? [] : [`when: ${quote(condition)}`]),
    ];
    return [`{ ${parts.join(', ')} },`];
  });
  const isTodo = (line: string) => line.startsWith('//');
  const listed = lines.filter((line) => !isTodo(line));
  const block = listed.length === 0 ? [] : ['patches: [', ...listed.map((line) => `  ${line}`), '],'];
  return { files, lines: [...lines.filter(isTodo), ...block] };
}

interface BuildSource {
  readonly scope: DirectiveScope;
  readonly directives: readonly SpackDirective[];
  readonly lines: readonly string[];
}

function convertBuild(
  classes: readonly SpackClass[],
  { scope, directives, lines }: BuildSource,
): { lines: string[]; imports: Set<string> } {
  const known = builders[scope.buildSystem];
  const methods = classes.flatMap(({ body }) => body.flatMap((one) => (one.is === 'function' ? [one.definition] : [])));
  const lineOf = (line: number) => lines[line - 1]?.trim() ?? '';
  if (known === undefined) {
    const what = methods.filter(({ name }) => !harmless.test(name)).map(({ name, line }) => `${name} (line ${line})`);
    return {
      imports: new Set(['custom']),
      lines: [todo(`how it is built: ${what.join(', ')}`), 'build: custom({ install: [] }),'],
    };
  }
  const named = methods.filter(({ name }) => name === known.method);
  const [method] = named.length === 1 && named[0]!.decorators.length === 0 ? named : [];
  const others = methods.filter((one) => one !== method && (one.name === known.method || !harmless.test(one.name)));
  const conversion: Conversion = {
    variants: scope.variants,
    dependencies: new Set(
      directives.flatMap((one) =>
        one.is === 'depends_on' ? (/^\s*([\w.-]+)/.exec(one.dependency.spec)?.[1] ?? []) : [],
      ),
    ),
    aliases: new Map(),
    used: new Set(),
  };
  const left = others.map(({ name, line }) => todo(`the method ${name} (line ${line}) is not converted`));
  if (method === undefined)
    return { imports: new Set([known.builder]), lines: [...left, `build: ${known.builder}(),`] };
  const converted = convertArguments({ name: method.name, body: bodyOf(method), lineOf }, conversion);
  const members = [...conversion.used].sort();
  const items = converted.lines.map((line) => `  ${line}${line.startsWith('//') ? '' : ','}`);
  const open = members.length === 0 ? '[' : `({ ${members.join(', ')} }) => [`;
  return { imports: new Set([known.builder]), lines: [...left, `build: ${known.builder}(${open}`, ...items, ']),'] };
}

function bodyOf(method: PythonFunction) {
  try {
    return method.body();
  } catch {
    return [{ is: 'other', line: method.line, reason: 'it cannot be read', body: [] } as const];
  }
}

function findMethod(read: SpackClass, name: string): PythonFunction | undefined {
  const own = read.body.findLast((one) => one.is === 'function' && one.definition.name === name);
  return own?.is === 'function' ? own.definition : undefined;
}
