import type { Command } from './command.ts';

/** What is known of a command before its file is loaded. */
export interface CommandEntry {
  /** What is typed: one word, or a noun and a verb. */
  readonly name: string;
  readonly summary: string;
  /** The heading in `binfarm --help`. */
  readonly group: 'The farm' | 'Releases' | 'Where software is used' | 'Questions' | 'Parts';
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Every command, in the order of `binfarm --help`; only the invoked one's file is loaded. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'make a new farm folder: stack file, recipes, keys',
    group: 'The farm',
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'plan',
    summary: 'what would be built, reused or fetched, why, and what it costs',
    group: 'The farm',
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'build',
    summary: 'build or fetch everything in the stack',
    group: 'The farm',
    load: () => import('./commands/build.ts'),
  },
  {
    name: 'clean',
    summary: 'remove what binfarm can make again',
    group: 'The farm',
    load: () => import('./commands/clean.ts'),
  },
  {
    name: 'release create',
    summary: 'give what was built a name: verified, signed, immutable',
    group: 'Releases',
    load: () => import('./commands/release-create.ts'),
  },
  {
    name: 'release announce',
    summary: 'move latest, or another channel, to a release',
    group: 'Releases',
    load: () => import('./commands/release-announce.ts'),
  },
  {
    name: 'release withdraw',
    summary: 'move channels away from a release',
    group: 'Releases',
    load: () => import('./commands/release-withdraw.ts'),
  },
  {
    name: 'release list',
    summary: 'every release, and where the channels lead',
    group: 'Releases',
    load: () => import('./commands/release-list.ts'),
  },
  {
    name: 'release show',
    summary: 'one release: its notes, and what changed',
    group: 'Releases',
    load: () => import('./commands/release-show.ts'),
  },
  {
    name: 'release diff',
    summary: 'what differs between two releases',
    group: 'Releases',
    load: () => import('./commands/release-diff.ts'),
  },
  {
    name: 'release verify',
    summary: 'check that a release still is what it says',
    group: 'Releases',
    load: () => import('./commands/release-verify.ts'),
  },
  {
    name: 'install',
    summary: 'install packages into a folder, at any path, and make them the ones in use',
    group: 'Where software is used',
    load: () => import('./commands/install.ts'),
  },
  {
    name: 'list',
    summary: 'what a folder of installed software holds',
    group: 'Where software is used',
    load: () => import('./commands/list.ts'),
  },
  {
    name: 'update',
    summary: 'bring a folder of software to what its channel leads to now',
    group: 'Where software is used',
    load: () => import('./commands/update.ts'),
  },
  {
    name: 'rollback',
    summary: 'make an earlier generation of a folder of software the one in use',
    group: 'Where software is used',
    load: () => import('./commands/rollback.ts'),
  },
  {
    name: 'remove',
    summary: 'take packages out of use in a folder of software',
    group: 'Where software is used',
    load: () => import('./commands/remove.ts'),
  },
  {
    name: 'gc',
    summary: 'remove what no kept generation of a folder of software uses',
    group: 'Where software is used',
    load: () => import('./commands/gc.ts'),
  },
  {
    name: 'activate',
    summary: 'print the line that sets up a folder of software in your shell',
    group: 'Where software is used',
    load: () => import('./commands/activate.ts'),
  },
  {
    name: 'shell',
    summary: 'a shell, or one command, with a folder of software set up',
    group: 'Where software is used',
    load: () => import('./commands/shell.ts'),
  },
  {
    name: 'info',
    summary: 'all that is known of a package',
    group: 'Questions',
    load: () => import('./commands/info.ts'),
  },
  {
    name: 'why',
    summary: 'why a package is in the stack',
    group: 'Questions',
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'why rebuild',
    summary: 'what is different since a package was built last',
    group: 'Questions',
    load: () => import('./commands/why-rebuild.ts'),
  },
  {
    name: 'doctor',
    summary: 'check this machine, and say what to do about each finding',
    group: 'Questions',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'version',
    summary: 'the versions of binfarm and of what it runs on',
    group: 'Questions',
    load: () => import('./commands/version.ts'),
  },
  {
    name: 'source fetch',
    summary: 'fetch every source that a build would need',
    group: 'Parts',
    load: () => import('./commands/source-fetch.ts'),
  },
  {
    name: 'source add',
    summary: 'put a file that you have into the cache of sources',
    group: 'Parts',
    load: () => import('./commands/source-add.ts'),
  },
  {
    name: 'package relocatable',
    summary: 'which packages can be installed at any path, and why others cannot',
    group: 'Parts',
    load: () => import('./commands/package-relocatable.ts'),
  },
  {
    name: 'package verify',
    summary: 'check that packages still are what was signed',
    group: 'Parts',
    load: () => import('./commands/package-verify.ts'),
  },
  {
    name: 'package diff',
    summary: 'what differs between two packages, file by file',
    group: 'Parts',
    load: () => import('./commands/package-diff.ts'),
  },
  {
    name: 'key new',
    summary: 'make the signing key of a farm that has none',
    group: 'Parts',
    load: () => import('./commands/key-new.ts'),
  },
  {
    name: 'binhost push',
    summary: 'copy packages and releases to another binhost, only what is missing there',
    group: 'Parts',
    load: () => import('./commands/binhost-push.ts'),
  },
  {
    name: 'binhost pull',
    summary: 'copy packages and releases from another binhost, only what is missing here',
    group: 'Parts',
    load: () => import('./commands/binhost-pull.ts'),
  },
  {
    name: 'binhost list',
    summary: 'what a binhost has',
    group: 'Parts',
    load: () => import('./commands/binhost-list.ts'),
  },
  {
    name: 'binhost check',
    summary: 'read a binhost again: digests, structure, signatures',
    group: 'Parts',
    load: () => import('./commands/binhost-check.ts'),
  },
  {
    name: 'binhost prune',
    summary: 'remove packages that neither the stack nor a release needs',
    group: 'Parts',
    load: () => import('./commands/binhost-prune.ts'),
  },
  {
    name: 'complete',
    summary: 'print the completion script for a shell',
    group: 'Parts',
    load: () => import('./commands/complete.ts'),
  },
];
