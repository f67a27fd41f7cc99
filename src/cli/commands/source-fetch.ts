import { fetchStackSources } from '../../app/farm/manage-sources.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { tableText } from '../render/table-text.ts';

/** `binfarm source fetch`: all that a build needs from the network, beforehand. */
export const command = defineCommand({
  changes: false,
  about:
    'Afterwards everything works without a network. Only the cache is filled; every file is checked against its recipe.',
  examples: ['binfarm source fetch', 'binfarm source fetch generators'],
  settings: ['cache', 'mirrors', 'offline'],
  syntax: (syntax) => syntax.argument('[names...]', 'sets or packages; the whole stack without any'),
  run: ({ arguments: [names] }, context) => fetchStackSources({ farm: context.farm(), names }, context),
  text: ({ sources, bytes }, style) => {
    const rows = sources.map((source) => [
      `  ${source.package}`,
      source.file,
      formatBytes(source.bytes),
      style.faint(source.digest),
    ]);
    const sum = `${formatCount(sources.length, 'source is', 'sources are')} in the cache, ${formatBytes(bytes)}.`;
    return rows.length === 0 ? sum : `${tableText(rows, { right: [2] })}\n${sum}`;
  },
});
