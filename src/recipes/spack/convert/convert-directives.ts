import { isFarmError } from '../../../core/farm-error.ts';
import { formatSpec } from '../../../model/format-spec.ts';
import { intersectSpecs } from '../../../model/match-spec.ts';
import type { Spec } from '../../../model/spec.ts';
import type { ImportedVariant } from '../../index/imported-package.ts';
import { parseImportedSpec } from '../../index/parse-imported-spec.ts';
import type { SpackDirective } from '../spack-directives.ts';
import { keyText, quote, todo } from './typescript-text.ts';

/** What a converted recipe keeps of its build system's own variants. */
export interface DirectiveScope {
  readonly name: string;
  /** The build system that the recipe uses, as `build_system=` names it. */
  readonly buildSystem: string;
  readonly variants: ReadonlyMap<string, ImportedVariant>;
}

/** What the platform has, and what only Spack's own way of installing Python packages needs. */
const neverNeeded = new Set(['c', 'cxx', 'fortran', 'python-venv']);
const builtInTools = new Set(['gmake', 'gnuconfig', 'compiler-wrapper']);

/** Lines of a recipe for variants. */
export function convertVariants(all: readonly ImportedVariant[], scope: DirectiveScope): string[] {
  const lines = all.flatMap((variant) => convertVariant(variant, all, scope));
  return lines.length === 0 ? [] : ['variants: {', ...lines.map((line) => `  ${line}`), '},'];
}

function convertVariant(variant: ImportedVariant, all: readonly ImportedVariant[], scope: DirectiveScope): string[] {
  const { name, kind, values, summary, sets, valueWhen } = variant;
  if (all.findLast((other) => other.name === name) !== variant)
    return [todo(`variant "${name}" has several definitions, by condition`)];
  const when = conditionOf(variant.when ?? [], scope);
  if (when === 'never') return [];
  const list = (texts: readonly string[]) => `[${texts.map(quote).join(', ')}]`;
  const value = variant.default;
  const given = typeof value === 'boolean' ? String(value) : kind === 'multi' ? list(value) : quote(value[0] ?? '');
  const parts = [
    `default: ${given}`,
    ...(values === undefined || kind === 'bool' ? [] : [`values: ${list(values)}`]),
    ...(kind === 'multi' ? ['multi: true'] : []),
    ...(summary === undefined ? [] : [`summary: ${quote(summary.slice(0, 120))}`]),
    ...(typeof when === 'string' ? [`when: ${quote(when)}`] : []),
  ];
  return [
    ...(typeof when === 'object' ? [todo(when.left)] : []),
    ...(sets === undefined
      ? []
      : [
          todo(
            `of "${name}", values of these groups exclude each other: ${sets.map((set) => shortList(set)).join(' | ')}`,
          ),
        ]),
    ...(valueWhen === undefined
      ? []
      : [
          todo(
            `values of "${name}" exist under conditions only: ${shortList(Object.entries(valueWhen).map(([one, texts]) => `${one} when ${texts.join(' ')}`))}`,
          ),
        ]),
    `${keyText(name)}: { ${parts.join(', ')} },`,
  ];
}

function shortList(texts: readonly string[]): string {
  return texts.length <= 6 ? texts.join(', ') : `${texts.slice(0, 6).join(', ')}, and ${texts.length - 6} more`;
}

/** Lines of a recipe for dependencies, conflicts, requirements and what it provides. */
export function convertRelations(directives: readonly SpackDirective[], scope: DirectiveScope): string[] {
  const lists = {
    depends: [] as string[],
    conflicts: [] as string[],
    requires: [] as string[],
    provides: [] as string[],
  };
  for (const directive of directives) {
    if (directive.is === 'depends_on') lists.depends.push(...convertDependency(directive, scope));
    else if (directive.is === 'conflicts') {
      const { spec, when, message } = directive.conflict;
      lists.conflicts.push(...convertRelation(spec, when, { scope, ...(message !== undefined && { message }) }));
    } else if (directive.is === 'requires') lists.requires.push(...convertRequirement(directive, scope));
    else if (directive.is === 'provides') {
      const { specs, when } = directive.provision;
      for (const spec of specs) lists.provides.push(...convertRelation(spec, when, { scope }));
    }
  }
  return Object.entries(lists).flatMap(([key, lines]) =>
    lines.length === 0 ? [] : [`${key}: [`, ...new Set(lines.map((line) => `  ${line}`)), '],'],
  );
}

function convertDependency({ dependency }: SpackDirective & { is: 'depends_on' }, scope: DirectiveScope): string[] {
  const { spec, types, when, file = '' } = dependency;
  const name = /^\s*([\w.-]+)/.exec(spec)?.[1] ?? '';
  const kept = types.filter((type) => type !== 'test');
  if (neverNeeded.has(name) || kept.length === 0 || (file.startsWith('build_systems/') && builtInTools.has(name)))
    return [];
  const isUsual = kept.length === 2 && kept.includes('build') && kept.includes('link');
  return convertRelation(spec, when, { scope, ...(!isUsual && { types: kept }) });
}

function convertRequirement({ requirement }: SpackDirective & { is: 'requires' }, scope: DirectiveScope): string[] {
  const { specs, policy, when, message } = requirement;
  const isPossible = specs.map((spec) => conditionOf([spec], scope));
  if (isPossible.some((spec) => spec === undefined)) return [];
  const possible = specs.filter((_, index) => isPossible[index] !== 'never');
  if (possible.length === 0) return [];
  const texts = possible.map((spec) => {
    const found = readCondition([spec]);
    return 'left' in found ? undefined : formatSpec(found.spec!);
  });
  if (texts.includes(undefined)) return [todo(`requires ${specs.join(', ')}`)];
  const key = policy === 'any_of' ? 'anyOf' : 'oneOf';
  const condition = conditionOf(when ?? [], scope);
  if (condition === 'never') return [];
  if (typeof condition === 'object') return [todo(`requires ${specs.join(', ')}: ${condition.left}`)];
  const parts = [
    `${key}: [${texts.map((text) => quote(text!)).join(', ')}]`,
    ...(condition === undefined ? [] : [`when: ${quote(condition)}`]),
    ...messagePart(message),
  ];
  return [`{ ${parts.join(', ')} },`];
}

function messagePart(message: string | undefined): string[] {
  return message === undefined || message === ''
    ? []
    : [`message: ${quote(message.replace(/\s+/g, ' ').slice(0, 120))}`];
}

interface RelationOptions {
  readonly scope: DirectiveScope;
  readonly message?: string;
  readonly types?: readonly string[];
}

function convertRelation(text: string, when: readonly string[] | undefined, options: RelationOptions): string[] {
  const { scope, message, types } = options;
  const condition = conditionOf(when ?? [], scope);
  if (condition === 'never') return [];
  const own = readCondition([text]);
  if ('left' in own) return [todo(`${text}: ${own.left}`)];
  if (own.spec === undefined || (own.spec.name === undefined && isIgnored(own.spec, scope))) return [];
  if (typeof condition === 'object') return [todo(`${text}: ${condition.left}`)];
  const spec = formatSpec(own.spec);
  if (condition === undefined && message === undefined) return [`${quote([spec, ...shortTypes(types)].join(' : '))},`];
  const parts = [
    `spec: ${quote(spec)}`,
    ...(types === undefined
      ? []
      : [`type: ${types.length === 1 ? quote(types[0]!) : `[${types.map(quote).join(', ')}]`}`]),
    ...(condition === undefined ? [] : [`when: ${quote(condition)}`]),
    ...messagePart(message),
  ];
  return [`{ ${parts.join(', ')} },`];
}

function shortTypes(types: readonly string[] | undefined): string[] {
  return types === undefined ? [] : [types.join(', ')];
}

/** The one condition that several are, without what the chosen build system decides; `never` where they cannot hold in a farm. */
export function conditionOf(
  texts: readonly string[],
  scope: DirectiveScope,
): string | undefined | 'never' | { readonly left: string } {
  const found = readCondition(texts);
  if ('left' in found) return found;
  if (found.spec === undefined) return undefined;
  const spec = found.spec.name === scope.name ? withoutName(found.spec) : found.spec;
  if (spec.name === undefined && isIgnored(spec, scope)) return 'never';
  const { build_system: _, ...variants } = spec.variants;
  const { platform: _linux, ...platform } = spec.platform;
  const text = formatSpec({ ...spec, variants, platform });
  return text === '@:' ? undefined : text;
}

function withoutName({ name: _, ...rest }: Spec): Spec {
  return rest;
}

/** True for what never holds in a farm: another system than Linux, another build system, a variant that is not kept. */
function isIgnored({ variants, platform }: Spec, scope: DirectiveScope): boolean {
  if (platform.platform !== undefined && platform.platform !== 'linux') return true;
  return Object.entries(variants).some(([name, request]) => {
    if (name === 'build_system') return typeof request === 'boolean' || !request.includes(scope.buildSystem);
    return !scope.variants.has(name);
  });
}

function readCondition(texts: readonly string[]): { readonly spec: Spec | undefined } | { readonly left: string } {
  try {
    let spec: Spec | undefined;
    for (const text of texts) {
      const next = parseImportedSpec(text);
      const joined = spec === undefined ? next : intersectSpecs(spec, next);
      if (joined === undefined) return { left: `its conditions exclude each other: ${texts.join(', ')}` };
      spec = joined;
    }
    return { spec };
  } catch (error) {
    if (isFarmError(error)) return { left: error.message };
    throw error;
  }
}
