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
  AREA_TOO_NEW: user('an area was written by a newer binfarm'),
  ARGUMENT_INVALID: usage('a command was called with arguments that it does not take'),
  BASE_UNAVAILABLE: outside('the base of a platform cannot be made on this machine'),
  BASE_UNSUITABLE: user('a base lacks what the programs of an image need'),
  BINHOST_DENIED: user('a binhost does not let this user read or write'),
  BINHOST_INVALID: user('a location is not that of a binhost'),
  BINHOST_UNAVAILABLE: outside('a binhost does not answer, or answers nonsense'),
  BINHOST_UNSUPPORTED: user('a binhost cannot do what is asked of it'),
  BUILD_DEPENDENCY_FAILED: user('a package was skipped because one that it needs failed'),
  BUILD_FAILED: user('a phase of a build ended with an error'),
  BUILD_TIMEOUT: user('a phase of a build took longer than its limit'),
  BUNDLE_INVALID: user('a bundle is truncated, damaged or of another version'),
  CHANNEL_EXPIRED: user('a channel is older than it may be'),
  CHANNEL_OLD: user('a channel is older than what was seen of it before'),
  CLOCK_INVALID: outside('the clock of this machine says an earlier time than what was published last'),
  COMPILER_MISSING: outside('the compiler that a platform names is not on this machine'),
  CVMFS_CONTENT_REFUSED: user(
    'something cannot be in a CVMFS repository, exceeds a limit, or changes while it is read',
  ),
  CVMFS_DAMAGED: user('an object of a CVMFS repository is missing, or is not what its hash says'),
  CVMFS_FOREIGN: user('a CVMFS repository was last written by something else'),
  CVMFS_INVALID: user('something in a CVMFS repository breaks a rule of its format'),
  CVMFS_NOT_FOUND: user('a CVMFS repository has nothing at a path, or there is no repository at a location'),
  CVMFS_REVISION_UNKNOWN: user('a CVMFS repository has no revision or tag of that name'),
  CVMFS_UNAVAILABLE: outside('the server of a CVMFS repository does not answer, or answers nonsense'),
  CVMFS_UNSUPPORTED: user('a CVMFS repository uses something that binfarm does not read'),
  DISK_FULL: outside('there is no space left on a file system'),
  DOCUMENT_CHANGED: outside('somebody else has changed a channel, or the card of a key, in the meantime'),
  DOCUMENT_DAMAGED: user('a signed document does not match its digest'),
  DOCUMENT_EXISTS: user('there is another signed document of that name already'),
  DOWNLOAD_FAILED: outside('a file could be had from none of its addresses'),
  FARM_EXISTS: user('a farm folder cannot be made where there is one already'),
  FARM_NOT_FOUND: user('neither this folder nor one above it is a farm folder'),
  IMAGE_INVALID: user('an image or its base is damaged, or is not one'),
  IMAGE_NOT_FOUND: user('there is no image of that name'),
  IMAGE_TOO_LARGE: user('an image has more layers or bytes than it may have'),
  INDEX_INVALID: user('a recipe index is damaged, or of another version'),
  KEY_INVALID: user('a key file is missing, damaged or readable by others'),
  KEY_REVOKED: user('something is signed only by a key that was revoked'),
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
  PATCH_REFUSED: user('a package of a release cannot be replaced without building anew what uses it'),
  PATH_EXISTS: user('a file or folder is already where one would be made'),
  PATH_UNSAFE: user('a path would leave the folder that it belongs to'),
  PERMISSION_DENIED: outside('a file or folder may not be read or written by this user'),
  PLATFORM_INVALID: user('a platform name is not arch-os-compiler-buildtype'),
  PREFERENCES_INVALID: user('a file of preferences is not in its format'),
  PREFIX_TOO_LONG: user('a path is longer than the prefix that packages were built for'),
  PROGRAM_INVALID: user('a file is no executable of binfarm for this machine'),
  PROGRAM_NOT_FOUND: user('a binhost has no binfarm for a system'),
  PROGRAM_OLD: user('the binfarm in a binhost is older than the one seen before'),
  RECIPE_INVALID: user('a recipe breaks a rule for recipes'),
  RECIPE_THREW: user('a recipe threw an error while it was evaluated'),
  RECIPE_UNKNOWN: user('no recipe has that name'),
  RELEASE_INVALID: user('a release or channel breaks a rule of its format'),
  RELEASE_NOT_FOUND: user('a binhost has no release of that name'),
  RELEASE_REJECTED: user('a release is not what it says, so it is not announced or installed'),
  RELEASE_WITHDRAWN: user('a release was withdrawn by its farm'),
  REPOSITORY_INVALID: user('a folder is not a repository of recipes of the kind that was asked for'),
  SANDBOX_UNAVAILABLE: outside('this machine does not let binfarm make a sandbox'),
  SETTING_INVALID: user('a setting has a value that it cannot have'),
  SIF_INVALID: user('a file is no SIF image, or is damaged'),
  SIGNATURE_INVALID: user('a signature does not belong to what it claims to sign'),
  SOURCE_MISMATCH: user('a source does not have the checksum that its recipe states'),
  SPEC_INVALID: user('a spec cannot be read'),
  SPEC_UNSUPPORTED: user('a spec uses a feature of Spack that binfarm does not have'),
  STACK_INVALID: user('binfarm.yaml cannot be read or breaks a rule'),
  TOOL_MISSING: outside('a program that binfarm needs is not on this machine'),
  TRUST_INVALID: user('what is said of a farm’s keys breaks a rule, or contradicts what was seen before'),
  TRUST_OLD: user('what is said of a farm’s keys is older than what was seen before'),
  UNEXPECTED: { actor: 'bug', meaning: 'something happened that binfarm did not expect' },
  UNSATISFIABLE: user('no choice of packages meets all that is asked for'),
  VERSION_INVALID: user('a version or a range of versions cannot be read'),
  WHITELIST_EXPIRED: user('the whitelist of a CVMFS repository has expired, so that clients take no new revision'),
} as const satisfies Record<string, ErrorMeaning>;

/** The closed set of codes; see `errorCodes` for what each one means. */
export type ErrorCode = keyof typeof errorCodes;

const exitCodes: Record<Actor, number> = { usage: 2, user: 1, outside: 3, bug: 70 };

/** The process's exit code for an error: 1 cannot be met, 2 usage, 3 something outside failed, 70 bug. */
export function exitCodeOf(code: ErrorCode): number {
  return exitCodes[errorCodes[code].actor];
}
