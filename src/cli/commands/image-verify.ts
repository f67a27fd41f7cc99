import { type VerifiedImage, verifyImage } from '../../app/image/supply/verify-image.ts';
import { type VerifiedSifImage, verifySifImage } from '../../app/image/supply/verify-sif-image.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { atOption } from '../image-options.ts';
import { collect } from '../lock-options.ts';
import type { Style } from '../style.ts';

/** `binfarm image verify`: an image, from its signature down to each package. */
export const command = defineCommand({
  changes: false,
  about:
    'Checks that a key has signed the image, its provenance and its bills of materials, that all of them are about the same packages, that its farm has signed each package and the release, and that every byte of every layer is what was signed. With --at and --key neither a farm folder nor network is needed.',
  examples: [
    'binfarm image verify nova/full:2026.1',
    'binfarm image verify nova/full:2026.1 --at oci:images --key farm.key.pub',
    'binfarm image verify nova.sif --key farm.key.pub',
  ],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('<image>', 'name:tag, name@sha256:..., or a file that ends in .sif')
      .option(
        '--key <file>',
        'a public key that is believed; can be given several times (default: the farm’s)',
        collect,
      )
      .addOption(atOption()),
  run: async ({ arguments: [image], options: { key, at } }, context) => {
    const place = at === undefined ? {} : { at };
    const request = { image, keys: key ?? [], folder: context.io.folder, farm: context.farm, ...place };
    if (image.endsWith('.sif')) return { kind: 'sif' as const, ...(await verifySifImage(request, context)) };
    return { kind: 'image' as const, ...(await verifyImage(request, context)) };
  },
  text: (value, style) => (value.kind === 'sif' ? sifText(value, style) : imageText(value, style)),
  exitCode: (value) => (value.kind === 'sif' || value.faults.length === 0 ? 0 : 1),
});

function sifText({ path, key, objects, packages }: VerifiedSifImage, style: Style): string {
  const count = formatCount(Object.keys(packages).length, 'package');
  return `${style.good('✓')} ${path}: ${formatCount(objects, 'object')}, ${count}, all as signed by ${key}.`;
}

function imageText({ image, digest, keys, platforms, bytes, faults }: VerifiedImage, style: Style): string {
  const told = platforms.flatMap(({ platform, release, packages, changed, layers }) => {
    const own = `${formatCount(packages, 'package')} as signed`;
    const vouched = changed.length === 0 ? '' : `, ${changed.length} changed by a patch of the release`;
    return `  ${platform}: ${release ?? 'no release'}, ${own}${vouched}, ${formatCount(layers, 'layer')}`;
  });
  return [
    ...faults.map(({ subject, says }) => `${style.bad('✗')} ${subject}: ${says}`),
    faults.length === 0
      ? `${style.good('✓')} ${image}: signed by ${keys.join(', ')}, ${formatBytes(bytes)} read, all as signed.`
      : `${image} is not what it says: ${formatCount(faults.length, 'fault')}.`,
    ...told,
    `  ${style.faint(digest)}`,
  ].join('\n');
}
