import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { publishArchive } from '../../app/cvmfs/publish-archive.ts';
import { publishDirectory } from '../../app/cvmfs/publish-directory.ts';
import { publishRelease } from '../../app/cvmfs/publish-release.ts';
import { defineCommand } from '../command.ts';
import { changeOf, keysOption, noWaitForRepositoryOption } from '../cvmfs-options.ts';
import { collect } from '../lock-options.ts';
import { countArgument } from '../read-count.ts';
import { revisionText } from '../render/revision-text.ts';

const gigabyte = 2 ** 30;

/** `binfarm cvmfs publish`: a release, a directory or an archive as the next revision. */
export const command = defineCommand({
  changes: true,
  about:
    'Publishes as one revision: clients see the old one or the new one. A release goes to /store and /releases, relocated to where clients mount the repository, and latest leads to it. A directory, or what an archive holds, becomes all that the repository has, or the folder that --at names. Only what has changed is read, and only catalogs on the way to a change are written.',
  examples: [
    'binfarm cvmfs publish 2026.1 --to /srv/cvmfs/sw.nova.example.org',
    'binfarm cvmfs publish ./calibration --at /conditions --to ./cvmfs --tag conditions-7',
    'binfarm cvmfs publish ./tree --to ./cvmfs --dry-run',
  ],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('<what>', 'a release or channel of the farm, a directory, or an archive')
      .option('--to <dir>', 'the folder of the repository', '.')
      .option('--at <path>', 'for a directory or archive: where it is to be in the repository', '/')
      .option('--tag <name>', 'for a directory or archive: a name for the revision')
      .option('--platform <platform>', 'for a release: only this platform; can be given several times', collect)
      .option('--no-latest', 'for a release: leave latest where it leads')
      .option(
        '--catalog <pattern>',
        'folders that are to have catalogs of their own, such as "sw/*"; can be given several times',
        collect,
      )
      .option('--replace', 'also when releases that the repository has would be gone')
      .option('--max-file-gigabytes <n>', 'refuse larger files', countArgument, 16)
      .option('--max-entries <n>', 'refuse to publish more at a time', countArgument, 10_000_000)
      .option('--max-gigabytes <n>', 'refuse to publish more at a time', countArgument, 2000)
      .addOption(keysOption)
      .addOption(noWaitForRepositoryOption),
  run: async ({ arguments: [what], options, dryRun }, context) => {
    const request = changeOf({ ...options, repository: options.to }, dryRun, context);
    const path = resolve(context.io.folder, what);
    const { tag, catalog = [], at, replace = false, platform = [], latest } = options;
    if (!what.includes('/') && what !== '.' && !existsSync(path)) {
      const value = await publishRelease(
        { ...request, farm: context.farm(), release: what, platforms: platform, latest },
        context,
      );
      return { dryRun, ...value };
    }
    const limits = {
      fileBytes: options.maxFileGigabytes * gigabyte,
      entries: options.maxEntries,
      bytes: options.maxGigabytes * gigabyte,
    };
    const tree = { ...request, at, catalogs: catalog, limits, replace, ...(tag === undefined ? {} : { tag }) };
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
    const value = isFile
      ? await publishArchive({ ...tree, archive: path }, context)
      : await publishDirectory({ ...tree, directory: path }, context);
    return { dryRun, ...value };
  },
  text: (value, style) => revisionText(value, value.dryRun, style),
});
