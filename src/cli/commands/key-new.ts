import { dirname } from 'node:path';
import { createFarmKey } from '../../app/farm/farm-keys.ts';
import { openFarm } from '../../app/farm/open-farm.ts';
import { defineCommand } from '../command.ts';

/** `binfarm key new`: a signing key for a farm that has none, such as a fresh clone of somebody's farm folder. */
export const command = defineCommand({
  changes: true,
  about:
    'The secret key stays on this machine; whoever is to trust the packages needs the public one, which lies beside it. A key is never replaced.',
  examples: ['binfarm key new'],
  syntax: (syntax) => syntax,
  run: async ({ dryRun }, context) => {
    const { paths } = await openFarm(context.farm(), context);
    const files = { secretKey: paths.secretKey, publicKey: paths.publicKey };
    return dryRun ? files : { ...files, keyId: (await createFarmKey(paths.secretKey)).id };
  },
  text: (value, style) =>
    'keyId' in value
      ? `Made the signing key ${style.strong(value.keyId)} in ${dirname(value.secretKey)}.`
      : `Would make ${value.secretKey} and ${value.publicKey}.`,
});
