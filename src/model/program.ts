import * as v from 'valibot';
import { type Digest, isDigest } from '../core/digest-text.ts';

/** Names of systems that a program runs on: a processor as platforms name it, and the kernel. */
export type ProgramSystem = string & { readonly __brand: 'ProgramSystem' };

/** True when a text can name a system: `x86_64-linux`. */
export function isProgramSystem(text: string): text is ProgramSystem {
  return /^[a-z0-9_]{1,32}-linux$/.test(text);
}

const text = v.pipe(v.string(), v.nonEmpty(), v.maxLength(256));
const digest = v.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'is no digest');
const bytes = v.strictObject({
  digest,
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1 << 30)),
});

const programSchema = v.strictObject({
  type: v.literal('program'),
  format: v.literal('binfarm.program/1'),
  farm: text,
  system: v.custom<ProgramSystem>((value) => typeof value === 'string' && isProgramSystem(value), 'is no system'),
  version: text,
  /** Grows by one with every program that a farm publishes for a system; whoever has seen a larger one refuses it. */
  serial: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  published: v.pipe(v.string(), v.isoTimestamp()),
  /** The oldest glibc that it runs with. */
  glibc: v.pipe(v.string(), v.regex(/^\d+(\.\d+)+$/, 'is no version of glibc')),
  /** The program as it runs. */
  executable: bytes,
  /** The same, compressed by gzip, as a binhost has it. */
  blob: bytes,
});

/** What a farm signs of binfarm's single executable, so that machines can get it from the farm's binhost. */
export type Program = v.InferOutput<typeof programSchema>;

/** Finds what is wrong with a document that says it is a program; undefined when nothing is. */
export function parseProgram(value: unknown): { readonly program: Program } | { readonly problem: string } {
  const result = v.safeParse(programSchema, value, { abortEarly: true });
  if (result.success) return { program: result.output };
  const [issue] = result.issues;
  return { problem: `"${v.getDotPath(issue) ?? 'it'}" ${issue.message}` };
}
