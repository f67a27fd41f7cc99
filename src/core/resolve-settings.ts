import { resolve } from 'node:path';
import { FarmError, type Place } from './farm-error.ts';
import {
  type Environment,
  type SettingDeclaration,
  type SettingForm,
  type SettingName,
  type Settings,
  settingsTable,
} from './settings.ts';

/** Where values of settings can come from, the strongest first. */
export interface SettingSources {
  /** From the command line, by name of the setting. */
  readonly flags?: Readonly<Partial<Record<SettingName, unknown>>>;
  readonly environment: Environment;
  /** The `settings:` part of binfarm.yaml, by key, and the folder that its paths are relative to. */
  readonly stack?: {
    readonly values: Readonly<Record<string, unknown>>;
    readonly folder: string;
    /** Where a key stands, for errors. */
    readonly placeOf?: (key: string) => Place;
  };
}

/** Every setting's value: a flag goes before the variable, that before the stack file, that before the default.
 * @throws SETTING_INVALID, naming the flag, variable or key; STACK_INVALID for a key that is no setting */
export function resolveSettings(sources: SettingSources): Settings {
  refuseUnknownKeys(sources.stack);
  const entries = Object.entries(settingsTable).map(([name, declaration]) => [
    name,
    resolveSetting(name as SettingName, declaration, sources),
  ]);
  return Object.fromEntries(entries) as Settings;
}

function resolveSetting(name: SettingName, declaration: SettingDeclaration, sources: SettingSources): unknown {
  const { form, variable, key } = declaration;
  const flag = sources.flags?.[name];
  if (flag !== undefined) return readSetting(flag, form, { from: declaration.flag, folder: process.cwd() });
  const text = sources.environment[variable];
  if (text !== undefined && text !== '') return readSetting(text, form, { from: variable, folder: process.cwd() });
  const { stack } = sources;
  const value = key === undefined ? undefined : stack?.values[key];
  if (value !== undefined) {
    const origin = { from: `settings: ${key}`, folder: stack!.folder, ...placeIn(stack, key!) };
    return readSetting(value, form, origin);
  }
  return declaration.fallback(sources.environment);
}

interface Origin {
  readonly from: string;
  /** What a relative path is relative to. */
  readonly folder: string;
  readonly place?: Place;
}

function readSetting(value: unknown, form: SettingForm, origin: Origin): unknown {
  const read = readers[form.type](value, form as never, origin);
  if (read !== undefined) return read;
  throw new FarmError(
    'SETTING_INVALID',
    `Cannot use "${String(value)}" for ${origin.from}: it is not ${describeForm(form)}`,
    {
      hint: `Give it ${describeForm(form)}, or leave it out`,
      ...(origin.place === undefined ? {} : { place: origin.place }),
    },
  );
}

type Reader<Type extends SettingForm['type']> = (
  value: unknown,
  form: Extract<SettingForm, { type: Type }>,
  origin: Origin,
) => unknown;

const readers: { readonly [Type in SettingForm['type']]: Reader<Type> } = {
  path: (value, _form, { folder }) => (typeof value === 'string' && value !== '' ? resolve(folder, value) : undefined),
  flag: (value) => {
    if (typeof value === 'boolean') return value;
    return { true: true, yes: true, on: true, '1': true, false: false, no: false, off: false, '0': false }[
      String(value)
    ];
  },
  list: (value) => {
    const items = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(',') : undefined;
    return items?.map((item) => item.trim()).filter((item) => item !== '');
  },
  count: (value, { from, to }) => {
    const isWhole = typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value));
    const count = isWhole ? Number(value) : Number.NaN;
    return Number.isInteger(count) && count >= from && count <= to ? count : undefined;
  },
  choice: (value, { of }) => of.find((choice) => choice === value),
};

/** What a setting's value looks like, for messages and the reference page: `a whole number from 1 to 19`. */
export function describeForm(form: SettingForm): string {
  switch (form.type) {
    case 'path':
      return 'a path';
    case 'flag':
      return 'true or false';
    case 'list':
      return 'a list with commas';
    case 'count':
      return `a whole number from ${form.from} to ${form.to}`;
    case 'choice':
      return `one of ${form.of.join(', ')}`;
  }
}

function refuseUnknownKeys(stack: SettingSources['stack']): void {
  const known = Object.values(settingsTable as Readonly<Record<string, SettingDeclaration>>).flatMap(
    ({ key }) => key ?? [],
  );
  const unknown = Object.keys(stack?.values ?? {}).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new FarmError('STACK_INVALID', `Cannot read setting "${unknown}" in binfarm.yaml: there is no such setting`, {
    hint: `Known settings: ${known.join(', ')}`,
    ...placeIn(stack, unknown),
  });
}

function placeIn(stack: SettingSources['stack'], key: string): { readonly place?: Place } {
  const place = stack?.placeOf?.(key);
  return place === undefined ? {} : { place };
}
