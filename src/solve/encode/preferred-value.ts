import type { PackageName } from '../../model/names.ts';
import type { CriterionName, SolveRequest, VariantDetails } from '../solve-types.ts';

/** The value that a variant gets when nothing asks for another, and the criterion that speaks for it. */
export interface PreferredValue {
  readonly values: readonly string[];
  readonly criterion: CriterionName & ('preferred variants' | 'default variants');
}

/** Finds a variant's preferred value: of the stack's `prefer` rule for the package, of its rule for all packages, of the recipe.
 * A rule whose value the variant cannot have is passed over. */
export function preferredValue(request: SolveRequest, name: PackageName, declaration: VariantDetails): PreferredValue {
  for (const subject of [name, '*']) {
    for (const rule of request.prefer) {
      if (rule.name !== subject || !Object.hasOwn(rule.spec.variants, declaration.name)) continue;
      const asked = rule.spec.variants[declaration.name]!;
      const values = typeof asked === 'boolean' ? [String(asked)] : asked;
      if (canHave(declaration, values, typeof asked === 'boolean')) return { values, criterion: 'preferred variants' };
    }
  }
  const value = declaration.default;
  return { values: typeof value === 'boolean' ? [String(value)] : value, criterion: 'default variants' };
}

function canHave({ kind, values }: VariantDetails, asked: readonly string[], isSwitch: boolean): boolean {
  if (kind === 'bool' || isSwitch) return kind === 'bool' && isSwitch;
  if (kind === 'single' && asked.length !== 1) return false;
  return values === undefined || asked.every((value) => values.includes(value));
}
