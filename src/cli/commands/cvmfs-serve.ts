import { InvalidArgumentError } from '@commander-js/extra-typings';
import { serveCvmfs } from '../../app/cvmfs/serve-cvmfs.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';

/** `binfarm cvmfs serve`: a repository over HTTP, for tests and small groups. */
export const command = defineCommand({
  changes: false,
  about:
    'Serves a repository, or a folder of repositories, until it is stopped: HTTP/1.1 with the caching headers that clients and proxies need, at /cvmfs/<name>. Nothing but the files of a repository is served. It listens on this machine alone unless --host says otherwise.',
  examples: ['binfarm cvmfs serve ./cvmfs', 'binfarm cvmfs serve /srv/cvmfs --host 0.0.0.0 --port 8000'],
  syntax: (syntax) =>
    syntax
      .argument('<folder>', 'a repository, or a folder with repositories in it')
      .option('--host <address>', 'the address to listen on', '127.0.0.1')
      .option('--port <n>', 'the port to listen on; 0 takes any that is free', portArgument, 8000),
  run: ({ arguments: [folder], options: { host, port } }, context) =>
    serveCvmfs({ workingFolder: context.io.folder, folder, host, port }, context),
  text: ({ requests, names }) => `Answered ${formatCount(requests, 'request')} for ${names.join(', ')}.`,
});

function portArgument(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new InvalidArgumentError('It must be a number below 65536.');
}
