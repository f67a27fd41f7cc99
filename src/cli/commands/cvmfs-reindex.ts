import { resolve } from 'node:path';
import { reindexRepository } from '../../app/cvmfs/reindex-repository.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { keysOption, noWaitForRepositoryOption, repositoryOf, repositoryOption } from '../cvmfs-options.ts';

/** `binfarm cvmfs reindex`: reads a repository again. */
export const command = defineCommand({
  changes: true,
  about:
    'Reads everything that the newest revision refers to, compares every byte with its hash, and makes the index anew by which known contents are not compressed again. With --adopt a repository that another tool has written last can be published to afterwards.',
  examples: ['binfarm cvmfs reindex', 'binfarm cvmfs reindex --adopt'],
  syntax: (syntax) =>
    syntax
      .option('--adopt', 'take over what another tool has written last')
      .addOption(repositoryOption)
      .addOption(keysOption)
      .addOption(noWaitForRepositoryOption),
  run: ({ options, dryRun }, context) => {
    const { repository, keys, wait, adopt = false } = options;
    const place = repositoryOf(resolve(context.io.folder, repository), keys, context);
    return reindexRepository({ ...place, wait, dryRun, adopt }, context);
  },
  text: ({ repository, revision, entries, objects, bytes, adopted }, style) =>
    `Revision ${revision} of ${style.strong(repository)} is whole: ${formatCount(entries, 'entry', 'entries')}, ${formatCount(objects, 'object')}, ${formatBytes(bytes)}${adopted ? '; taken over' : ''}`,
});
