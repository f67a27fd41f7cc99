import { execFileSync } from 'node:child_process';
import { createPrivateKey, createSign, randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { TokenAuthentication } from './docker-registry.ts';
import { type FileServer, startFileServer } from './file-server.ts';

/** A server of tokens for a registry, with a key pair of its own. */
export interface TokenServer extends FileServer {
  readonly authentication: TokenAuthentication;
  /** The scopes that were asked for, in order. */
  readonly asked: readonly string[];
}

/** Who gets what: users by name. Everybody else, and who says nothing, may read what `anonymous` says. */
export interface TokenRules {
  readonly users: Readonly<Record<string, { readonly password: string; readonly actions: readonly string[] }>>;
  readonly anonymous: readonly string[];
  /** Seconds that tokens live. */
  readonly lifetime?: number;
  /** Accepted in exchange for tokens of that user. */
  readonly refreshTokens?: Readonly<Record<string, string>>;
}

const issuer = 'tokens.test';
const service = 'registry.test';

/** Starts a token server (Docker Registry v2 authentication) whose key and certificate lie in a folder. */
export async function startTokenServer(folder: string, rules: TokenRules): Promise<TokenServer> {
  const key = join(folder, 'token.key');
  const certificate = join(folder, 'token.crt');
  const subject = ['-subj', '/CN=tokens.test', '-days', '2', '-nodes'];
  const pair = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...pair, ...subject], { stdio: 'pipe' });
  const x5c = new X509Certificate(readFileSync(certificate)).raw.toString('base64');
  const secret = createPrivateKey(readFileSync(key));
  const asked: string[] = [];

  const sign = (user: string, access: readonly object[]) => {
    const now = Math.floor(Date.now() / 1000);
    const lifetime = rules.lifetime ?? 300;
    const claims = {
      iss: issuer,
      sub: user,
      aud: service,
      exp: now + lifetime,
      nbf: now - 10,
      iat: now,
      jti: randomUUID(),
      access,
    };
    const text = [{ typ: 'JWT', alg: 'ES256', x5c: [x5c] }, claims]
      .map((part) => encode(JSON.stringify(part)))
      .join('.');
    const signature = createSign('sha256').update(text).sign({ key: secret, dsaEncoding: 'ieee-p1363' });
    return { token: `${text}.${encode(signature)}`, expires_in: lifetime };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const form = new URLSearchParams(request.method === 'POST' ? await readText(request) : '');
    const query = new URL(request.url!, 'http://x').searchParams;
    const scopes = [...query.getAll('scope'), ...form.getAll('scope')]
      .flatMap((scope) => scope.split(' '))
      .filter(Boolean);
    asked.push(...scopes);
    const user = userOf(request, form, rules);
    if (user === 'unknown')
      return void response
        .writeHead(401, { 'content-type': 'application/json' })
        .end('{"errors":[{"code":"UNAUTHORIZED","message":"wrong password"}]}');
    const allowed = user === '' ? rules.anonymous : rules.users[user]!.actions;
    const access = scopes.map((scope) => {
      const [type, name, actions] = /^([^:]+):(.+):([^:]+)$/.exec(scope)!.slice(1) as [string, string, string];
      return { type, name, actions: actions.split(',').filter((action) => allowed.includes(action)) };
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(sign(user, access)));
  };
  const server = await startFileServer(answer);
  const realm = `${server.url}/token`;
  return {
    ...server,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
    authentication: { realm, service, issuer, rootcertbundle: certificate },
    asked,
  };
}

/** The user who asks: empty for nobody. */
function userOf(request: IncomingMessage, form: URLSearchParams, rules: TokenRules): string {
  const refresh = form.get('refresh_token');
  if (refresh !== null) return rules.refreshTokens?.[refresh] ?? 'unknown';
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) return '';
  const [, name = '', password] = /^([^:]*):(.*)$/.exec(Buffer.from(basic, 'base64').toString()) ?? [];
  return rules.users[name]?.password === password ? name : 'unknown';
}

function encode(part: string | Buffer): string {
  return Buffer.from(part).toString('base64url');
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
