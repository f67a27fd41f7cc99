import { removePublishedRelease } from '../../app/cvmfs/remove-release.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { changeOf, keysOption, noWaitForRepositoryOption, repositoryOption } from '../cvmfs-options.ts';
import { revisionText } from '../render/revision-text.ts';

/** `binfarm cvmfs remove`: a release out of a repository. */
export const command = defineCommand({
  changes: true,
  about:
    'Publishes a revision without the release and without the packages that no other release there needs. Earlier revisions, and tags, still have it.',
  examples: ['binfarm cvmfs remove 2025.3 --repository /srv/cvmfs/sw.nova.example.org'],
  syntax: (syntax) =>
    syntax
      .argument('<release>', 'a release that the repository has')
      .addOption(repositoryOption)
      .addOption(keysOption)
      .addOption(noWaitForRepositoryOption),
  run: async ({ arguments: [release], options, dryRun }, context) => ({
    dryRun,
    ...(await removePublishedRelease({ ...changeOf(options, dryRun, context), release }, context)),
  }),
  text: (value, style) =>
    `${revisionText(value, value.dryRun, style)}\n${formatCount(value.removed.length, 'package')} that nothing else needs`,
});
