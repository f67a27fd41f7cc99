import { chmod, cp, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FarmError, isFarmError } from '../core/farm-error.ts';
import { translateFileError } from '../core/translate-file-error.ts';
import { expandPlaceholders, type PlaceholderValues } from '../model/expand-placeholders.ts';
import type { PlanPhase, PlanStep } from '../model/plan.ts';
import type { BuildLog } from './build-log.ts';
import { runSandboxed, type SandboxResult } from './sandbox/run-sandboxed.ts';
import type { Sandbox } from './sandbox/sandbox-argv.ts';

/** Where and how steps run. */
export interface StepContext {
  readonly sandbox: Sandbox;
  readonly values: PlaceholderValues;
  readonly env: Readonly<Record<string, string>>;
  readonly log: BuildLog;
  /** The machine's folder of each folder inside that steps may change: [inside, outside]. */
  readonly writable: readonly (readonly [string, string])[];
  readonly jobserver?: number;
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A step that failed, with what to show. */
export interface StepFailure {
  readonly command: string;
  readonly exitCode: number;
  readonly timedOut: boolean;
}

/** What the steps of a phase used, and the one that failed, if any. */
export interface StepsResult {
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly failure?: StepFailure;
}

/** Runs a phase's steps in order until one fails; all of them share the phase's time limit. */
export async function runSteps(
  phase: Pick<PlanPhase, 'steps' | 'timeoutSeconds'>,
  context: StepContext,
): Promise<StepsResult> {
  const deadline = performance.now() + phase.timeoutSeconds * 1000;
  let cpuSeconds = 0;
  let peakBytes = 0;
  for (const step of phase.steps) {
    const command = describeStep(step, context.values);
    context.log.write(`$ ${command}`);
    const result = await runStep(step, context, Math.max(1, (deadline - performance.now()) / 1000));
    if (result === undefined) continue;
    cpuSeconds += result.cpuSeconds;
    peakBytes = Math.max(peakBytes, result.peakBytes);
    if (result.exitCode !== 0) {
      return { cpuSeconds, peakBytes, failure: { command, exitCode: result.exitCode, timedOut: result.timedOut } };
    }
  }
  return { cpuSeconds, peakBytes };
}

/** A step as a person would type or say it. */
function describeStep(step: PlanStep, values: PlaceholderValues): string {
  switch (step.do) {
    case 'run':
      return step.argv.map((word) => quoteWord(expandPlaceholders(word, values))).join(' ');
    case 'copy':
      return `(copy ${step.from} to ${step.to})`;
    case 'patch':
      return `patch -p${step.strip}`;
    case 'write':
    case 'edit':
    case 'remove':
      return `(${step.do} ${step.path})`;
  }
}

function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

async function runStep(
  step: PlanStep,
  context: StepContext,
  timeoutSeconds: number,
): Promise<SandboxResult | undefined> {
  const expand = (text: string) => expandPlaceholders(text, context.values);
  switch (step.do) {
    case 'run': {
      const extra = Object.entries(step.env ?? {}).map(([key, value]) => [key, expand(value)]);
      return await runProgram(step.argv.map(expand), context, {
        cwd: expand(step.cwd ?? '@{build}'),
        env: { ...context.env, ...Object.fromEntries(extra) },
        timeoutSeconds,
      });
    }
    case 'patch': {
      await writeFile(join(context.sandbox.work, 'patch'), step.text);
      const argv = ['patch', `-p${step.strip}`, '--batch', '--forward', '-i', '/work/patch'];
      return await runProgram(argv, context, {
        cwd: expand(step.cwd ?? '@{source}'),
        env: context.env,
        timeoutSeconds,
      });
    }
    case 'write':
    case 'edit':
    case 'copy':
    case 'remove':
      await changeFiles(step, context, expand).catch((error: unknown) => {
        throw stepFailed(error, step);
      });
      return undefined;
  }
}

type FileStep = Extract<PlanStep, { readonly do: 'write' | 'edit' | 'copy' | 'remove' }>;

async function changeFiles(step: FileStep, context: StepContext, expand: (text: string) => string): Promise<void> {
  const path = await writablePath(expand(step.do === 'copy' ? step.to : step.path), context);
  switch (step.do) {
    case 'write':
      await writeFile(path, expand(step.text));
      if (step.executable) await chmod(path, 0o755);
      return;
    case 'edit':
      return await editFile(path, step, expand);
    case 'copy': {
      const from = await writablePath(expand(step.from), context);
      return await cp(from, path, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    }
    case 'remove':
      return await rm(path, { recursive: true, force: true });
  }
}

/** A step that the system refuses has failed as a program does: the recipe asks for what cannot be done, unless the disk is full. */
function stepFailed(error: unknown, step: FileStep): unknown {
  const path = step.do === 'copy' ? step.from : step.path;
  const known = translateFileError(error, step.do, path);
  if (isFarmError(error) || isFarmError(known, 'DISK_FULL')) return known;
  if ((error as NodeJS.ErrnoException).code === undefined) return error;
  return new FarmError('BUILD_FAILED', `Cannot ${step.do} "${path}": ${(error as Error).message}`, { cause: error });
}

interface ProgramOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
}

async function runProgram(
  argv: readonly string[],
  context: StepContext,
  options: ProgramOptions,
): Promise<SandboxResult> {
  const onLine = (line: string) => {
    context.log.write(line);
    context.onLine(line);
  };
  return await runSandboxed(context.sandbox, {
    argv,
    ...options,
    onLine,
    ...(context.jobserver === undefined ? {} : { jobserver: context.jobserver }),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
}

async function editFile(
  path: string,
  step: PlanStep & { do: 'edit' },
  expand: (text: string) => string,
): Promise<void> {
  const text = await readFile(path, 'utf8');
  const find = expand(step.find);
  if (!text.includes(find)) {
    throw new FarmError('BUILD_FAILED', `Cannot edit "${step.path}": it does not hold "${find}"`, {
      hint: 'The source has changed; look at the recipe',
    });
  }
  await writeFile(
    path,
    text.replaceAll(find, () => expand(step.replace)),
  );
}

/** The machine's path of a path inside; a source's own symbolic links cannot lead it out of the build's folders.
 * @throws PATH_UNSAFE */
async function writablePath(inside: string, context: StepContext): Promise<string> {
  const folder = context.writable.find(([top]) => inside === top || inside.startsWith(`${top}/`));
  if (folder === undefined || inside.split('/').includes('..')) {
    throw new FarmError('PATH_UNSAFE', `Cannot change "${inside}": it is outside the build's own folders`);
  }
  const [top, outside] = folder;
  const path = join(outside, inside.slice(top.length));
  if (path === outside) return path;
  await mkdir(dirname(path), { recursive: true });
  const [parent, limit] = await Promise.all([realpath(dirname(path)), realpath(outside)]);
  const real = await realpath(path).catch(() => join(parent, basename(path)));
  for (const place of [parent, real]) {
    if (place !== limit && !place.startsWith(`${limit}/`)) {
      throw new FarmError('PATH_UNSAFE', `Cannot change "${inside}": a symbolic link leads out of the build's folders`);
    }
  }
  return path;
}
