import { FarmError, type Place } from '../../core/farm-error.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import { formatSpec } from '../../model/format-spec.ts';
import type { RecipeMetadata } from '../../model/recipe.ts';
import type { Spec } from '../../model/spec.ts';

/** Checks that a recipe's conditions on its own package look only at variants that it has.
 * @throws RECIPE_INVALID */
export function checkRecipe(recipe: RecipeMetadata): void {
  const variants = new Set(['build_type', ...recipe.variants.map(({ name }) => name)]);
  const check = (condition: Spec | undefined, place: Place | undefined) => {
    if (condition === undefined || (condition.name !== undefined && condition.name !== recipe.name)) return;
    for (const variant of Object.keys(condition.variants)) {
      if (!variants.has(variant)) throw unknownVariant(recipe, { condition, variant, place: place ?? recipe.place });
    }
  };
  for (const { when, place } of recipe.dependencies) check(when, place);
  for (const { spec, when, place } of recipe.conflicts) {
    check(spec, place);
    check(when, place);
  }
  for (const { specs, when, place } of recipe.requires) for (const spec of [...specs, when]) check(spec, place);
  for (const { when } of recipe.provides) check(when, undefined);
  for (const { when, valueWhen = {} } of recipe.variants)
    for (const condition of [when, ...Object.values(valueWhen)]) check(condition, undefined);
}

function unknownVariant(
  recipe: RecipeMetadata,
  { condition, variant, place }: { condition: Spec; variant: string; place: Place | undefined },
): FarmError {
  const names = recipe.variants.map(({ name }) => name);
  const nearest = nearestName(variant, names);
  const known = names.length === 0 ? 'It has no variants' : `It has ${names.join(', ')}`;
  return new FarmError(
    'RECIPE_INVALID',
    `Cannot use recipe "${recipe.name}": its condition "${formatSpec(condition)}" looks at variant "${variant}", which it does not have`,
    { hint: nearest === undefined ? known : `Did you mean "${nearest}"?`, ...(place !== undefined && { place }) },
  );
}
