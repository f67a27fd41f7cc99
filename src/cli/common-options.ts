import { Option } from 'commander';
import { type SettingDeclaration, type SettingName, settingsTable } from '../core/settings.ts';

/** The options that every command takes, as parsed. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly farm?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** False after `--no-color`. */
  readonly color: boolean;
  /** Where the events go as NDJSON: a file, or `-` for stdout. */
  readonly events?: string;
}

/** The options of every command; `--dry-run` belongs to those that change something. */
export function commonOptions(changes: boolean): readonly Option[] {
  return [
    ...(changes ? [new Option('-n, --dry-run', 'say what would be done, and do nothing')] : []),
    new Option('--json', 'print the result as one JSON document'),
    new Option('--farm <dir>', 'the farm folder (default: the nearest one above that has binfarm.yaml)'),
    new Option('-q, --quiet', 'print results and errors only').conflicts('verbose'),
    new Option('-v, --verbose', 'print every step and the output of builds'),
    new Option('--no-color', 'print without colours'),
    new Option('--events <file>', 'write every event as a line of JSON to a file, or to stdout with "-"'),
  ];
}

/** The options that set settings. */
export function settingOptions(names: readonly SettingName[]): readonly Option[] {
  return names.flatMap((name) => {
    const { flag, meaning, form, fallbackText }: SettingDeclaration = settingsTable[name];
    const option = new Option(flag, `${meaning} (default: ${fallbackText})`);
    return form.type === 'flag'
      ? [option, new Option(flag.replace('--', '--no-'), 'the opposite').hideHelp()]
      : [option];
  });
}

/** The values that settings were given by flags. */
export function settingFlags(
  names: readonly SettingName[],
  options: Readonly<Record<string, unknown>>,
  isTyped: (option: string) => boolean,
): Readonly<Partial<Record<SettingName, unknown>>> {
  const typed = names.map((name) => [name, attributeOf(name)] as const).filter(([, attribute]) => isTyped(attribute));
  return Object.fromEntries(typed.map(([name, attribute]) => [name, options[attribute]]));
}

function attributeOf(name: SettingName): string {
  return new Option(settingsTable[name].flag).attributeName();
}
