import { checkPackages } from '../../app/binhost/check-packages.ts';
import { resolveBinhost } from '../../app/farm/open-farm.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';

/** `binfarm binhost check`: whether all that a binhost has is still right. */
export const command = defineCommand({
  changes: true,
  about:
    'Reads everything again: digests, structure, signatures. With --repair it removes damaged packages, which are then built or pulled again, and what interrupted commands have left.',
  examples: ['binfarm binhost check', 'binfarm binhost check --repair', 'binfarm binhost check /srv/binhost zlib'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('[binhost]', 'a folder, https://, oci:// or s3:// address (default: the farm’s own)')
      .argument('[names...]', 'only these packages')
      .option('--repair', 'remove what is damaged, and what nothing refers to'),
  run: async ({ arguments: [binhost, names], options, dryRun }, context) => {
    const repair = options.repair === true && !dryRun;
    const place = binhost === undefined ? {} : { location: resolveBinhost(context.io.folder, binhost) };
    return { repair, ...(await checkPackages({ farm: context.farm(), names, repair, ...place }, context)) };
  },
  text: ({ packages, documents, bytes, damaged, damagedDocuments, leftovers, repair, location }, style) => {
    const lost = leftovers.reduce((sum, item) => sum + item.bytes, 0);
    const leftover = `${formatCount(leftovers.length, 'leftover')} (${formatBytes(lost)})`;
    const problems = damaged.length + damagedDocuments.length;
    return [
      ...damaged.map(({ name, buildHash, problem, removed }) => {
        return `${style.bad('✗')} ${name} ${style.faint(buildHash.slice(0, 20))}: ${problem}${removed ? '; removed' : ''}`;
      }),
      ...damagedDocuments.map(({ kind, name, problem }) => `${style.bad('✗')} ${kind} ${name}: ${problem}`),
      ...(leftovers.length > 0
        ? [repair ? `${leftover} removed.` : `${leftover} that nothing refers to; --repair removes them.`]
        : []),
      `${problems === 0 ? style.good('✓ all right') : style.bad(`${problems} damaged`)}: ${formatCount(packages, 'package')}, ${formatCount(documents, 'document')}, ${formatBytes(bytes)} read: ${location}.`,
    ].join('\n');
  },
  exitCode: ({ damaged, damagedDocuments }) =>
    damaged.some(({ removed }) => !removed) || damagedDocuments.length > 0 ? 1 : 0,
});
