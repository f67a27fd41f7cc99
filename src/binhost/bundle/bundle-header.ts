import { readShippedFile } from '../../core/shipped-files.ts';
import type { BundleFacts } from '../../model/bundle.ts';
import { bundleMark } from './bundle-members.ts';

/** A binfarm that a bundle carries, as its installer finds it. */
export interface CarriedProgram {
  /** As `uname -m` says it. */
  readonly machine: string;
  /** Of the compressed executable in the payload. */
  readonly offset: number;
  readonly size: number;
  readonly glibc: string;
}

/** What the installer at the front of a bundle has to know. */
export interface BundleHeaderFacts {
  readonly facts: BundleFacts;
  readonly programs: readonly CarriedProgram[];
  /** In bytes. */
  readonly payloadSize: number;
}

const step = 4096;

/** Makes the header of a bundle: a script for sh that installs it, filled up with empty lines to a multiple of 4,096 bytes. */
export function formatBundleHeader(known: BundleHeaderFacts): string {
  const script = readShippedFile('src/binhost/bundle/installer.sh').replace(/^#!.*\n#.*\n/, '');
  for (let size = step; ; size += step) {
    const text = formatVariables(known, size) + script;
    const bytes = Buffer.byteLength(text);
    if (bytes > size) continue;
    return text + '\n'.repeat(size - bytes);
  }
}

function formatVariables({ facts, programs, payloadSize }: BundleHeaderFacts, size: number): string {
  const [key] = facts.keys;
  const cases = programs.map(
    (program) =>
      `    ${program.machine}) program_at=${program.offset} program_size=${program.size} program_glibc=${shQuote(program.glibc)} ;;\n`,
  );
  return [
    '#!/bin/sh',
    bundleMark,
    `payload_offset=${size}`,
    `payload_size=${payloadSize}`,
    `farm=${shQuote(facts.farm)}`,
    `release=${shQuote(facts.release.name)}`,
    `since=${shQuote(facts.since?.name ?? '')}`,
    `platforms=${shQuote(facts.platforms.join(' '))}`,
    `systems=${shQuote(facts.systems.join(' '))}`,
    `key=${shQuote(key!.id)}`,
    `fingerprint=${shQuote(key!.fingerprint)}`,
    '',
    '# Where the binfarm for a processor is in the payload, and the glibc that it needs.',
    'find_program() {',
    '  program_at= program_size= program_glibc=',
    `  case $1 in\n${cases.join('')}    *) ;;\n  esac`,
    '}\n\n',
  ].join('\n');
}

function shQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
