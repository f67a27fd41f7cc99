import type { Command } from './command.ts';

/** What is known of a command before its file is loaded. */
export interface CommandEntry {
  /** What is typed: one word, or a noun and a verb. */
  readonly name: string;
  readonly summary: string;
  /** The heading in `binfarm --help`. */
  readonly group: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

type Row = readonly [name: string, summary: string, load: CommandEntry['load']];

/** Every command, in the order of `binfarm --help`, by heading; only the invoked one's file is loaded. */
const groups: Readonly<Record<string, readonly Row[]>> = {
  'The farm': [
    ['init', 'make a new farm folder: stack file, recipes, keys', () => import('./commands/init.ts')],
    ['plan', 'what would be built, reused or fetched, why, and what it costs', () => import('./commands/plan.ts')],
    ['build', 'build or fetch everything in the stack', () => import('./commands/build.ts')],
    ['lock diff', 'what a change of binfarm.lock means, for a review', () => import('./commands/lock-diff.ts')],
    ['clean', 'remove what binfarm can make again', () => import('./commands/clean.ts')],
  ],
  Releases: [
    [
      'release create',
      'give what was built a name: verified, signed, immutable',
      () => import('./commands/release-create.ts'),
    ],
    [
      'release patch',
      'put a fixed package into a release without building anew what uses it',
      () => import('./commands/release-patch.ts'),
    ],
    [
      'release announce',
      'move latest, or another channel, to a release',
      () => import('./commands/release-announce.ts'),
    ],
    [
      'release withdraw',
      'say that a release is not to be used any more, and move channels away from it',
      () => import('./commands/release-withdraw.ts'),
    ],
    ['release list', 'every release, and where the channels lead', () => import('./commands/release-list.ts')],
    ['release show', 'one release: its notes, and what changed', () => import('./commands/release-show.ts')],
    ['release diff', 'what differs between two releases', () => import('./commands/release-diff.ts')],
    ['release verify', 'check that a release still is what it says', () => import('./commands/release-verify.ts')],
    [
      'bundle create',
      'write a release into one file that installs it without network',
      () => import('./commands/bundle-create.ts'),
    ],
  ],
  Images: [
    ['image build', 'make OCI images of a release, without a daemon', () => import('./commands/image-build.ts')],
    [
      'image plan',
      'the layers of an image, and what clients will fetch of it',
      () => import('./commands/image-plan.ts'),
    ],
    ['image list', 'what images there are', () => import('./commands/image-list.ts')],
    ['image inspect', 'what an image has and starts with', () => import('./commands/image-inspect.ts')],
    ['image history', 'an image layer by layer', () => import('./commands/image-history.ts')],
    ['image diff', 'what differs between two images', () => import('./commands/image-diff.ts')],
    ['image push', 'copy an image to another place', () => import('./commands/image-push.ts')],
    [
      'image verify',
      'check an image down to the signature of each package, offline',
      () => import('./commands/image-verify.ts'),
    ],
    ['image sif', 'write an image as one file that apptainer runs', () => import('./commands/image-sif.ts')],
    ['image prune', 'remove images of releases that are gone', () => import('./commands/image-prune.ts')],
  ],
  CVMFS: [
    [
      'cvmfs init',
      'make a CVMFS repository in a folder that any web server can serve',
      () => import('./commands/cvmfs-init.ts'),
    ],
    [
      'cvmfs publish',
      'publish a release, a directory or an archive as one revision',
      () => import('./commands/cvmfs-publish.ts'),
    ],
    ['cvmfs remove', 'publish a revision without a release', () => import('./commands/cvmfs-remove.ts')],
    ['cvmfs rollback', 'publish what an earlier revision had', () => import('./commands/cvmfs-rollback.ts')],
    ['cvmfs tag', 'list, set and remove names for revisions', () => import('./commands/cvmfs-tag.ts')],
    ['cvmfs log', 'the revisions of a repository', () => import('./commands/cvmfs-log.ts')],
    ['cvmfs diff', 'what differs between two revisions', () => import('./commands/cvmfs-diff.ts')],
    [
      'cvmfs status',
      'what a repository publishes, and how long clients believe it',
      () => import('./commands/cvmfs-status.ts'),
    ],
    ['cvmfs whitelist', 'sign anew who may publish to a repository', () => import('./commands/cvmfs-whitelist.ts')],
    [
      'cvmfs reindex',
      'read a repository again, and remember what is in it',
      () => import('./commands/cvmfs-reindex.ts'),
    ],
    [
      'cvmfs check',
      'check a CVMFS repository: signatures, catalogs, counters, every object',
      () => import('./commands/cvmfs-check.ts'),
    ],
    ['cvmfs serve', 'serve a CVMFS repository over HTTP', () => import('./commands/cvmfs-serve.ts')],
    [
      'cvmfs wait',
      'wait until a server shows a revision of a CVMFS repository',
      () => import('./commands/cvmfs-wait.ts'),
    ],
    [
      'cvmfs mount-info',
      'what a client would mount: revision, signatures, expiry, tags',
      () => import('./commands/cvmfs-mount-info.ts'),
    ],
    ['cvmfs ls', 'what is in a folder of a CVMFS repository, without a client', () => import('./commands/cvmfs-ls.ts')],
    ['cvmfs stat', 'all that a CVMFS repository says of one entry', () => import('./commands/cvmfs-stat.ts')],
    ['cvmfs cat', 'the bytes of a file of a CVMFS repository', () => import('./commands/cvmfs-cat.ts')],
    [
      'cvmfs export',
      'write a tree of a CVMFS repository as plain files, verified',
      () => import('./commands/cvmfs-export.ts'),
    ],
  ],
  'Where software is used': [
    [
      'install',
      'install packages into a folder, at any path, and make them the ones in use',
      () => import('./commands/install.ts'),
    ],
    ['list', 'what a folder of installed software holds', () => import('./commands/list.ts')],
    ['update', 'bring a folder of software to what its channel leads to now', () => import('./commands/update.ts')],
    ['verify', 'whether what is installed still is what was installed', () => import('./commands/verify.ts')],
    [
      'rollback',
      'make an earlier generation of a folder of software the one in use',
      () => import('./commands/rollback.ts'),
    ],
    ['remove', 'take packages out of use in a folder of software', () => import('./commands/remove.ts')],
    ['gc', 'remove what no kept generation of a folder of software uses', () => import('./commands/gc.ts')],
    [
      'bundle install',
      'install the release of a bundle, as running the bundle does',
      () => import('./commands/bundle-install.ts'),
    ],
    [
      'bootstrap',
      'put binfarm itself into a folder of software, or renew it there',
      () => import('./commands/bootstrap.ts'),
    ],
    [
      'activate',
      'print the line that sets up a folder of software in your shell',
      () => import('./commands/activate.ts'),
    ],
    ['shell', 'a shell, or one command, with a folder of software set up', () => import('./commands/shell.ts')],
  ],
  Questions: [
    ['search', 'find recipes by words in names, summaries and variants', () => import('./commands/search.ts')],
    ['info', 'all that is known of a package', () => import('./commands/info.ts')],
    ['why', 'why a package is in the stack, or not in another version', () => import('./commands/why.ts')],
    ['why rebuild', 'what is different since a package was built last', () => import('./commands/why-rebuild.ts')],
    ['doctor', 'check this machine, and say what to do about each finding', () => import('./commands/doctor.ts')],
    ['version', 'the versions of binfarm and of what it runs on', () => import('./commands/version.ts')],
  ],
  Parts: [
    [
      'recipe import',
      'read the recipes of another package manager, as an index or to go on with',
      () => import('./commands/recipe-import.ts'),
    ],
    [
      'recipe check',
      'whether recipes are finished: metadata, sources, dependencies, what is left to be done',
      () => import('./commands/recipe-check.ts'),
    ],
    ['source fetch', 'fetch every source that a build would need', () => import('./commands/source-fetch.ts')],
    ['source add', 'put a file that you have into the cache of sources', () => import('./commands/source-add.ts')],
    [
      'package relocatable',
      'which packages can be installed at any path, and why others cannot',
      () => import('./commands/package-relocatable.ts'),
    ],
    [
      'package test',
      'run packages’ tests at the shortest and the longest path',
      () => import('./commands/package-test.ts'),
    ],
    ['package verify', 'check that packages still are what was signed', () => import('./commands/package-verify.ts')],
    ['package diff', 'what differs between two packages, file by file', () => import('./commands/package-diff.ts')],
    ['key new', 'make the signing key of a farm that has none', () => import('./commands/key-new.ts')],
    [
      'key list',
      'the keys that a farm or a folder of software believes, and those that it does not',
      () => import('./commands/key-list.ts'),
    ],
    [
      'key trust',
      'believe what a key has signed, once its fingerprint is confirmed',
      () => import('./commands/key-trust.ts'),
    ],
    [
      'key rotate',
      'give a farm a new key; who believes the old one follows by itself',
      () => import('./commands/key-rotate.ts'),
    ],
    [
      'key revoke',
      'believe nothing any more that a key has signed, here and elsewhere',
      () => import('./commands/key-revoke.ts'),
    ],
    [
      'bootstrap push',
      'publish binfarm’s single executable in a binhost, signed',
      () => import('./commands/bootstrap-push.ts'),
    ],
    [
      'bootstrap line',
      'print the one line that brings binfarm to a machine without it',
      () => import('./commands/bootstrap-line.ts'),
    ],
    [
      'binhost push',
      'copy packages and releases to another binhost, only what is missing there',
      () => import('./commands/binhost-push.ts'),
    ],
    [
      'binhost pull',
      'copy packages and releases from another binhost, only what is missing here',
      () => import('./commands/binhost-pull.ts'),
    ],
    ['binhost list', 'what a binhost has', () => import('./commands/binhost-list.ts')],
    [
      'binhost check',
      'read a binhost again: digests, structure, signatures',
      () => import('./commands/binhost-check.ts'),
    ],
    [
      'binhost prune',
      'remove packages that neither the stack nor a release needs',
      () => import('./commands/binhost-prune.ts'),
    ],
    ['complete', 'print the completion script for a shell', () => import('./commands/complete.ts')],
  ],
};

/** Every command, in the order of `binfarm --help`. */
export const commandTable: readonly CommandEntry[] = Object.entries(groups).flatMap(([group, rows]) =>
  rows.map(([name, summary, load]) => ({ name, summary, group, load })),
);
