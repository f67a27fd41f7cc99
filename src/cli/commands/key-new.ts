import { dirname } from 'node:path';
import { openFarm } from '../../app/farm/open-farm.ts';
import { newKey } from '../../app/keys/new-key.ts';
import { defineCommand } from '../command.ts';
import { countArgument } from '../read-count.ts';

/** `binfarm key new`: a signing key for a farm that has none, such as a fresh clone of somebody's farm folder. */
export const command = defineCommand({
  changes: true,
  about:
    'The secret key stays on this machine; whoever is to trust the packages needs the public one, which lies beside it. A key is never replaced.',
  examples: ['binfarm key new', 'binfarm key new --name "nova software group" --expires 730'],
  syntax: (syntax) =>
    syntax
      .option('--name <text>', 'what people call it')
      .option(
        '--expires <days>',
        'after so many days you mean to have another one; who uses it is told',
        countArgument,
      ),
  run: async ({ options: { name, expires }, dryRun }, context) => {
    const farm = await openFarm(context.farm(), context);
    const { paths } = farm;
    const files = { secretKey: paths.secretKey, publicKey: paths.publicKey };
    if (dryRun) return { ...files, keyId: undefined, fingerprint: undefined };
    const about = {
      ...(name === undefined ? {} : { name }),
      ...(expires === undefined ? {} : { expiresInDays: expires }),
    };
    return { ...files, ...(await newKey(farm, about, Date.now())) };
  },
  text: (value, style) =>
    value.keyId !== undefined
      ? `Made the signing key ${style.strong(value.keyId)} in ${dirname(value.secretKey)}. Its fingerprint is\n  ${value.fingerprint}`
      : `Would make ${value.secretKey} and ${value.publicKey}.`,
});
