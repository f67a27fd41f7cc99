import { FarmError } from '../../core/farm-error.ts';
import { runProcess } from '../../core/run-process.ts';
import type { ProgramSystem } from '../../model/program.ts';
import { openFileSource } from '../../package/byte-source.ts';
import { readDynamic } from '../../package/elf/read-dynamic.ts';
import { readElf } from '../../package/elf/read-elf.ts';
import { newestGlibcOf } from '../../package/elf/read-versions.ts';
import { systemOf } from './read-program.ts';

/** What is to be told of an executable of binfarm. */
export interface InspectedProgram {
  readonly system: ProgramSystem;
  readonly version: string;
  /** The oldest glibc that it runs with. */
  readonly glibc: string;
}

/** The number in an ELF file's header that says for which processor it is ("System V ABI", table of `e_machine`). */
const machines: Readonly<Record<number, string>> = { 62: 'x86_64', 183: 'aarch64' };
const machineOffset = 18;

/** Looks at an executable, and runs it to see its version.
 * @throws PROGRAM_INVALID when it is no binfarm, or cannot run here; PERMISSION_DENIED */
export async function inspectProgram(path: string): Promise<InspectedProgram> {
  const source = openFileSource(path);
  try {
    const elf = readElf(source);
    const dynamic = elf === undefined ? undefined : readDynamic(source, elf);
    const glibc = elf === undefined || dynamic === undefined ? undefined : newestGlibcOf(source, elf, dynamic);
    const arch = elf === undefined ? undefined : machines[elf.numbers.u16(source.read(0, 64), machineOffset)];
    if (glibc === undefined || arch === undefined) throw programInvalid(path, 'it is no executable of this kind');
    return { system: systemOf(arch), version: await askVersion(path), glibc };
  } finally {
    source.close();
  }
}

async function askVersion(path: string): Promise<string> {
  const { exitCode, stdout } = await runProcess([path, '--version'], { timeoutSeconds: 60, env: {} }).catch(
    (cause: unknown) => {
      throw programInvalid(path, 'it does not run on this machine', cause);
    },
  );
  const version = /^binfarm (\S+)\n$/.exec(stdout)?.[1];
  if (exitCode === 0 && version !== undefined) return version;
  throw programInvalid(path, 'it does not run as a binfarm');
}

function programInvalid(path: string, state: string, cause?: unknown): FarmError {
  return new FarmError('PROGRAM_INVALID', `Cannot publish "${path}" as binfarm: ${state}`, {
    hint: 'script/make-executable makes one; publish it on a machine of its own kind',
    ...(cause === undefined ? {} : { cause }),
  });
}
