import { resolve } from 'node:path';
import { installWhitelist, renewWhitelist, requestWhitelist, signWhitelist } from '../../app/cvmfs/manage-whitelist.ts';
import { usualWhitelistDays, warningDays } from '../../app/cvmfs/whitelist-life.ts';
import { FarmError } from '../../core/farm-error.ts';
import { defineCommand } from '../command.ts';
import { keysOption, repositoryOf, repositoryOption } from '../cvmfs-options.ts';
import { countArgument } from '../read-count.ts';

/** `binfarm cvmfs whitelist`: who may publish, until when. */
export const command = defineCommand({
  changes: true,
  about:
    'Clients take a new revision only while the whitelist lives. "renew" signs it anew when it lives less than --if-below days, and is meant for cron. Where the master key is on another machine: "request" writes a file there to be signed, "sign" signs it there, "install" puts the answer in its place.',
  examples: [
    'binfarm cvmfs whitelist renew',
    'binfarm cvmfs whitelist request nova.request',
    'binfarm cvmfs whitelist sign nova.request --master-key nova.masterkey --output nova.whitelist',
    'binfarm cvmfs whitelist install nova.whitelist',
  ],
  syntax: (syntax) =>
    syntax
      .argument('<action>', 'renew, request, sign or install')
      .argument('[file]', 'what is written, signed or installed')
      .option('--master-key <file>', 'to sign: the secret master key')
      .option('--output <file>', 'to sign: the whitelist that is written')
      .option('--days <n>', 'to sign and renew: for how many days', countArgument, usualWhitelistDays)
      .option('--if-below <days>', 'to renew: only when it lives less', countArgument, warningDays + 1)
      .addOption(repositoryOption)
      .addOption(keysOption),
  run: async ({ arguments: [action, file], options, dryRun }, context) => {
    const { repository, keys, days, ifBelow } = options;
    const place = { ...repositoryOf(repository, keys, context), dryRun };
    const path = (text: string | undefined, what: string) => {
      if (text !== undefined) return resolve(context.io.folder, text);
      throw new FarmError('ARGUMENT_INVALID', `Cannot ${action} a whitelist: ${what} is missing`, {
        hint: 'binfarm cvmfs whitelist --help',
      });
    };
    const now = Date.now();
    if (action === 'renew') return await renewWhitelist({ ...place, days, ifBelow, now });
    if (action === 'request') return await requestWhitelist({ ...place, output: path(file, 'the file to write') });
    if (action === 'install') return await installWhitelist({ ...place, file: path(file, 'the file'), now });
    if (action === 'sign') {
      const masterKey = path(options.masterKey, '--master-key');
      const output = path(options.output, '--output');
      return await signWhitelist({ request: path(file, 'the request'), masterKey, output, days, now, dryRun });
    }
    throw new FarmError('ARGUMENT_INVALID', `Cannot "${action}" a whitelist: there is no such action`, {
      hint: 'Use renew, request, sign or install',
    });
  },
  text: ({ repository, written, life }, style) => {
    const until = life === undefined ? '' : `: until ${life.expires.slice(0, 10)}`;
    return written === undefined
      ? `The whitelist of ${style.strong(repository)} stays as it is${until}`
      : `Wrote ${written} for ${style.strong(repository)}${until}`;
  },
});
