import { buildImage } from '../../app/image/build-image.ts';
import { defineCommand } from '../command.ts';
import { imageSelectionOf, withImageOptions } from '../image-options.ts';
import { builtImageText } from '../render/image-text.ts';

/** `binfarm image build`: OCI images of a release. */
export const command = defineCommand({
  changes: true,
  about:
    'Makes the image that binfarm.yaml describes under publish.images, of a release. A package’s blob is a layer of it as it is: nothing is unpacked or compressed again, and neither a daemon nor root is needed. The same release and images.lock give the same image.',
  examples: [
    'binfarm image build nova/full',
    'binfarm image build nova/full --release 2026.1 --to oci://registry.example.org/nova',
    'binfarm image build nova/full --to nova-full.tar --max-size 2GB',
  ],
  settings: ['cache'],
  syntax: (syntax) => withImageOptions(syntax),
  run: async ({ arguments: [name], options, dryRun }, context) => {
    const selection = imageSelectionOf(name, options);
    const to = options.to ?? [];
    const request = { ...selection, farm: context.farm(), to, folder: context.io.folder, dryRun };
    return { dryRun, ...(await buildImage(request, context)) };
  },
  text: (value, style) => builtImageText(value, style),
});
