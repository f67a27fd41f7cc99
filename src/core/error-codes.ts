/** Who has to act when an error with a code occurs; exit code and HTTP status derive from it. */
export type Actor = 'usage' | 'user' | 'outside' | 'bug';

/** What an error code means and who must act. */
export interface ErrorMeaning {
  readonly actor: Actor;
  readonly meaning: string;
}

const usage = (meaning: string) => ({ actor: 'usage', meaning }) as const;
const user = (meaning: string) => ({ actor: 'user', meaning }) as const;
const outside = (meaning: string) => ({ actor: 'outside', meaning }) as const;

/** Every code a FarmError can carry, in alphabetical order; a code is never renamed or reused. */
export const errorCodes = {
  ARCHIVE_INVALID: user('an archive is truncated, damaged or of an unknown kind'),
  ARCHIVE_UNSAFE: user('an archive has an entry that would leave its folder, or exceeds a limit'),
  AREA_INVALID: user('a directory is not an area, or its index is damaged'),
  ARGUMENT_INVALID: usage('a command was called with arguments that it does not take'),
  BASE_UNAVAILABLE: outside('the base of a platform cannot be made on this machine'),
  BINHOST_DENIED: user('a binhost does not let this user read or write'),
  BINHOST_INVALID: user('a location is not that of a binhost'),
  BINHOST_UNAVAILABLE: outside('a binhost does not answer, or answers nonsense'),
  BINHOST_UNSUPPORTED: user('a binhost cannot do what is asked of it'),
  BUILD_DEPENDENCY_FAILED: user('a package was skipped because one that it needs failed'),
  BUILD_FAILED: user('a phase of a build ended with an error'),
  BUILD_TIMEOUT: user('a phase of a build took longer than its limit'),
  CHANNEL_EXPIRED: user('a channel is older than it may be'),
  CHANNEL_OLD: user('a channel is older than what was seen of it before'),
  COMPILER_MISSING: outside('the compiler that a platform names is not on this machine'),
  DISK_FULL: outside('there is no space left on a file system'),
  DOCUMENT_CHANGED: outside('somebody else has changed a release or channel in the meantime'),
  DOCUMENT_DAMAGED: user('a release or channel does not match its digest'),
  DOCUMENT_EXISTS: user('there is a release or channel of that name already'),
  DOWNLOAD_FAILED: outside('a file could be had from none of its addresses'),
  FARM_EXISTS: user('a farm folder cannot be made where there is one already'),
  FARM_NOT_FOUND: user('neither this folder nor one above it is a farm folder'),
  KEY_INVALID: user('a key file is missing, damaged or readable by others'),
  KEY_UNKNOWN: user('something is signed by a key that is not trusted here'),
  LEDGER_DAMAGED: user('the ledger cannot be read'),
  LEDGER_TOO_NEW: user('the ledger was written by a newer binfarm'),
  LOCK_INVALID: user('binfarm.lock cannot be read'),
  LOCK_STALE: user('binfarm.lock does not match the stack and the recipes'),
  LOCKED: outside('another process is at work on the same folder'),
  NAME_INVALID: user('a name has characters that are not allowed'),
  PACKAGE_DAMAGED: user('a package does not match its digest or its own metadata'),
  PACKAGE_IN_USE: user('a package cannot be removed because others need it'),
  PACKAGE_NOT_FOUND: user('a package is in no binhost'),
  PACKAGE_REJECTED: user('a built prefix breaks a rule for packages'),
  PATH_EXISTS: user('a file or folder is already where one would be made'),
  PATH_UNSAFE: user('a path would leave the folder that it belongs to'),
  PERMISSION_DENIED: outside('a file or folder may not be read or written by this user'),
  PLATFORM_INVALID: user('a platform name is not arch-os-compiler-buildtype'),
  PREFIX_TOO_LONG: user('a path is longer than the prefix that packages were built for'),
  RECIPE_INVALID: user('a recipe breaks a rule for recipes'),
  RECIPE_THREW: user('a recipe threw an error while it was evaluated'),
  RECIPE_UNKNOWN: user('no recipe has that name'),
  RELEASE_INVALID: user('a release or channel breaks a rule of its format'),
  RELEASE_NOT_FOUND: user('a binhost has no release of that name'),
  RELEASE_REJECTED: user('a release is not what it says, so it is not announced or installed'),
  SANDBOX_UNAVAILABLE: outside('this machine does not let binfarm make a sandbox'),
  SETTING_INVALID: user('a setting has a value that it cannot have'),
  SIGNATURE_INVALID: user('a signature does not belong to what it claims to sign'),
  SOURCE_MISMATCH: user('a source does not have the checksum that its recipe states'),
  SPEC_INVALID: user('a spec cannot be read'),
  SPEC_UNSUPPORTED: user('a spec uses a feature of Spack that binfarm does not have'),
  STACK_INVALID: user('binfarm.yaml cannot be read or breaks a rule'),
  TOOL_MISSING: outside('a program that binfarm needs is not on this machine'),
  UNEXPECTED: { actor: 'bug', meaning: 'something happened that binfarm did not expect' },
  UNSATISFIABLE: user('no choice of packages meets all that is asked for'),
  VERSION_INVALID: user('a version or a range of versions cannot be read'),
} as const satisfies Record<string, ErrorMeaning>;

/** The closed set of codes; see `errorCodes` for what each one means. */
export type ErrorCode = keyof typeof errorCodes;

const exitCodes: Record<Actor, number> = { usage: 2, user: 1, outside: 3, bug: 70 };

/** The process's exit code for an error: 1 cannot be met, 2 usage, 3 something outside failed, 70 bug. */
export function exitCodeOf(code: ErrorCode): number {
  return exitCodes[errorCodes[code].actor];
}
