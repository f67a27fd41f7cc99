import { listReleases } from '../../app/release/list-releases.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { tableText } from '../render/table-text.ts';

/** `binfarm release list`: every release, and where the channels lead. */
export const command = defineCommand({
  changes: false,
  examples: ['binfarm release list'],
  settings: ['cache'],
  syntax: (syntax) => syntax,
  run: (_request, context) => listReleases({ farm: context.farm() }, context),
  text: (releases, style) => {
    if (releases.length === 0) return `No release yet: ${style.name('binfarm release create NAME')}`;
    const rows = releases.map(({ name, created, packages, bytes, relocatable, channels }) => [
      style.strong(name),
      created.slice(0, 10),
      formatCount(packages, 'package'),
      formatBytes(bytes),
      `${Math.floor(relocatable * 100)} % relocatable`,
      style.good(channels.join(' ')),
    ]);
    return tableText(rows, { right: [2, 3, 4] });
  },
});
