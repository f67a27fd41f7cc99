import { formatSpec } from '../../model/format-spec.ts';
import type { VariantRequest } from '../../model/spec.ts';
import type { VariantDetails } from '../solve-types.ts';
import { choicesOf, type PackageNode } from './problem.ts';

const shownVersions = 4;

/** Says for people that a package has no version in a range, and which ones it has. */
export function describeVersions(node: PackageNode, range: string): string {
  const { candidates } = choicesOf(node);
  const external = candidates[0]?.external;
  if (external !== undefined)
    return `is taken from ${external.from} as ${candidates.map(({ version }) => version).join(', ')}, which is not in @${range}`;
  const shown = candidates.slice(0, shownVersions).map(({ version }) => version);
  const more = candidates.length > shownVersions ? `, ... (${candidates.length} in all)` : '';
  return `has no version in @${range}; it has ${shown.length === 0 ? 'none' : shown.join(', ')}${more}`;
}

/** Says for people why a package cannot have what is asked of a variant. */
export function describeVariant(node: PackageNode, name: string, request: VariantRequest): string {
  const { candidates, declarations } = choicesOf(node);
  const asked = formatRequest(name, request);
  const external = candidates[0]?.external;
  if (external !== undefined) return `is taken from ${external.from} and is not known to be ${asked}`;
  const named = declarations.get(name) ?? [];
  const declaration = named.findLast((one) => hasValues(one, request)) ?? named.at(-1);
  if (declaration === undefined) {
    const names = [...declarations.keys()];
    return `has no variant "${name}"; ${names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`}`;
  }
  if (hasValues(declaration, request)) return describeExistence(declaration);
  if (declaration.kind === 'bool') return `has variant "${name}" as a switch, so it cannot be ${asked}`;
  return `cannot be ${asked}; "${name}" is ${declaration.kind === 'multi' ? 'some' : 'one'} of ${declaration.values?.join(', ') ?? 'any text'}`;
}

/** Says for people where a variant exists. */
export function describeExistence({ name, when }: VariantDetails): string {
  return `has variant "${name}" ${when === undefined ? 'always' : `only when ${formatSpec(when)}`}`;
}

function hasValues({ kind, values }: VariantDetails, request: VariantRequest): boolean {
  if (typeof request === 'boolean') return kind === 'bool';
  return kind !== 'bool' && (values === undefined || request.every((value) => values.includes(value)));
}

function formatRequest(name: string, request: VariantRequest): string {
  return typeof request === 'boolean' ? `${request ? '+' : '~'}${name}` : `${name}=${request.join(',')}`;
}
