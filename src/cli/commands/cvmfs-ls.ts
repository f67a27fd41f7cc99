import type { EntryFacts } from '../../app/cvmfs/describe-entry.ts';
import { listEntries } from '../../app/cvmfs/list-entries.ts';
import { defineCommand } from '../command.ts';
import { countArgument } from '../read-count.ts';
import { tableText } from '../render/table-text.ts';
import { choiceOf, keyOption, locationMeaning, nameOption, proxyOption, tagOption } from '../repository-options.ts';
import type { Style } from '../style.ts';

const letters: Readonly<Record<EntryFacts['kind'], string>> = {
  folder: 'd',
  file: '-',
  link: 'l',
  pipe: 'p',
  socket: 's',
  'block device': 'b',
  'character device': 'c',
};

/** `binfarm cvmfs ls`: what is in a folder of a CVMFS repository, without a client. */
export const command = defineCommand({
  changes: false,
  about:
    'Reads a CVMFS repository as a client does, with verification, and lists a folder of it. Paths may begin with /cvmfs/<name>. A "@" behind a name marks the mount point of another catalog.',
  examples: [
    'binfarm cvmfs ls http://cvmfs.example.org/cvmfs/nova.example.org /2026.1 --key nova.example.org.pub',
    'binfarm cvmfs ls ./cvmfs --key nova.example.org.pub --recursive --json',
  ],
  syntax: (syntax) =>
    syntax
      .argument('<location>', locationMeaning)
      .argument('[path]', 'a path in it', '/')
      .option('-R, --recursive', 'all that is below, too', false)
      .option('--limit <n>', 'list no more entries than that', countArgument, 100_000)
      .addOption(keyOption)
      .addOption(tagOption)
      .addOption(nameOption)
      .addOption(proxyOption),
  run: ({ arguments: [location, path], options }, context) => {
    const { recursive, limit } = options;
    return listEntries({ ...choiceOf(location, options, context.io.folder), path, recursive, limit }, context);
  },
  text: ({ entries, isCut }, style) => {
    const rows = entries.map((entry) => rowOf(entry, style));
    const more = isCut ? ['There are more entries; --limit shows more of them.'] : [];
    return [tableText(rows, { right: [1] }), ...more].join('\n');
  },
});

function rowOf({ kind, mode, size, modified, path, target, catalog }: EntryFacts, style: Style): readonly string[] {
  const name = kind === 'folder' ? style.name(path) : path;
  const shown = `${name}${catalog ? '@' : ''}${target === undefined ? '' : ` -> ${target}`}`;
  return [`${letters[kind]}${mode}`, String(size), modified, shown];
}
