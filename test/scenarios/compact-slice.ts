import { formatSpec } from '../../src/model/format-spec.ts';
import type { PackageName } from '../../src/model/names.ts';
import type { RecipeMetadata, VariantDeclaration } from '../../src/model/recipe.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { CompactRecipe, CompactVariant } from './compact-request.ts';

/** Stands for what a recipe says for people. */
export const placeholderMessage = 'the reason that the recipe gives';

/** Writes what a recipe says about some packages as scenarios do; dependencies on others are left out. */
export function sliceRecipe(recipe: RecipeMetadata, isKept: (name: PackageName) => boolean): CompactRecipe {
  const variants = Map.groupBy(recipe.variants, ({ name }) => name);
  const isAboutKept = ({ spec }: { readonly spec: Spec }) =>
    [spec, ...spec.dependencies].every(({ name }) => name === undefined || isKept(name));
  return {
    versions: recipe.versions.map(({ version, preferred, deprecated }) =>
      [version, ...(deprecated ? ['deprecated'] : preferred ? ['preferred'] : [])].join(' '),
    ),
    variants: Object.fromEntries([...variants].map(([name, named]) => [name, named.map(sliceVariant)])),
    depends: recipe.dependencies
      .filter(isAboutKept)
      .map(({ spec, types, when }) => `${formatSpec(spec)}${conditionOf(when)} as ${types.join()}`),
    conflicts: recipe.conflicts
      .filter(isAboutKept)
      .map(({ spec, when, message }) => formatSpec(spec) + conditionOf(when) + reasonOf(message)),
    requires: recipe.requires.map(
      ({ specs, policy, when, message }) =>
        `${policy === 'one_of' ? 'one' : 'any'} of ${specs.map(formatSpec).join(' | ')}${conditionOf(when)}${reasonOf(message)}`,
    ),
    provides: recipe.provides.map(({ spec, when }) => formatSpec(spec) + conditionOf(when)),
  };
}

function sliceVariant({ kind, values, when, sets, valueWhen = {}, ...rest }: VariantDeclaration): CompactVariant {
  const only = Object.entries(valueWhen).map(([value, spec]) => [value, formatSpec(spec)]);
  return {
    default: String(rest.default),
    ...(kind === 'multi' && { multi: 'true' }),
    ...(values !== undefined && { values }),
    ...(when !== undefined && { when: formatSpec(when) }),
    ...(sets !== undefined && { sets }),
    ...(only.length > 0 && { only: Object.fromEntries(only) }),
    ...(rest.sticky && { sticky: 'true' }),
  };
}

function conditionOf(when: Spec | undefined): string {
  return when === undefined ? '' : ` when ${formatSpec(when)}`;
}

/** What a recipe says for people is its author's; here it only matters that there is something. */
function reasonOf(message: string | undefined): string {
  return message === undefined ? '' : ` because ${placeholderMessage}`;
}
