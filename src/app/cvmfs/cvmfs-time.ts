import { FarmError } from '../../core/farm-error.ts';

/** The time that revisions are given, in seconds since 1970: that of SOURCE_DATE_EPOCH where it is set.
 * @throws SETTING_INVALID */
export function timeNow(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment.SOURCE_DATE_EPOCH;
  if (text === undefined || text === '') return Math.floor(Date.now() / 1000);
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new FarmError('SETTING_INVALID', `Cannot use SOURCE_DATE_EPOCH "${text}": it is no number of seconds`);
}
