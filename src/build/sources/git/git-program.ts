import { FarmError } from '../../../core/farm-error.ts';
import { redactSecrets } from '../../../core/redact-secrets.ts';
import { type ReadProcessOptions, readProcess } from '../archive/read-process.ts';

/** The protocols that git may speak here; `ext` and others that run programs are not among them. */
const protocols = ['https', 'http', 'ssh', 'git', 'file'];

const settings = [
  'protocol.allow=never',
  ...protocols.map((protocol) => `protocol.${protocol}.allow=always`),
  'http.followRedirects=initial',
  'http.lowSpeedLimit=1', // bytes a second
  'http.lowSpeedTime=30', // seconds
  'core.hooksPath=/dev/null',
  'core.attributesFile=/dev/null',
  'core.fsmonitor=false',
  'fetch.unpackLimit=1', // one file whose size can be watched
  'gc.auto=0',
  'maintenance.auto=false',
  'tar.umask=0022',
  'advice.detachedHead=false',
];

/** Runs git on a bare repository and gives what it writes. Neither the system's nor the user's configuration has a say, and nobody is asked
 * for a password; keys come from ssh's agent.
 * @throws TOOL_MISSING, DOWNLOAD_FAILED when git fails; the signal's reason */
export function readGit(
  repository: string,
  args: readonly string[],
  context: { readonly what: string; readonly signal?: AbortSignal },
): AsyncGenerator<Buffer> {
  const argv = ['git', `--git-dir=${repository}`, ...settings.flatMap((setting) => ['-c', setting]), ...args] as const;
  const options: ReadProcessOptions = {
    env: gitEnvironment(),
    hint: "Install git with the system's package manager",
    failure: (complaint) =>
      new FarmError('DOWNLOAD_FAILED', `Cannot fetch source "${context.what}": git says "${redactSecrets(complaint)}"`),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  };
  return readProcess(argv as unknown as [string, ...string[]], options);
}

/** Runs git for its effect. */
export async function runGit(...call: Parameters<typeof readGit>): Promise<void> {
  for await (const _ of readGit(...call));
}

function gitEnvironment(): Record<string, string | undefined> {
  const kept = [
    'PATH',
    'HOME',
    'SSH_AUTH_SOCK',
    'SSL_CERT_FILE',
    'http_proxy',
    'https_proxy',
    'HTTPS_PROXY',
    'no_proxy',
    'NO_PROXY',
  ];
  return {
    ...Object.fromEntries(kept.map((name) => [name, process.env[name]])),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oConnectTimeout=10 -oServerAliveInterval=10 -oServerAliveCountMax=3',
    LC_ALL: 'C',
  };
}
