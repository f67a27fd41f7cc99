import { dirname, join } from 'node:path';
import { FarmError } from '../core/farm-error.ts';
import { isPackageName, type PackageName } from '../model/names.ts';
import { parseSpec } from '../model/parse-spec.ts';
import type {
  ConflictDeclaration,
  DependencyDeclaration,
  DependencyType,
  ProvidesDeclaration,
  RecipeMetadata,
  RequirementDeclaration,
  VariantDeclaration,
  VersionDeclaration,
} from '../model/recipe.ts';
import type { Spec } from '../model/spec.ts';
import { parseVersion } from '../model/version.ts';
import type { Recipe, RecipeInfo } from './loaded-recipe.ts';
import type {
  DependencyDefinition,
  RecipeDefinition,
  VariantDefinition,
  VersionDefinition,
} from './recipe-definition.ts';
import { checkRecipeShape } from './recipe-schema.ts';
import { placeInRecipe, type RecipeText, recipeInvalid } from './recipe-text.ts';

/** Turns what a recipe file exports into a recipe: checks it, and parses its specs and versions.
 * `patches` are the texts of its patch files by name.
 * @throws RECIPE_INVALID, and SPEC_INVALID or SPEC_UNSUPPORTED for a spec, with the place in the file. */
export function compileRecipe(
  exported: unknown,
  source: RecipeText,
  patches: Readonly<Record<string, string>> = {},
): Recipe {
  const definition = checkRecipeShape(exported, source);
  if (!isPackageName(definition.name)) {
    throw recipeInvalid(source, `"${definition.name}" cannot be the name of a package`, {
      words: ['name', definition.name],
      hint: 'A name has lower-case letters, digits, "-", "_" and ".", and begins with a letter or digit',
    });
  }
  checkSources(definition, source);
  const folder = dirname(source.file);
  const dependencies = (definition.depends ?? []).map(dependencyDefinitionOf);
  const origin = definition.source;
  return {
    metadata: metadataOf(definition, dependencies, source),
    info: infoOf(definition),
    file: source.file,
    folder,
    ...(typeof origin === 'object' && 'directory' in origin ? { directory: join(folder, origin.directory) } : {}),
    hashed: dependencies.filter(({ hashed }) => hashed).map(({ spec }) => parseIn(source, spec).name as PackageName),
    patches: (definition.patches ?? []).map((patch) => {
      const { file, strip = 1, when } = typeof patch === 'string' ? { file: patch } : patch;
      return { file, strip, text: patches[file] ?? '', ...optionalWhen(source, when) };
    }),
    definition,
  };
}

/** Splits `cmake@3.12: : build, run` into the spec and the types. */
export function dependencyDefinitionOf(entry: string | DependencyDefinition): DependencyDefinition {
  if (typeof entry !== 'string') return entry;
  const match = /^(.*\S)\s+:\s+([a-z]+(?:\s*,\s*[a-z]+)*)\s*$/.exec(entry);
  if (match === null) return { spec: entry };
  return { spec: match[1]!, type: match[2]!.split(',').map((type) => type.trim() as DependencyType) };
}

function infoOf({ summary, homepage, license, category, contact }: RecipeDefinition): RecipeInfo {
  return {
    summary,
    license,
    category,
    ...(homepage === undefined ? {} : { homepage }),
    ...(contact === undefined ? {} : { contact }),
  };
}

function metadataOf(
  definition: RecipeDefinition,
  dependencies: readonly DependencyDefinition[],
  source: RecipeText,
): RecipeMetadata {
  return {
    name: definition.name as PackageName,
    versions: Object.entries(definition.versions).map(([version, entry]) => versionOf(source, version, entry)),
    variants: Object.entries(definition.variants ?? {}).map(([name, entry]) => variantOf(source, name, entry)),
    dependencies: dependencies.map((entry) => dependencyOf(source, entry)),
    conflicts: (definition.conflicts ?? []).map((entry): ConflictDeclaration => {
      const { spec, when, message } = typeof entry === 'string' ? { spec: entry } : entry;
      return {
        spec: parseIn(source, spec),
        ...optionalWhen(source, when),
        ...optionalMessage(message),
        ...placeOf(source, spec),
      };
    }),
    requires: (definition.requires ?? []).map((entry): RequirementDeclaration => {
      const { anyOf, oneOf, when, message } = typeof entry === 'string' ? { anyOf: [entry] } : entry;
      const specs = requiredSpecs(source, anyOf, oneOf);
      return {
        specs: specs.map((spec) => parseIn(source, spec)),
        policy: anyOf === undefined ? 'one_of' : 'any_of',
        ...optionalWhen(source, when),
        ...optionalMessage(message),
        ...placeOf(source, specs[0] ?? 'requires'),
      };
    }),
    provides: (definition.provides ?? []).map((entry): ProvidesDeclaration => {
      const { spec, when } = typeof entry === 'string' ? { spec: entry } : entry;
      return { spec: namedSpec(source, spec, 'provides'), ...optionalWhen(source, when) };
    }),
    place: placeInRecipe(source, ['name', definition.name]),
  };
}

function versionOf(source: RecipeText, text: string, entry: VersionDefinition): VersionDeclaration {
  try {
    const { preferred, deprecated } = entry;
    return { version: parseVersion(text), ...(preferred ? { preferred } : {}), ...(deprecated ? { deprecated } : {}) };
  } catch (cause) {
    throw locate(source, ['versions', text], cause);
  }
}

function variantOf(source: RecipeText, name: string, entry: VariantDefinition): VariantDeclaration {
  const kind = typeof entry.default === 'boolean' ? 'bool' : entry.multi ? 'multi' : 'single';
  const value = entry.default;
  const defaults = typeof value === 'boolean' ? value : typeof value === 'string' ? [value] : value.toSorted();
  checkVariant(source, name, entry);
  const conditional = (entry.values ?? []).filter((one) => typeof one !== 'string');
  const valueWhen = Object.fromEntries(conditional.map((one) => [one.value, parseIn(source, one.when)]));
  return {
    name,
    kind,
    default: defaults,
    ...(entry.values === undefined ? {} : { values: valueNamesOf(entry) }),
    ...(conditional.length === 0 ? {} : { valueWhen }),
    ...(entry.sets === undefined ? {} : { sets: entry.sets }),
    ...(entry.sticky ? { sticky: true } : {}),
    ...(entry.summary === undefined ? {} : { summary: entry.summary }),
    ...optionalWhen(source, entry.when),
  };
}

function valueNamesOf({ values = [] }: VariantDefinition): string[] {
  return values.map((one) => (typeof one === 'string' ? one : one.value));
}

function checkVariant(source: RecipeText, name: string, definition: VariantDefinition): void {
  const { default: value, multi, sets } = definition;
  const values = definition.values === undefined ? undefined : valueNamesOf(definition);
  const words = ['variants', name];
  const invalid = (state: string, hint: string) => recipeInvalid(source, `option "${name}" ${state}`, { words, hint });
  if (typeof value === 'boolean') {
    if (values === undefined && !multi) return;
    throw invalid(
      'is on or off, and has values too',
      'Make the default one of the values, or leave "values" and "multi" out',
    );
  }
  const defaults = typeof value === 'string' ? [value] : value;
  if (!multi && defaults.length !== 1)
    throw invalid('takes one value, and its default is not one', 'Write "multi: true" for several');
  const strange = defaults.find((item) => values !== undefined && !values.includes(item));
  if (strange !== undefined)
    throw invalid(`cannot have its default "${strange}"`, `Its values are ${values?.join(', ')}`);
  if (sets === undefined) return;
  if (!multi) throw invalid('has sets of values, and takes only one', 'Write "multi: true", or leave "sets" out');
  const unknown = sets.flat().find((item) => !values?.includes(item));
  if (unknown !== undefined)
    throw invalid(`has "${unknown}" in a set, which is no value of it`, `Its values are ${values?.join(', ')}`);
}

function dependencyOf(source: RecipeText, { spec, type, when }: DependencyDefinition): DependencyDeclaration {
  const types = typeof type === 'string' ? [type] : (type ?? ['build', 'link']);
  const order: readonly DependencyType[] = ['build', 'link', 'run', 'test'];
  const unknown = types.find((item) => !order.includes(item));
  if (unknown !== undefined) {
    throw recipeInvalid(source, `"${unknown}" is no type of dependency`, {
      words: ['depends', spec],
      hint: `The types are ${order.join(', ')}`,
    });
  }
  return {
    spec: namedSpec(source, spec, 'depends'),
    types: order.filter((item) => types.includes(item)),
    ...optionalWhen(source, when),
    ...placeOf(source, spec),
  };
}

function checkSources({ source: origin, versions }: RecipeDefinition, source: RecipeText): void {
  for (const [version, entry] of Object.entries(versions)) {
    const state = sourceProblem(origin, entry);
    if (state !== undefined)
      throw recipeInvalid(source, `version ${version} ${state}`, { words: ['versions', version] });
  }
}

function sourceProblem(origin: RecipeDefinition['source'], entry: VersionDefinition): string | undefined {
  const kind = typeof origin === 'object' ? ('git' in origin ? 'git' : 'directory') : 'archive';
  if (kind === 'directory')
    return entry.sha256 || entry.commit ? 'has a checksum, but its source is a directory' : undefined;
  if (kind === 'git' && !entry.sha256) return entry.commit ? undefined : 'has no commit';
  if (!entry.sha256) return 'has no sha256';
  const hasAddress = entry.url !== undefined || entry.debian !== undefined || typeof origin === 'function';
  return hasAddress ? undefined : 'has no address: neither "source" nor "url" nor "debian"';
}

function requiredSpecs(source: RecipeText, anyOf?: readonly string[], oneOf?: readonly string[]): readonly string[] {
  if ((anyOf === undefined) !== (oneOf === undefined)) return anyOf ?? oneOf ?? [];
  throw recipeInvalid(source, 'a requirement has neither or both of "anyOf" and "oneOf"', { words: ['requires'] });
}

function namedSpec(source: RecipeText, text: string, key: string): Spec {
  const spec = parseIn(source, text);
  if (spec.name !== undefined) return spec;
  throw recipeInvalid(source, `"${text}" names no package`, { words: [key, text] });
}

function parseIn(source: RecipeText, text: string): Spec {
  return parseSpec(text, placeInRecipe(source, [text]));
}

function optionalWhen(source: RecipeText, when: string | undefined): { when?: Spec } {
  return when === undefined ? {} : { when: parseIn(source, when) };
}

function optionalMessage(message: string | undefined): { message?: string } {
  return message === undefined ? {} : { message };
}

function placeOf(source: RecipeText, text: string) {
  return { place: placeInRecipe(source, [text]) };
}

function locate(source: RecipeText, words: readonly string[], cause: unknown): unknown {
  return cause instanceof FarmError
    ? recipeInvalid(source, cause.message, { words, cause, ...(cause.hint === undefined ? {} : { hint: cause.hint }) })
    : cause;
}
