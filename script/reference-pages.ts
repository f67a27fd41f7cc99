import { type CommandEntry, commandTable } from '../src/cli/command-table.ts';
import { commonOptions } from '../src/cli/common-options.ts';
import { createSyntax } from '../src/cli/create-syntax.ts';
import { type ErrorCode, errorCodes, exitCodeOf } from '../src/core/error-codes.ts';
import { describeForm } from '../src/core/resolve-settings.ts';
import { type SettingDeclaration, settingsTable } from '../src/core/settings.ts';
import { eventTypes } from './event-types.ts';

/** The pages of docs/reference, by path; everything in them comes from the tables in the code. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  return {
    'docs/reference/commands.md': await commandsPage(),
    'docs/reference/errors.md': errorsPage(),
    'docs/reference/events.md': eventsPage(),
    'docs/reference/settings.md': settingsPage(),
  };
}

async function commandsPage(): Promise<string> {
  const common = commonOptions(true).map((option) => [code(option.flags), option.description]);
  const sections = await Promise.all(commandTable.map(commandSection));
  return page('Commands', [
    'Every command takes these options; `--dry-run` is taken by those that change something.\n',
    table(['option', 'meaning'], common),
    ...sections,
  ]);
}

async function commandSection(entry: CommandEntry): Promise<string> {
  const { command } = await entry.load();
  const syntax = createSyntax(entry, command);
  const known = new Set(commonOptions(true).map(({ flags }) => flags));
  const own = syntax.options.filter(({ flags, hidden }) => !known.has(flags) && !hidden);
  const usage = [`binfarm ${entry.name}`, ...syntax.registeredArguments.map(formatArgument)].join(' ');
  return [
    `\n## binfarm ${entry.name}\n`,
    `${sentence(entry.summary)}${command.changes ? ' Takes `--dry-run`.' : ''}\n`,
    `\`\`\`\n${usage} [options]\n\`\`\`\n`,
    ...(command.about === undefined ? [] : [`${command.about}\n`]),
    ...rows(
      ['argument', 'meaning'],
      syntax.registeredArguments.map((argument) => [code(argument.name()), argument.description]),
    ),
    ...rows(
      ['option', 'meaning'],
      own.map(({ flags, description }) => [code(flags), description]),
    ),
    ...(command.examples.length === 0 ? [] : [`\`\`\`sh\n${command.examples.join('\n')}\n\`\`\`\n`]),
  ].join('\n');
}

function formatArgument(argument: { name(): string; required: boolean; variadic: boolean }): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function errorsPage(): string {
  const actors = { usage: 'how the command was typed', user: 'the user', outside: 'something outside', bug: 'binfarm' };
  const codes = Object.entries(errorCodes).map(([name, { actor, meaning }]) => {
    return [code(name), meaning, actors[actor], String(exitCodeOf(name as ErrorCode))];
  });
  return page('Error codes', [
    'A code is never renamed or reused. With `--json` an error is an object `{ "error": { "code", "message", "hint", "place", "details" } }` on stdout, and the exit code is the same.\n',
    table(['code', 'meaning', 'who can mend it', 'exit code'], codes),
    'After SIGINT the exit code is 130, after SIGTERM 143.\n',
  ]);
}

function settingsPage(): string {
  const settings = Object.values(settingsTable as Readonly<Record<string, SettingDeclaration>>).map((setting) => [
    setting.key === undefined ? '' : code(setting.key),
    code(setting.flag),
    code(setting.variable),
    describeForm(setting.form),
    setting.fallbackText,
    setting.meaning,
  ]);
  return page('Settings', [
    'A flag goes before the environment variable, that before the key below `settings:` in binfarm.yaml, that before the default. What has no key belongs to a machine, not to a farm.\n',
    table(['key', 'flag', 'variable', 'values', 'default', 'meaning'], settings),
  ]);
}

function eventsPage(): string {
  const events = eventTypes().map(({ type, fields, meaning }) => [code(type), fields.map(code).join(', '), meaning]);
  return page('Events', [
    '`--events FILE` writes every event as one line of JSON; with `--events -` they go to stdout, and the last line is `{ "type": "command.finished", "value": ... }` or `{ "type": "command.failed", "error": ... }`. A field with `?` may be absent.\n',
    table(['type', 'fields', 'meaning'], events),
  ]);
}

function page(title: string, parts: readonly string[]): string {
  return `# ${title}\n\n<!-- Written by script/reference from the tables in the code; do not edit. -->\n\n${parts.join('\n')}`;
}

function rows(head: readonly string[], body: readonly (readonly string[])[]): string[] {
  return body.length === 0 ? [] : [table(head, body)];
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...body.map(line)].join('\n')}\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}
