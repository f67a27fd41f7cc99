import { type Builder, type BuilderExtension, createBuilder } from '../builder.ts';

/** Builds nothing: copies parts of the source, by their path below it, to a path below the prefix. */
export function none(copies: Readonly<Record<string, string>> = { '.': '.' }, options: BuilderExtension = {}): Builder {
  return createBuilder(
    'none',
    ({ source, prefix }) => [
      {
        name: 'install',
        cwd: source,
        steps: Object.entries(copies).map(([from, to]) => ({
          do: 'copy',
          from: from === '.' ? source : `${source}/${from}`,
          to: to === '.' ? prefix : `${prefix}/${to}`,
        })),
      },
    ],
    options,
  );
}
