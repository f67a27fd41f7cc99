import { main } from './main.ts';

// The program of the single executable (script/make-executable), which cannot wait at the top of a module, and needs no compile cache.
void main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  folder: process.cwd(),
}).then((exitCode) => process.exit(exitCode));
