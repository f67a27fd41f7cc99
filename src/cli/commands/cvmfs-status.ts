import { showRepository } from '../../app/cvmfs/show-history.ts';
import { defineCommand } from '../command.ts';
import { keysOption, repositoryOf, repositoryOption } from '../cvmfs-options.ts';

/** `binfarm cvmfs status`: what a repository publishes, and how long clients believe it. */
export const command = defineCommand({
  changes: false,
  about: 'The exit code is 1 when the whitelist has expired or expires within two weeks, or when there is none.',
  examples: ['binfarm cvmfs status --repository /srv/cvmfs/sw.nova.example.org'],
  syntax: (syntax) => syntax.addOption(repositoryOption).addOption(keysOption),
  run: ({ options: { repository, keys } }, context) => showRepository(repositoryOf(repository, keys, context)),
  text: ({ repository, revision, time, tags, whitelist, fingerprint }, style) => {
    const life =
      whitelist === undefined
        ? style.bad('none: binfarm cvmfs whitelist request FILE')
        : `until ${whitelist.expires.slice(0, 10)} (${whitelist.days} days)`;
    const isGood = whitelist?.state === 'good';
    return [
      `${style.strong(repository)} is at revision ${revision} of ${time.slice(0, 16).replace('T', ' ')}`,
      `  tags        ${tags.join(', ')}`,
      `  certificate ${fingerprint}`,
      `  whitelist   ${isGood ? life : `${style.bad(life)}  binfarm cvmfs whitelist renew`}`,
    ].join('\n');
  },
  exitCode: ({ whitelist }) => (whitelist?.state === 'good' ? 0 : 1),
});
