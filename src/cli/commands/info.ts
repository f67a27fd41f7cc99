import { type PackageDescription, showPackage } from '../../app/stack/show-package.ts';
import { formatBytes, formatSeconds } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { tableText } from '../render/table-text.ts';
import { formatVariants, formatVariantValue } from '../render/variant-text.ts';
import type { Style } from '../style.ts';

/** `binfarm info`: all that is known of one package. */
export const command = defineCommand({
  changes: false,
  examples: ['binfarm info hepmc3'],
  settings: ['cache'],
  syntax: (syntax) => syntax.argument('<package>', 'its name'),
  run: ({ arguments: [name] }, context) => showPackage({ farm: context.farm(), name }, context),
  text: (value, style) =>
    [
      `${style.strong(value.name)}: ${value.summary}`,
      tableText(factRows(value, style)),
      ...section('Options', optionRows(value), style),
      ...section('Needs', dependencyRows(value), style),
      ...section('In the stack', chosenRows(value, style), style),
      ...section('Builds', buildRows(value, style), style),
    ].join('\n'),
});

function factRows(value: PackageDescription, style: Style): string[][] {
  const facts = [
    ['category', value.category],
    ['licence', value.license],
    ['homepage', value.homepage],
    ['contact', value.contact],
    ['recipe', value.recipe],
    ['versions', value.versions.join(', ')],
  ];
  return facts.flatMap(([name, text]) => (text === undefined ? [] : [[`  ${style.faint(name!)}`, text]]));
}

function optionRows({ options }: PackageDescription): string[][] {
  return options.map(({ name, default: value, values, summary }) => [
    `  ${name}`,
    `default ${formatVariantValue(value)}`,
    values === undefined ? '' : `one of ${values.join(', ')}`,
    summary ?? '',
  ]);
}

function dependencyRows({ dependencies }: PackageDescription): string[][] {
  return dependencies.map(({ spec, types, when }) => [
    `  ${spec}`,
    types.join(', '),
    when === undefined ? '' : `when ${when}`,
  ]);
}

function chosenRows({ chosen }: PackageDescription, style: Style): string[][] {
  return chosen.map(({ platform, version, variants, buildHash, stored, bytes }) => {
    const state = stored
      ? style.good(`stored${bytes === undefined ? '' : `, ${formatBytes(bytes)}`}`)
      : style.warn('not built');
    return [
      `  ${platform}`,
      version,
      formatVariants(variants),
      buildHash === undefined ? style.faint('from the base') : state,
    ];
  });
}

function buildRows({ builds }: PackageDescription, style: Style): string[][] {
  return builds.map((build) => {
    const verdict = build.verdict === 'built' ? style.good('built') : style.bad(build.verdict);
    const why = build.firstError ?? build.logPath;
    return [
      `  ${build.startedAt}`,
      build.version,
      verdict,
      build.seconds === undefined ? '' : formatSeconds(build.seconds),
      style.faint(why),
    ];
  });
}

function section(title: string, rows: string[][], style: Style): string[] {
  return rows.length === 0 ? [] : [style.strong(title), tableText(rows)];
}
