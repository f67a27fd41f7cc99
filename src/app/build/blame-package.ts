import { type ErrorCode, errorCodes } from '../../core/error-codes.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';

const again = (name: string) => `In the farm that builds it: binfarm build --force ${name}`;

/** What to do about a package that cannot be used, by the code of the error. */
const hints: Partial<Record<ErrorCode, (name: string) => string>> = {
  KEY_UNKNOWN: () => 'If you trust who signed it, put their public key into keys/trusted of the farm folder',
  PACKAGE_DAMAGED: again,
  PACKAGE_NOT_FOUND: again,
  SIGNATURE_INVALID: again,
};

/** Runs what reads or verifies a package, and gives an error about its bytes the package's name, where it is, and what to do. */
export async function blamePackage<Result>(
  { name, location }: { readonly name: string; readonly location?: string },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const hint = isFarmError(error) ? hints[error.code] : undefined;
    if (!isFarmError(error) || hint === undefined) throw error;
    const from = location === undefined ? '' : ` from "${location}"`;
    const { meaning } = errorCodes[error.code];
    throw new FarmError(error.code, `Cannot use package "${name}"${from}: ${meaning}`, {
      hint: hint(name),
      cause: error,
      details: { ...error.details, package: name },
    });
  }
}
