#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { userCacheFolder } from '../core/user-cache-folder.ts';

// the default folder is shared by all users of a machine
enableCompileCache(join(userCacheFolder(process.env), 'compile-cache'));
const { main } = await import('./main.ts');
const exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  folder: process.cwd(),
});
process.exit(exitCode);
