import { FarmError } from '../core/farm-error.ts';

/** Refuses a file of an area whose format has a higher number than this binfarm knows: what it means is not to be guessed.
 * @param known the format that is known, such as `binfarm.area/1`
 * @throws AREA_TOO_NEW */
export function refuseNewer(value: unknown, known: string, path: string): void {
  const format = value !== null && typeof value === 'object' && 'format' in value ? value.format : undefined;
  if (typeof format !== 'string') return;
  const [name, number] = known.split('/');
  const [itsName, itsNumber] = format.split('/');
  if (itsName !== name || !/^\d{1,6}$/.test(itsNumber ?? '') || Number(itsNumber) <= Number(number)) return;
  throw new FarmError('AREA_TOO_NEW', `Cannot read "${path}": a newer binfarm has written it (${format})`, {
    hint: 'Use the binfarm that wrote it, or a newer one; the software in the area works without any',
  });
}
