import { commandTable } from './command-table.ts';
import { type ConsoleIo, ignoreClosedReaders, writeOut } from './console-io.ts';
import { findCommand } from './find-command.ts';
import { readVersion } from './read-version.ts';

/** Runs one command line and gives the process's exit code; the one place where errors are rendered. */
export async function main(argv: readonly string[], io: ConsoleIo): Promise<number> {
  ignoreClosedReaders(io);
  try {
    return await dispatch(argv, io);
  } catch (error) {
    const { reportError } = await import('./report-error.ts');
    return await reportError(error, argv, io);
  }
}

async function dispatch(argv: readonly string[], io: ConsoleIo): Promise<number> {
  if (argv[0] === 'complete' && argv[1] === '--') {
    const { completeLine } = await import('./complete-line.ts');
    await completeLine(argv.slice(2));
    return 0;
  }
  const invocation = findCommand(argv, commandTable);
  switch (invocation.kind) {
    case 'version':
      await writeOut(io.stdout, `binfarm ${readVersion()}\n`);
      return 0;
    case 'help': {
      const { formatHelp } = await import('./format-help.ts');
      await writeOut(io.stdout, formatHelp(invocation.entries));
      return 0;
    }
    case 'command': {
      const { runCommand } = await import('./run-command.ts');
      return await runCommand(invocation.entry, invocation.rest, io);
    }
  }
}
