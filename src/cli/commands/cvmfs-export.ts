import { exportEntry } from '../../app/cvmfs/export-entry.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { choiceOf, keyOption, locationMeaning, nameOption, proxyOption, tagOption } from '../repository-options.ts';

/** `binfarm cvmfs export`: a tree of a CVMFS repository as plain files. */
export const command = defineCommand({
  changes: true,
  about:
    'Writes a file or a folder of a CVMFS repository, with all that is below it, at a path where nothing is yet: for machines without a client. Everything is verified, and the path is there only when it is complete. Files belong to you; pipes, sockets and devices are left out, as are the set-user bits.',
  examples: [
    'binfarm cvmfs export http://cvmfs.example.org/cvmfs/nova.example.org /2026.1 ./nova-2026.1 --key nova.example.org.pub',
    'binfarm cvmfs export ./cvmfs / /srv/nova --key nova.example.org.pub --tag 2026.1 --dry-run',
  ],
  syntax: (syntax) =>
    syntax
      .argument('<location>', locationMeaning)
      .argument('<path>', 'a path in it')
      .argument('<destination>', 'where to; nothing may be there yet')
      .addOption(keyOption)
      .addOption(tagOption)
      .addOption(nameOption)
      .addOption(proxyOption),
  run: ({ arguments: [location, path, destination], options, dryRun }, context) =>
    exportEntry({ ...choiceOf(location, options, context.io.folder), path, destination, dryRun }, context),
  text: ({ files, folders, links, bytes, skipped, destination, revision, dryRun }, style) => {
    const what = `${formatCount(files, 'file')} (${formatBytes(bytes)}), ${formatCount(folders, 'folder')}, ${formatCount(links, 'link')}`;
    return [
      ...skipped.map(({ path, kind }) => `${style.warn('-')} ${path}: left out, it is a ${kind}`),
      `${dryRun ? 'Would write' : 'Wrote'} ${what} of revision ${revision}: ${destination}`,
    ].join('\n');
  },
});
