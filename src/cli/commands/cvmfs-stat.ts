import { statEntry } from '../../app/cvmfs/stat-entry.ts';
import { formatBytes } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { tableText } from '../render/table-text.ts';
import { choiceOf, keyOption, locationMeaning, nameOption, proxyOption, tagOption } from '../repository-options.ts';

/** `binfarm cvmfs stat`: all that a CVMFS repository says of one entry. */
export const command = defineCommand({
  changes: false,
  about: 'Tells all that a CVMFS repository says of a file, folder or link, and which objects a file consists of.',
  examples: ['binfarm cvmfs stat ./cvmfs /2026.1/setup.sh --key nova.example.org.pub'],
  syntax: (syntax) =>
    syntax
      .argument('<location>', locationMeaning)
      .argument('[path]', 'a path in it', '/')
      .addOption(keyOption)
      .addOption(tagOption)
      .addOption(nameOption)
      .addOption(proxyOption),
  run: ({ arguments: [location, path], options }, context) =>
    statEntry({ ...choiceOf(location, options, context.io.folder), path }, context),
  text: (entry, style) =>
    tableText([
      ['path', style.strong(entry.path)],
      ['kind', [entry.kind, ...entry.marks].join(', ')],
      ...(entry.target === undefined ? [] : [['target', entry.target]]),
      ['mode', entry.mode],
      ['owner', `${entry.uid}:${entry.gid}`],
      ['size', `${entry.size} (${formatBytes(entry.size)})`],
      ['modified', entry.modified],
      ['links', String(entry.links)],
      ['catalog', `${entry.catalogPath} (${entry.catalogHash})`],
      ...Object.entries(entry.xattrs).map(([key, value]) => [key, value]),
      ...entry.objects.map(({ key, offset, size }) => [
        'object',
        `${key}  ${style.faint(`${entry.compression}, ${size} bytes from ${offset}`)}`,
      ]),
    ]),
});
