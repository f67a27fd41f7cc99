import { buildImage } from '../../app/image/build-image.ts';
import { defineCommand } from '../command.ts';
import { imageSelectionOf, withImageOptions } from '../image-options.ts';
import { imagePlanText } from '../render/image-text.ts';

/** `binfarm image plan`: the layers of an image, and what clients will fetch. */
export const command = defineCommand({
  changes: false,
  about:
    'Shows which packages share a layer and in which order the layers lie, what each is worth in bytes, and what a client that has the image of the release before will fetch. Nothing is put anywhere.',
  examples: ['binfarm image plan nova/full', 'binfarm image plan nova/full --release 2026.2 --max-layers 40'],
  settings: ['cache'],
  syntax: (syntax) => withImageOptions(syntax),
  run: async ({ arguments: [name], options }, context) => {
    const selection = imageSelectionOf(name, options);
    const request = {
      ...selection,
      farm: context.farm(),
      to: options.to ?? [],
      folder: context.io.folder,
      dryRun: true,
    };
    return await buildImage(request, context);
  },
  text: (value, style) => imagePlanText(value, style),
});
