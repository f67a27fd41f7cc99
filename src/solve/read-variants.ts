import type { VariantValue } from '../model/lock.ts';
import { variantsNamed } from './encode/conditions.ts';
import { preferredValue } from './encode/preferred-value.ts';
import { type Candidate, choicesOf, type PackageNode, type Problem } from './encode/problem.ts';
import { isFixed } from './sat/sat-state.ts';
import type { ExternalPackage, VariantDetails } from './solve-types.ts';

/** Takes into the problem those variants of a solved package that nothing looked at but whose existence is conditional,
 * so that what is decided already decides about them too. */
export function settleVariants(problem: Problem, node: PackageNode): void {
  const { candidates, declarations } = choicesOf(node);
  if (candidates[0]?.external !== undefined) return;
  for (const [name, named] of declarations) if (isConditional(named)) variantsNamed(problem, node, name);
}

/** The variants that exist on a solved package, with their values, by name. */
export function readVariants(
  problem: Problem,
  node: PackageNode,
  { external }: Candidate,
): Record<string, VariantValue> {
  const { declarations, variants } = choicesOf(node);
  if (external !== undefined) return readExternal(external, declarations);
  const values: [string, VariantValue][] = [];
  for (const [name, named] of declarations) {
    const [last] = named.slice(-1) as [VariantDetails];
    const known = variants.get(name);
    if (known === undefined) values.push([name, formOf(last, preferredValue(problem.request, node.name, last).values)]);
    for (const variant of known ?? []) {
      if (!isFixed(problem.sat, variant.exists)) continue;
      const chosen = [...variant.values].filter(([, literal]) => isFixed(problem.sat, literal));
      values.push([
        name,
        formOf(
          variant.declaration,
          chosen.map(([value]) => value),
        ),
      ]);
    }
  }
  return sortByName(values);
}

function isConditional(named: readonly VariantDetails[]): boolean {
  return named.some(({ when }) => when !== undefined);
}

function readExternal(
  { variants }: ExternalPackage,
  declarations: ReadonlyMap<string, readonly VariantDetails[]>,
): Record<string, VariantValue> {
  const isMulti = (name: string) => declarations.get(name)?.at(-1)?.kind === 'multi';
  return sortByName(
    Object.entries(variants).map(([name, value]) => {
      const single = typeof value !== 'boolean' && value.length === 1 && !isMulti(name);
      return [name, typeof value === 'boolean' ? value : single ? value[0]! : value.toSorted()];
    }),
  );
}

function formOf({ kind }: VariantDetails, values: readonly string[]): VariantValue {
  if (kind === 'bool') return values[0] === 'true';
  return kind === 'single' ? (values[0] ?? '') : values.toSorted();
}

function sortByName(values: readonly (readonly [string, VariantValue])[]): Record<string, VariantValue> {
  return Object.fromEntries(values.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
