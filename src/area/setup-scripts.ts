/** What a set-up script puts in front of which variable; paths are below the view. */
export const searchPaths = [
  ['PATH', 'bin'],
  ['MANPATH', 'share/man'],
  ['PKG_CONFIG_PATH', 'lib/pkgconfig'],
  ['PKG_CONFIG_PATH', 'share/pkgconfig'],
  ['CMAKE_PREFIX_PATH', ''],
  ['LD_RUN_PATH', 'lib'],
  ['ACLOCAL_PATH', 'share/aclocal'],
] as const;

/** A set-up script by its file name. */
export interface SetupScript {
  readonly file: 'setup.sh' | 'setup.csh' | 'setup.fish';
  readonly text: string;
}

/** The set-up scripts of an area, for sh (bash, zsh, dash), csh (tcsh) and fish. They put the view in front of the search paths, once however often
 * they are read, and leave `LD_LIBRARY_PATH` alone: installed programs find their libraries by themselves, and what is compiled afterwards
 * does too, by LD_RUN_PATH. Where the area has a binfarm of its own, that is on the PATH behind the view. They start no process.
 * @param view the path of the active view, through the link that a switch replaces */
export function formatSetupScripts(view: string, area: string): readonly SetupScript[] {
  const variables = [...new Set(searchPaths.map(([variable]) => variable))];
  const folders = (variable: string) =>
    searchPaths.filter(([name]) => name === variable).map(([, folder]) => (folder === '' ? view : `${view}/${folder}`));
  const head = (setting: string) => `# Made by binfarm; it is written anew when the area changes.\n${setting}\n`;
  return [
    {
      file: 'setup.sh',
      text:
        head(`export BINFARM_AREA=${shQuote(area)}`) +
        shProgramLine(`${area}/bin`) +
        variables.map((name) => shLine(name, folders(name))).join(''),
    },
    {
      file: 'setup.csh',
      text:
        head(`setenv BINFARM_AREA ${cshQuote(area)}`) +
        cshProgramLine(`${area}/bin`) +
        variables.map((name) => cshLine(name, folders(name))).join(''),
    },
    {
      file: 'setup.fish',
      text:
        head(`set -gx BINFARM_AREA ${fishQuote(area)}`) +
        fishProgramLine(`${area}/bin`) +
        variables.map((name) => fishLine(name, folders(name))).join('') +
        'true # or else the last question would be what `source` comes to\n',
    },
  ];
}

/** What the set-up scripts would set where nothing is set yet, for who starts programs without a shell: containers. `PATH` ends where the system's own folders are to follow. */
export function setupVariables(view: string, area: string): Readonly<Record<string, string>> {
  const values = new Map<string, string[]>([['BINFARM_AREA', [area]]]);
  for (const [variable, folder] of searchPaths)
    values.set(variable, [...(values.get(variable) ?? []), folder === '' ? view : `${view}/${folder}`]);
  values.get('MANPATH')!.push(''); // the system's own pages
  return Object.fromEntries([...values].map(([variable, paths]) => [variable, paths.join(':')]));
}

function shProgramLine(folder: string): string {
  const value = shQuote(folder);
  return `if [ -x ${value}/binfarm ]; then case ":\${PATH-}:" in *:${value}:*) ;; *) export PATH=${value}"\${PATH:+:$PATH}" ;; esac; fi\n`;
}

function cshProgramLine(folder: string): string {
  const value = cshQuote(folder);
  return `if ( -x ${value}/binfarm && ":\${PATH}:" !~ *:${value}:* ) setenv PATH ${value}:"\${PATH}"\n`;
}

function fishProgramLine(folder: string): string {
  const value = fishQuote(folder);
  return `if test -x ${value}/binfarm; and not contains -- ${value} $PATH\n  set -gx --path PATH ${value} $PATH\nend\n`;
}

/** What stands between the new folders and the old value. An empty item at the end of MANPATH means the system's own manual pages, so there the colon is always put. */
function shLine(variable: string, folders: readonly string[]): string {
  const value = shQuote(folders.join(':'));
  const old = variable === 'MANPATH' ? `:"\${${variable}-}"` : `"\${${variable}:+:$${variable}}"`;
  return `case ":\${${variable}-}:" in *:${value}:*) ;; *) export ${variable}=${value}${old} ;; esac\n`;
}

function cshLine(variable: string, folders: readonly string[]): string {
  const value = cshQuote(folders.join(':'));
  const alone = variable === 'MANPATH' ? `${value}:` : value;
  return [
    `if ( ! $?${variable} ) then`,
    `  setenv ${variable} ${alone}`,
    `else if ( ":\${${variable}}:" !~ *:${value}:* ) then`,
    `  setenv ${variable} ${value}:"\${${variable}}"`,
    'endif\n',
  ].join('\n');
}

function fishLine(variable: string, folders: readonly string[]): string {
  const items = folders.map(fishQuote).join(' ');
  const tail = variable === 'MANPATH' ? ` ''` : '';
  return `if not contains -- ${fishQuote(folders[0]!)} $${variable}\n  if set -q ${variable}[1]\n    set -gx --path ${variable} ${items} $${variable}\n  else\n    set -gx --path ${variable} ${items}${tail}\n  end\nend\n`;
}

function shQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function cshQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll('!', '\\!')}'`;
}

function fishQuote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
