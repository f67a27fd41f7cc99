import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { redactSecrets } from '../../core/redact-secrets.ts';
import type { SourceLocation } from '../../model/source-location.ts';
import type { AddressProblem } from './download/address-problem.ts';

/** Why one address of a source did not give it. */
export interface AddressFailure {
  readonly url: string;
  readonly problem: AddressProblem;
}

/** The error for a source that none of its addresses gave: SOURCE_MISMATCH when one of them answered with a wrong file, as
 * that is what somebody has to look into, otherwise DOWNLOAD_FAILED. Both list every address with its reason. */
export function sourceFetchError(location: SourceLocation, failures: readonly AddressFailure[]): FarmError {
  const { file, digest } = location;
  const list = failures.map(({ url, problem }) => `\n  ${url} (${problem.reason})`).join('');
  const details = {
    file,
    digest,
    addresses: failures.map(({ url, problem }) => ({ url: redactSecrets(url), reason: problem.reason })),
  };
  const wrong = failures.find(({ problem }) => problem.kind === 'mismatch');
  if (wrong !== undefined) {
    const rest = failures.length > 1 ? `\nAll addresses:${list}` : '';
    return new FarmError(
      'SOURCE_MISMATCH',
      `Cannot use source "${file}": its checksum should be ${digest} and is ${wrong.problem.got} at ${wrong.url}${rest}`,
      { hint: 'Compare with what upstream publishes: the recipe is wrong, or the file is not the one it was', details },
    );
  }
  const count =
    failures.length === 1 ? 'its only address does not have it' : `none of ${failures.length} addresses has it`;
  const state = failures.length === 0 ? 'it has no address' : `${count}${list}`;
  return new FarmError('DOWNLOAD_FAILED', `Cannot download source "${file}": ${state}`, {
    hint: 'If you can get the file in another way, put it into the cache: binfarm source add FILE',
    details,
  });
}

/** One error for all sources of a fetch that failed; a single one stays as it is. */
export function joinFetchErrors(errors: readonly unknown[], total: number): unknown {
  const unexpected = errors.find((error) => !isFarmError(error));
  if (unexpected !== undefined || errors.length === 1) return unexpected ?? errors[0];
  const all = errors as readonly FarmError[];
  const first = all.find((error) => error.code === 'SOURCE_MISMATCH') ?? all[0]!;
  const messages = all.map((error) => `\n${error.message}`).join('');
  return new FarmError(first.code, `Cannot fetch ${errors.length} of ${formatCount(total, 'source')}:${messages}`, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    details: { errors: all.map((error) => ({ code: error.code, ...error.details })) },
    cause: first,
  });
}
