import { resolve } from 'node:path';
import { addSourceFile } from '../../app/farm/manage-sources.ts';
import { formatBytes } from '../../core/format-quantity.ts';
import { resolveSettings } from '../../core/resolve-settings.ts';
import { defineCommand } from '../command.ts';

/** `binfarm source add`: a source that was had in another way. */
export const command = defineCommand({
  changes: false,
  about: 'The file is copied into the cache, where every farm of yours finds it by its content. Needs no farm folder.',
  examples: ['binfarm source add ~/Downloads/HepMC3-3.1.2.tar.gz'],
  settings: ['cache'],
  syntax: (syntax) => syntax.argument('<file>', 'the archive or file'),
  run: ({ arguments: [file] }, { io, settingSources }) =>
    addSourceFile({ file: resolve(io.folder, file), cache: resolveSettings(settingSources).cache }),
  text: ({ digest, size, path }) => `${path} (${formatBytes(size)})\n${digest}`,
});
