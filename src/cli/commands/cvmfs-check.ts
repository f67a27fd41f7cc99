import { checkCvmfs } from '../../app/cvmfs/check-cvmfs.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { choiceOf, keyOption, locationMeaning, nameOption, proxyOption } from '../repository-options.ts';

const mostShown = 50;

/** `binfarm cvmfs check`: whether a CVMFS repository is right. */
export const command = defineCommand({
  changes: false,
  about:
    'Checks a repository from its signatures down to every object: manifest, certificate, whitelist, tags, reference log, every row and counter of every catalog, and the hash and size of every object, also of earlier revisions that have tags. In a folder it also reads what no revision refers to. --quick only looks whether objects are there.',
  examples: [
    'binfarm cvmfs check ./cvmfs --key nova.example.org.pub',
    'binfarm cvmfs check http://cvmfs.example.org/cvmfs/nova.example.org --key nova.example.org.pub --quick',
  ],
  syntax: (syntax) =>
    syntax
      .argument('<location>', locationMeaning)
      .option('--quick', 'do not read objects: only look whether they are there', false)
      .option('--no-objects', 'do not even look for objects')
      .option('--no-tags', 'only the current revision')
      .addOption(keyOption)
      .addOption(nameOption)
      .addOption(proxyOption),
  run: ({ arguments: [location], options }, context) => {
    const { quick, objects, tags } = options;
    const how = quick ? ('presence' as const) : ('read' as const);
    const choice = choiceOf(location, options, context.io.folder);
    return checkCvmfs({ ...choice, objects: objects ? how : 'none', tags }, context);
  },
  text: (result, style) => {
    const {
      faults,
      faultCount,
      warnings,
      name,
      revision,
      catalogs,
      entries,
      objects,
      bytes,
      others,
      otherBytes,
      tags,
    } = result;
    const shown = faults.slice(0, mostShown);
    const looked = `${formatCount(catalogs, 'catalog')}, ${formatCount(entries, 'entry', 'entries')}, ${formatCount(tags, 'tag')}, ${formatCount(objects, 'object')} (${formatBytes(bytes)} read)`;
    return [
      ...warnings.slice(0, mostShown).map(({ path, reason }) => `${style.warn('!')} ${path}: ${reason}`),
      ...shown.map(({ path, reason }) => `${style.bad('✗')} ${path}: ${reason}`),
      ...(faultCount > shown.length ? [`  and ${faultCount - shown.length} more`] : []),
      ...(others === 0
        ? []
        : [`${formatCount(others, 'object')} (${formatBytes(otherBytes)}) of other revisions, or of none.`]),
      faultCount === 0
        ? `${style.good('✓ all right')}: ${name}, revision ${revision}: ${looked}.`
        : `${style.bad(formatCount(faultCount, 'fault'))}: ${name ?? result.location}${revision === undefined ? '' : `, revision ${revision}`}: ${looked}.`,
    ].join('\n');
  },
  exitCode: ({ faultCount }) => (faultCount === 0 ? 0 : 1),
});
