import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { FarmError } from '../../core/farm-error.ts';
import { runProcess } from '../../core/run-process.ts';

/** What a registry knows a user by. */
export type Credentials =
  | { readonly user: string; readonly password: string }
  /** A token from which others are made (OAuth 2 refresh token). */
  | { readonly identityToken: string };

/** The environment variables that say where credentials are. */
export type CredentialEnvironment = Readonly<Record<string, string | undefined>>;

const text = v.optional(v.string());
const entry = v.object({ auth: text, identitytoken: text, username: text, password: text });
const schema = v.object({
  auths: v.optional(v.record(v.string(), v.nullable(entry)), {}),
  credHelpers: v.optional(v.record(v.string(), v.string()), {}),
  credsStore: text,
});
type AuthFile = v.InferOutput<typeof schema>;

const largestFile = 1 << 20;

/** Finds what a user is known by at a registry, in the files that skopeo, podman and docker write (containers-auth.json(5)), or by asking a credential helper that such a file
 * names; the entry for the longest part of the repository's path is the best one.
 * @throws BINHOST_INVALID when a file that there is cannot be read; TOOL_MISSING without the helper */
export async function findCredentials(
  host: string,
  path: string,
  environment: CredentialEnvironment,
): Promise<Credentials | undefined> {
  for (const file of authFiles(environment)) {
    const content = await readAuthFile(file);
    const found = content === undefined ? undefined : await findIn(content, host, path, environment);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The files that are looked into, in order. */
export function authFiles(environment: CredentialEnvironment): readonly string[] {
  const home = environment.HOME ?? homedir();
  const config = environment.XDG_CONFIG_HOME ?? join(home, '.config');
  const runtime = environment.XDG_RUNTIME_DIR;
  return [
    ...(environment.REGISTRY_AUTH_FILE ? [environment.REGISTRY_AUTH_FILE] : []),
    ...(runtime ? [join(runtime, 'containers', 'auth.json')] : []),
    join(config, 'containers', 'auth.json'),
    join(environment.DOCKER_CONFIG ?? join(home, '.docker'), 'config.json'),
  ];
}

async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch {
    return undefined; // missing, or another user's: nobody has logged in there
  }
  try {
    if (content.length > largestFile) throw new Error('it is too large');
    return v.parse(schema, JSON.parse(content));
  } catch {
    // Neither the cause nor the parser's words: they would quote what is in the file.
    throw new FarmError('BINHOST_INVALID', `Cannot read credentials from "${path}": it is no file of that kind`, {
      hint: 'Log in again, or remove the file',
    });
  }
}

async function findIn(
  { auths, credHelpers, credsStore }: AuthFile,
  host: string,
  path: string,
  environment: CredentialEnvironment,
): Promise<Credentials | undefined> {
  const byKey = new Map(Object.entries(auths).map(([key, value]) => [normalizeKey(key), value]));
  for (const key of keysFor(host, path)) {
    const found = byKey.get(key);
    const credentials = found ? credentialsOf(found) : undefined;
    if (credentials !== undefined) return credentials;
  }
  const server = isDockerHub(host) ? 'https://index.docker.io/v1/' : host;
  const helper = credHelpers[host] ?? credsStore;
  return helper === undefined || helper === '' ? undefined : await askHelper(helper, server, environment);
}

/** From the longest part of the path to the host alone. */
function keysFor(host: string, path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '');
  const keys = parts.map((_, index) => [host, ...parts.slice(0, parts.length - index)].join('/'));
  return [...keys, host, ...(isDockerHub(host) ? ['index.docker.io', 'docker.io'] : [])];
}

/** docker writes keys as addresses: `https://index.docker.io/v1/`. */
function normalizeKey(key: string): string {
  return key
    .replace(/^https?:\/\//, '')
    .replace(/\/(v1|v2)\/?$/, '')
    .replace(/\/$/, '');
}

function isDockerHub(host: string): boolean {
  return ['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host);
}

function credentialsOf({
  auth,
  identitytoken,
  username,
  password,
}: v.InferOutput<typeof entry>): Credentials | undefined {
  if (identitytoken) return { identityToken: identitytoken };
  if (username && password) return { user: username, password };
  const pair = Buffer.from(auth ?? '', 'base64')
    .toString('utf8')
    .replaceAll('\0', '');
  const colon = pair.indexOf(':');
  return colon < 1 ? undefined : { user: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

const answerSchema = v.object({ Username: v.string(), Secret: v.string() });

/** Asks a credential helper (docker-credential-helpers protocol): the server on its standard input, JSON on its output. */
async function askHelper(
  name: string,
  server: string,
  environment: CredentialEnvironment,
): Promise<Credentials | undefined> {
  if (!/^[A-Za-z0-9_.-]+$/.test(name)) {
    throw new FarmError('BINHOST_INVALID', `Cannot use the credential helper "${name}": it is no name of a program`);
  }
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
  const result = await runProcess([`docker-credential-${name}`, 'get'], { input: server, timeoutSeconds: 60, env });
  if (result.exitCode !== 0) return undefined; // it says so on its output when it knows nothing of the server
  const parsed = v.safeParse(answerSchema, parseJson(result.stdout));
  if (!parsed.success) {
    throw new FarmError(
      'BINHOST_INVALID',
      `Cannot use the credential helper "${name}": its answer is not JSON with a user and a secret`,
    );
  }
  const { Username, Secret } = parsed.output;
  return Username === '<token>' ? { identityToken: Secret } : { user: Username, password: Secret };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
