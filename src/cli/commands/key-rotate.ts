import { rotateKey } from '../../app/keys/rotate-key.ts';
import { defineCommand } from '../command.ts';
import { countArgument } from '../read-count.ts';

/** `binfarm key rotate`: a farm signs with another key. */
export const command = defineCommand({
  changes: true,
  about:
    'Makes a new key, publishes a statement of the old one that names it, and signs with the new one from then on. Areas and farms that believe the old key follow at their next install, update or pull. What the old key has signed stays good until it is revoked.',
  examples: ['binfarm key rotate', 'binfarm key rotate --prepare', 'binfarm key rotate --expires 730'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .option('--prepare', 'only name the new key to others, and go on signing with the old one until the next rotate')
      .option('--name <text>', 'what people call the new key (default: as the old one)')
      .option(
        '--expires <days>',
        'after so many days you mean to have another one; who uses it is told',
        countArgument,
      ),
  run: async ({ options: { prepare, name, expires }, dryRun }, context) => {
    const request = {
      farm: context.farm(),
      prepareOnly: prepare ?? false,
      ...(name === undefined ? {} : { name }),
      ...(expires === undefined ? {} : { expiresInDays: expires }),
      now: Date.now(),
      dryRun,
    };
    return { dryRun, ...(await rotateKey(request, context)) };
  },
  text: ({ dryRun, from, to = 'a new key', fingerprint, published, switched }, style) => {
    if (dryRun) return `Would make ${to} follow on ${from}, and say so in ${published}.`;
    const state = switched
      ? `The farm signs with ${style.strong(to)} now; ${from} has named it in ${published}.`
      : `${style.strong(to)} is to follow on ${from}, which says so in ${published} and goes on signing until the next rotate.`;
    const next = `Next: ${style.name('binfarm binhost push LOCATION')} where others read, and hand out the new public key to newcomers.`;
    return [state, `  ${fingerprint}`, next].join('\n');
  },
});
