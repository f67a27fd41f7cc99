import { InvalidArgumentError } from '@commander-js/extra-typings';

/** Reads a whole number that is not negative, for an option. */
export function countArgument(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
