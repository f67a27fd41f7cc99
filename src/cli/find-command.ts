import { FarmError } from '../core/farm-error.ts';
import { nearestName } from '../model/did-you-mean.ts';
import type { CommandEntry } from './command-table.ts';

/** What the words on the command line ask for. */
export type Invocation =
  | { readonly kind: 'command'; readonly entry: CommandEntry; readonly rest: readonly string[] }
  | { readonly kind: 'help'; readonly entries: readonly CommandEntry[] }
  | { readonly kind: 'version' };

/** Options that are followed by a value and may stand before the command's name. */
const withValue = new Set(['--farm', '--events']);

/** Finds the command that a line means; its name may be one word or two, and common options may stand before it.
 * @throws ARGUMENT_INVALID with the nearest name when there is no such command */
export function findCommand(argv: readonly string[], table: readonly CommandEntry[]): Invocation {
  const words = wordsOf(argv);
  const [first, second] = words;
  if (first === undefined) return { kind: argv.some(asksVersion) ? 'version' : 'help', entries: table };
  if (argv[first] === 'help') return findHelp(argv, words.slice(1), table);
  const two = second === undefined ? undefined : `${argv[first]} ${argv[second]}`;
  const entry = table.find(({ name }) => name === two) ?? table.find(({ name }) => name === argv[first]);
  if (entry !== undefined) {
    const used = entry.name === two ? [first, second] : [first];
    return { kind: 'command', entry, rest: argv.filter((_, index) => !used.includes(index)) };
  }
  const group = table.filter(({ name }) => name.startsWith(`${argv[first]} `));
  if (group.length > 0 && second === undefined) return { kind: 'help', entries: group };
  throw unknownCommand(group.length > 0 ? two! : argv[first]!, table);
}

function asksVersion(token: string): boolean {
  return token === '--version' || token === '-V';
}

function findHelp(argv: readonly string[], words: readonly number[], table: readonly CommandEntry[]): Invocation {
  const asked = words.map((index) => argv[index]);
  const found = findCommand(asked as string[], table);
  return found.kind === 'command' ? { ...found, rest: ['--help'] } : found;
}

/** The places of the first two tokens that are neither options nor their values. */
function wordsOf(argv: readonly string[]): readonly number[] {
  const words: number[] = [];
  for (let index = 0; index < argv.length && words.length < 3; index += 1) {
    const token = argv[index]!;
    if (token === '--') break;
    if (withValue.has(token)) index += 1;
    else if (!token.startsWith('-')) words.push(index);
  }
  return words;
}

function unknownCommand(name: string, table: readonly CommandEntry[]): FarmError {
  const near = nearestName(
    name,
    table.map((entry) => entry.name),
  );
  return new FarmError('ARGUMENT_INVALID', `Cannot run "binfarm ${name}": there is no such command`, {
    hint: near === undefined ? 'Type "binfarm --help" to see all commands' : `Did you mean "binfarm ${near}"?`,
  });
}
