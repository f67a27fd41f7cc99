import * as v from 'valibot';
import { FarmError } from '../core/farm-error.ts';
import { formatReadableJson } from '../core/json.ts';
import type { Lock } from './lock.ts';

const variantValue = v.union([v.boolean(), v.string(), v.array(v.string())]);

const packageSchema = v.strictObject({
  name: v.string(),
  version: v.string(),
  variants: v.record(v.string(), variantValue),
  dependencies: v.array(
    v.strictObject({ key: v.string(), types: v.array(v.picklist(['build', 'link', 'run', 'test'])) }),
  ),
  external: v.optional(v.strictObject({ from: v.string() })),
  reasons: v.array(v.strictObject({ from: v.string(), asks: v.string() })),
});

const lockSchema = v.strictObject({
  format: v.literal('binfarm.lock/1'),
  inputs: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)),
  platforms: v.record(
    v.string(),
    v.strictObject({ sets: v.record(v.string(), v.array(v.string())), packages: v.record(v.string(), packageSchema) }),
  ),
});

/** Parses binfarm.lock.
 * @throws LOCK_INVALID when it is no lock, or names packages that it does not hold */
export function parseLock(text: string, file: string): Lock {
  const result = v.safeParse(lockSchema, parseJson(text));
  if (!result.success) throw lockInvalid(file, result.issues[0].message);
  const lock = result.output as unknown as Lock;
  for (const { packages, sets } of Object.values(lock.platforms)) {
    const used = [
      ...Object.values(packages).flatMap((item) => item.dependencies.map(({ key }) => key)),
      ...Object.values(sets).flat(),
    ];
    const missing = used.find((key) => packages[key] === undefined);
    if (missing !== undefined) throw lockInvalid(file, `it names "${missing}" but does not hold it`);
  }
  return lock;
}

/** Formats a lock so that its differences can be reviewed. */
export function formatLock(lock: Lock): string {
  return formatReadableJson(lock);
}

function lockInvalid(file: string, problem: string): FarmError {
  return new FarmError('LOCK_INVALID', `Cannot read "${file}": ${problem}`, {
    place: { file },
    hint: 'Take it from git again, or remove it: then everything is solved anew',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
