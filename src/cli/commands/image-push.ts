import { pushImage } from '../../app/image/push-image.ts';
import { formatBytes } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { atOption } from '../image-options.ts';

/** `binfarm image push`: an image to another place. */
export const command = defineCommand({
  changes: true,
  about:
    'Copies an image with all its platforms. Packages that the registry has already, as packages of a binhost, are not sent again: they are mounted.',
  examples: ['binfarm image push nova/full:2026.1 oci://registry.example.org/nova'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('<image>', 'name:tag')
      .argument('<place>', 'oci:DIR, FILE.tar or oci://host/path')
      .addOption(atOption()),
  run: async ({ arguments: [image, to], options: { at }, dryRun }, context) => {
    const place = at === undefined ? {} : { at };
    const request = { farm: context.farm(), folder: context.io.folder, image, to, dryRun, ...place };
    return { dryRun, ...(await pushImage(request, context)) };
  },
  text: ({ image, location, kept, mounted, written, bytes, digest, dryRun }, style) =>
    dryRun
      ? `Would put ${image} into ${location}`
      : `Put ${style.strong(image)} into ${location}: layers ${kept} there already, ${mounted} mounted, ${written} written (${formatBytes(bytes)})\n  ${style.faint(digest)}`,
});
