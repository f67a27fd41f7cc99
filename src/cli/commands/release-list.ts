import { listReleases, type ReleaseSummary } from '../../app/release/list-releases.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { tableText } from '../render/table-text.ts';
import type { Style } from '../style.ts';

/** `binfarm release list`: every release, and where the channels lead. */
export const command = defineCommand({
  changes: false,
  examples: ['binfarm release list'],
  settings: ['cache'],
  syntax: (syntax) => syntax,
  run: (_request, context) => listReleases({ farm: context.farm() }, context),
  text: (releases, style) => {
    if (releases.length === 0) return `No release yet: ${style.name('binfarm release create NAME')}`;
    const rows = releases.map((release) => {
      const { name, created, packages, bytes, relocatable, channels } = release;
      const about = [
        formatCount(packages, 'package'),
        formatBytes(bytes),
        `${Math.floor(relocatable * 100)} % relocatable`,
      ];
      const facts = release.refused === undefined ? about : ['', '', ''];
      return [
        style.strong(name),
        created.slice(0, 10),
        ...facts,
        [style.good(channels.join(' ')), markText(release, style)].filter((text) => text !== '').join(' '),
      ];
    });
    return tableText(rows, { right: [2, 3, 4] });
  },
});

function markText({ withdrawn, refused }: ReleaseSummary, style: Style): string {
  if (refused !== undefined) return style.bad(refused);
  if (withdrawn === undefined) return '';
  const reason = withdrawn.reason === '' ? '' : `: ${withdrawn.reason}`;
  return style.bad(`withdrawn ${withdrawn.withdrawn.slice(0, 10)}${reason}`);
}
