import { FarmError } from '../core/farm-error.ts';

/** Checks that what a recipe's functions gave is plain data: texts, whole numbers, booleans, lists and plain objects.
 * @throws RECIPE_INVALID naming the part that is not. */
export function assertPlainData(value: unknown, path: string): void {
  if (typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) assertPlainData(item, `${path}[${index}]`);
    return;
  }
  if (!isPlainObject(value)) {
    throw new FarmError('RECIPE_INVALID', `Cannot use what the recipe gives as "${path}": it is ${describe(value)}`, {
      hint: 'A plan holds texts, whole numbers, booleans, lists and plain objects only',
    });
  }
  for (const [key, item] of Object.entries(value)) assertPlainData(item, `${path}.${key}`);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return `an object of class ${value.constructor.name}`;
  return `a ${typeof value}`;
}
