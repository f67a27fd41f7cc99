import type { Binhost } from '../../binhost/binhost.ts';
import type { StoredProgram } from '../../binhost/program-shelf.ts';
import { FarmError } from '../../core/farm-error.ts';
import { isProgramSystem, type Program, type ProgramSystem, parseProgram } from '../../model/program.ts';
import { verifyEnvelope } from '../../package/sign/envelope.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';

/** A program that a trusted key has signed, and where it is. */
export interface SignedProgram {
  readonly program: Program;
  readonly stored: StoredProgram;
}

/** The system of this machine, or of a processor as platforms name it.
 * @throws PROGRAM_NOT_FOUND for a processor that nothing can be for */
export function systemOf(arch: string = hostArch()): ProgramSystem {
  const system = `${arch}-linux`;
  if (isProgramSystem(system)) return system;
  throw new FarmError('PROGRAM_NOT_FOUND', `Cannot find a binfarm for "${arch}": it is no processor`);
}

/** Reads the program for a system from a binhost; undefined when it has none.
 * @throws KEY_UNKNOWN, KEY_REVOKED, SIGNATURE_INVALID, DOCUMENT_DAMAGED */
export async function readProgram(
  binhost: Binhost,
  request: { readonly farm: string; readonly system: ProgramSystem; readonly trusted: readonly PublicKey[] },
): Promise<SignedProgram | undefined> {
  const { farm, system, trusted } = request;
  const stored = await binhost.programs.find(system);
  if (stored === undefined) return undefined;
  const parsed = parseProgram(verifyEnvelope(stored.envelope, trusted));
  const problem = 'problem' in parsed ? parsed.problem : findMismatch(parsed.program, { farm, system, stored });
  if (problem === undefined && 'program' in parsed) return { program: parsed.program, stored };
  throw new FarmError(
    'DOCUMENT_DAMAGED',
    `Cannot use the binfarm for "${system}" in "${stored.location}": ${problem}`,
    {
      hint: 'Ask the farm to publish it again: binfarm bootstrap push',
    },
  );
}

function findMismatch(
  program: Program,
  { farm, system, stored }: { readonly farm: string; readonly system: string; readonly stored: StoredProgram },
): string | undefined {
  if (program.farm !== farm) return `it was signed for the farm "${program.farm}"`;
  if (program.system !== system) return `it was signed for "${program.system}"`;
  const isSame = program.blob.digest === stored.blob.digest && program.blob.size === stored.blob.size;
  return isSame ? undefined : 'its blob is not the signed one';
}

/** Says that a binhost has no program for a system. */
export function programNotFound(system: string, location: string): FarmError {
  return new FarmError('PROGRAM_NOT_FOUND', `Cannot find a binfarm for "${system}": "${location}" has none`, {
    hint: 'The farm publishes one with: binfarm bootstrap push EXECUTABLE',
  });
}

function hostArch(): string {
  return { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch;
}
