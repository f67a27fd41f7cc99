import { testPackages } from '../../app/package/test-packages.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { countArgument } from '../read-count.ts';

/** `binfarm package test`: whether packages work at other paths. */
export const command = defineCommand({
  changes: false,
  about:
    'Runs the tests of built packages, and of all that they need, again: in the sandbox, at other paths than the one they were built for. Each was tested at one such path when it was built; this shows that the shortest and the longest path do as well.',
  examples: ['binfarm package test', 'binfarm package test python --length 6 --length 40'],
  settings: ['cache', 'jobs'],
  syntax: (syntax) =>
    syntax
      .argument('[names...]', 'sets or packages; the whole stack without any')
      .option(
        '--length <bytes>',
        'length of the path; may be given several times (default: 6 and the longest)',
        (text: string, before: readonly number[]) => [...before, countArgument(text)],
        [] as readonly number[],
      ),
  run: ({ arguments: [names], options: { length } }, context) =>
    testPackages({ farm: context.farm(), names, lengths: length }, context),
  text: ({ results, problems }, style) => {
    const paths = [...new Set(results.map(({ path }) => path))];
    const tests = results.reduce((sum, item) => sum + item.tests, 0);
    return [
      ...results.flatMap(({ name, version, path, problem, log }) =>
        problem === undefined
          ? []
          : [`${style.bad('✗')} ${name} ${version} at ${path}: ${problem}`, `  ${style.faint(log ?? '')}`],
      ),
      problems === 0
        ? `${style.good('✓')} ${formatCount(tests, 'test')} of ${formatCount(results.length / paths.length, 'package')} passed at paths of ${paths.map(({ length }) => length).join(' and ')} bytes.`
        : `${formatCount(problems, 'failure')} in ${results.length} packages.`,
    ].join('\n');
  },
  exitCode: ({ problems }) => (problems === 0 ? 0 : 1),
});
