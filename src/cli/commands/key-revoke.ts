import { revokeKey } from '../../app/keys/revoke-key.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { areaOption, keyOwnerOf } from '../key-owner.ts';

/** `binfarm key revoke`: nothing that a key has signed is believed any more. */
export const command = defineCommand({
  changes: true,
  about:
    'Ends the trust in a key at once and for good. A farm also publishes that, signed by its own key, so that areas and farms that believe that learn of it at their next install, update or pull; an area decides for itself alone. Packages and releases that only this key has signed are refused everywhere from then on.',
  examples: [
    'binfarm key revoke 0123456789abcdef --reason "laptop stolen"',
    'binfarm key revoke friend --purge',
    'binfarm key revoke 0123456789abcdef --area ~/nova',
  ],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('<key>', 'its id, its name, or the file of its public part')
      .option('--reason <text>', 'why, for everybody to read', '')
      .option('--purge', 'also remove from the farm’s binhost the packages that only revoked keys have signed')
      .addOption(areaOption),
  run: async ({ arguments: [key], options: { reason, purge, area }, dryRun }, context) => {
    const owner = keyOwnerOf(area, context);
    const request = { owner, key, reason, purge: purge ?? false, now: Date.now(), dryRun };
    return { dryRun, ...(await revokeKey(request, context)) };
  },
  text: ({ dryRun, id, name, published, lost, purged }, style) => {
    const key = `${style.strong(id)}${name === '' ? '' : ` (${name})`}`;
    if (dryRun) return `Would revoke ${key}.`;
    const removed = purged > 0 ? `${formatCount(purged, 'package')} removed` : undefined;
    const packages = lost === undefined || purged > 0 ? 0 : lost.packages;
    const releases = lost?.releases ?? [];
    return [
      `Revoked ${key}${published === undefined ? '' : `, and said so in ${published}`}.`,
      ...(removed === undefined ? [] : [`${removed}; binfarm build makes them anew.`]),
      ...(packages === 0
        ? []
        : [
            style.warn(
              `${formatCount(packages, 'package')} in the binhost ${packages === 1 ? 'is' : 'are'} signed by it alone: --purge removes them, binfarm build makes them anew.`,
            ),
          ]),
      ...(releases.length === 0 ? [] : [style.warn(`Nobody can install any more: ${releases.join(', ')}`)]),
      ...(published === undefined ? [] : [`Next: ${style.name('binfarm binhost push LOCATION')} where others read.`]),
    ].join('\n');
  },
});
