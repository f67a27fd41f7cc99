import type { SpackDirective } from '../spack-directives.ts';
import { quote, todo } from './typescript-text.ts';

/** Where sources are, as lines of a recipe: `source`, and `versions`. */
export interface ConvertedSource {
  readonly lines: readonly string[];
}

type VersionDirective = SpackDirective & { readonly is: 'version' };

/** Turns versions and the class's address into those of a recipe. Versions without a checksum (branches, tags) cannot be, and are named.
 * @param url the class's own example address; `hasFunction` says that addresses are made by a function of the class */
export function convertSource(
  versions: readonly VersionDirective[],
  {
    url,
    git,
    hasFunction,
  }: { readonly url: string | undefined; readonly git: string | undefined; readonly hasFunction: boolean },
): ConvertedSource {
  const archives = versions.filter(({ source }) => source.sha256 !== undefined);
  const commits = versions.filter(
    ({ source }) => source.sha256 === undefined && /^[0-9a-f]{40}$/.test(source.commit ?? ''),
  );
  const usesGit = archives.length === 0 && commits.length > 0;
  const kept = usesGit ? commits : archives;
  const left = versions.filter((version) => !kept.includes(version)).map(({ version }) => version.version);
  const head = usesGit ? gitLines(git, commits) : archiveLines(archives, url, hasFunction);
  return {
    lines: [
      ...head,
      ...(left.length === 0 ? [] : [`// left out, since they have no checksum of an archive: ${left.join(', ')}`]),
      ...(kept.length === 0 ? [todo('no version has a checksum')] : []),
      'versions: {',
      ...kept.map(({ version: { version, preferred, deprecated }, source }) => {
        const own = !usesGit && source.url !== undefined ? [`url: ${quote(source.url)}`] : [];
        const parts = [
          usesGit ? `commit: ${quote(source.commit!)}` : `sha256: ${quote(source.sha256!)}`,
          ...own,
          ...(preferred ? ['preferred: true'] : []),
          ...(deprecated ? ['deprecated: true'] : []),
        ];
        return `  ${quote(version)}: { ${parts.join(', ')} },`;
      }),
      '},',
    ],
  };
}

function gitLines(git: string | undefined, commits: readonly VersionDirective[]): string[] {
  const address = git ?? commits[0]?.source.git;
  return address === undefined
    ? [todo('the address of the git repository'), "source: { git: 'unknown' },"]
    : [`source: { git: ${quote(address)} },`];
}

function archiveLines(archives: readonly VersionDirective[], url: string | undefined, hasFunction: boolean): string[] {
  if (archives.every(({ source }) => source.url !== undefined) && archives.length > 0) return [];
  const template =
    url === undefined || hasFunction
      ? undefined
      : templateOf(
          url,
          archives.map(({ version }) => version.version),
        );
  if (template !== undefined) return [`source: (version) => ${template},`];
  const why = hasFunction
    ? 'Spack makes the addresses by url_for_version()'
    : 'the address of an archive from its version';
  return [todo(`${why}${url === undefined ? '' : `; an example is ${url}`}`), 'source: () => [],'];
}

const separators: readonly (readonly [form: string, code: string])[] = [
  ['.', 'version'],
  ['_', "version.replaceAll('.', '_')"],
  ['-', "version.replaceAll('.', '-')"],
  ['', "version.replaceAll('.', '')"],
];

/** Stands around the number of a replacement; no address has it. */
const mark = '⟦';

/** An address with the version of its example replaced; undefined where it is not plain which parts of it are the version. */
function templateOf(url: string, versions: readonly string[]): string | undefined {
  const example = exampleVersion(url, versions);
  if (example === undefined) return undefined;
  let rest = url;
  const codes: string[] = [];
  for (const [separator, code] of separators) {
    const form = example.replaceAll('.', separator);
    if (form.length < 3 || !rest.includes(form)) continue;
    rest = rest.replaceAll(form, `${mark}${codes.length}${mark}`);
    codes.push(code);
  }
  // what is left of the version, such as its first two numbers, would have to change with it, too
  const short = example.split('.').slice(0, 2).join('.');
  if (
    codes.length === 0 ||
    (short.includes('.') && new RegExp(`(?<![\\d.])v?${short.replace('.', '\\.')}(?![\\d.])`).test(rest))
  )
    return undefined;
  const text = rest.replace(/[\\`]|\$(?=\{)/g, '\\$&');
  return `\`${text.replaceAll(/⟦(\d+)⟦/g, (_, index: string) => `\${${codes[Number(index)]}}`)}\``;
}

/** The version that an address was written for: the longest of the recipe's in it, or else what looks like one in its file name. */
function exampleVersion(url: string, versions: readonly string[]): string | undefined {
  const forms = (version: string) => separators.map(([separator]) => version.replaceAll('.', separator));
  const known = versions.filter((version) => forms(version).some((form) => form.length > 2 && url.includes(form)));
  const longest = known.toSorted((a, b) => b.length - a.length)[0];
  return longest ?? /(?<=[-_/v])\d+(?:\.\d+)+(?=\.(?:tar|tgz|zip|t[gbx]z)|\/|$)/.exec(url)?.[0];
}
