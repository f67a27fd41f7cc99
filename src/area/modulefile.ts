import { searchPaths } from './setup-scripts.ts';

/** What a modulefile sets up. */
export interface ModuleSubject {
  /** The module's name, without its version. */
  readonly farm: string;
  /** For `module whatis`. */
  readonly says: string;
  readonly area: string;
  /** The view that it puts in front of the search paths. */
  readonly view: string;
}

/** A modulefile for Environment Modules (version 4 and later) and Lmod, in Tcl: the same variables as the set-up scripts set, and taken back when it is unloaded.
 * It starts no process. */
export function formatModulefile({ farm, says, area, view }: ModuleSubject): string {
  const folders = searchPaths.map(
    ([variable, folder]) => [variable, folder === '' ? view : `${view}/${folder}`] as const,
  );
  const variables = [...new Set(folders.map(([variable]) => variable))];
  const values = variables.map((variable) => {
    const own = folders.filter(([name]) => name === variable).map(([, folder]) => folder);
    return `prepend-path ${variable} ${tclQuote(own.join(':'))}`;
  });
  const gone = `${view} is not there any more; "binfarm activate --modules" brings the list up to date`;
  return `${[
    '#%Module1.0',
    '# Made by binfarm; it is written anew when the area changes.',
    `module-whatis ${tclQuote(says)}`,
    `conflict ${tclQuote(farm)}`,
    `if { [module-info mode load] && ![file isdirectory ${tclQuote(view)}] } {`,
    `  puts stderr ${tclQuote(gone)}`,
    '  break',
    '}',
    `setenv BINFARM_AREA ${tclQuote(area)}`,
    // before the view, so that it comes behind it on the path
    `if { [file executable ${tclQuote(`${area}/bin/binfarm`)}] } { prepend-path PATH ${tclQuote(`${area}/bin`)} }`,
    ...values,
    // an empty item means the system's own manual pages
    'append-path MANPATH ""',
  ].join('\n')}\n`;
}

/** The file beside a farm's modulefiles that says which of them is meant when no version is named. */
export function formatDefaultVersion(version: string): string {
  return `#%Module1.0\nset ModulesVersion ${tclQuote(version)}\n`;
}

/** A word in quotes, in which nothing is a variable, a command or a brace to Tcl. */
function tclQuote(text: string): string {
  return `"${text.replace(/[\\"$[\]{}]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
