import { resolve } from 'node:path';
import { timeNow } from '../../app/cvmfs/cvmfs-time.ts';
import { firstWhitelistDays, initRepository } from '../../app/cvmfs/init-repository.ts';
import { defineCommand } from '../command.ts';
import { usualKeysFolder } from '../cvmfs-options.ts';
import { countArgument } from '../read-count.ts';

/** `binfarm cvmfs init`: a repository that any web server can serve. */
export const command = defineCommand({
  changes: true,
  about:
    'Makes keys, a whitelist, an empty first revision and the configuration that clients need. Nothing of it needs root, and any web server can serve the folder. The master key is only needed to sign whitelists: take it to another machine if you like.',
  examples: [
    'binfarm cvmfs init sw.nova.example.org --to /srv/cvmfs/sw.nova.example.org',
    'binfarm cvmfs init sw.nova.example.org --to ./cvmfs --url http://sw.example.org/cvmfs/@fqrn@',
    'binfarm cvmfs init sw.nova.example.org --to ./cvmfs --master-public nova.pub',
  ],
  syntax: (syntax) =>
    syntax
      .argument('<name>', 'the repository’s name, such as sw.nova.example.org')
      .requiredOption('--to <dir>', 'the folder that is to be served')
      .option('--keys <dir>', 'the folder for its keys (default: in your own configuration)')
      .option('--master-public <file>', 'the public half of a master key that is kept elsewhere')
      .option('--url <url>', 'where clients will find it; @fqrn@ stands for the name', 'http://localhost/cvmfs/@fqrn@')
      .option('--ttl <seconds>', 'how long clients keep a revision before they look again', countArgument, 240)
      .option('--days <n>', 'for how many days the whitelist is signed', countArgument, firstWhitelistDays),
  run: ({ arguments: [name], options, dryRun }, context) => {
    const { to, keys, masterPublic, url, ttl, days } = options;
    const at = (path: string) => resolve(context.io.folder, path);
    const request = {
      name,
      folder: at(to),
      keys: keys === undefined ? usualKeysFolder(context) : at(keys),
      url,
      ttl,
      days,
      dryRun,
    };
    const master = masterPublic === undefined ? {} : { masterPublic: at(masterPublic) };
    return initRepository({ ...request, ...master, time: timeNow(context.io.environment) });
  },
  text: ({ name, folder, keys, client, fingerprint, hasWhitelist }, style) =>
    [
      `${fingerprint === undefined ? 'Would make' : 'Made'} ${style.strong(name)} in ${folder}`,
      `  keys        ${keys.folder}${keys.master === undefined ? '' : '  (keep the master key safe, or elsewhere)'}`,
      ...(fingerprint === undefined ? [] : [`  certificate ${fingerprint}`]),
      `  clients     in ${client.folder}, as root: ${style.name(client.line)}`,
      ...(hasWhitelist ? [] : [style.warn('  It has no whitelist yet: binfarm cvmfs whitelist request FILE')]),
    ].join('\n'),
});
