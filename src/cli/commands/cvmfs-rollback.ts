import { rollBackRepository } from '../../app/cvmfs/change-tags.ts';
import { defineCommand } from '../command.ts';
import { changeOf, keysOption, noWaitForRepositoryOption, repositoryOption } from '../cvmfs-options.ts';

/** `binfarm cvmfs rollback`: the tree of an earlier revision, published anew. */
export const command = defineCommand({
  changes: true,
  about: 'Publishes what an earlier revision had as a new revision: clients never go back to a smaller number.',
  examples: ['binfarm cvmfs rollback', 'binfarm cvmfs rollback 2026.1'],
  syntax: (syntax) =>
    syntax
      .argument('[revision]', 'a number or a tag (default: the revision before)')
      .addOption(repositoryOption)
      .addOption(keysOption)
      .addOption(noWaitForRepositoryOption),
  run: async ({ arguments: [to], options, dryRun }, context) => {
    const request = { ...changeOf(options, dryRun, context), ...(to === undefined ? {} : { to }) };
    return { dryRun, ...(await rollBackRepository(request, context)) };
  },
  text: ({ repository, revision, to, isNew, dryRun }, style) =>
    isNew
      ? `${dryRun ? 'Would publish' : 'Published'} what revision ${to} of ${style.strong(repository)} had as revision ${revision}`
      : `${style.strong(repository)} is at revision ${revision}, which has what revision ${to} had`,
});
