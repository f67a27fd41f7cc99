import * as v from 'valibot';
import { createWebClient, readBytes, type WebClientOptions, type WebRequest } from '../web/web-client.ts';
import { WebProblem } from '../web/web-problem.ts';
import type { Credentials } from './credentials.ts';

/** Where tokens for a registry come from. */
export interface TokenRealm {
  readonly url: string;
  readonly service?: string;
}

/** A token, and until when it is worth sending (milliseconds). */
export interface RegistryToken {
  readonly token: string;
  readonly expires: number;
}

const schema = v.object({
  token: v.optional(v.string()),
  access_token: v.optional(v.string()),
  expires_in: v.optional(v.number(), 60),
});

const clientId = 'binfarm';

/** Gets a token for scopes, anonymously without credentials.
 * @throws BINHOST_DENIED, BINHOST_UNAVAILABLE */
export async function fetchToken(
  realm: TokenRealm,
  scopes: readonly string[],
  credentials: Credentials | undefined,
  options: Omit<WebClientOptions, 'authorizer'>,
): Promise<RegistryToken> {
  const { origin } = new URL(realm.url);
  const client = createWebClient({ ...options, origin });
  const text = await client.send(requestFor(realm, scopes, credentials), async (answer) =>
    (await readBytes(answer, 1 << 20)).toString('utf8'),
  );
  const parsed = v.safeParse(schema, parseJson(text));
  const token = parsed.success ? (parsed.output.token ?? parsed.output.access_token) : undefined;
  if (!parsed.success || token === undefined || !/^[\x21-\x7e]+$/.test(token)) {
    throw new WebProblem('final', `"${origin}", which it names for tokens, sends none`);
  }
  const lifetime = Math.min(Math.max(parsed.output.expires_in, 1), 3600);
  return { token, expires: Date.now() + lifetime * 900 };
}

function requestFor(
  { url, service }: TokenRealm,
  scopes: readonly string[],
  credentials: Credentials | undefined,
): WebRequest {
  const target = new URL(url);
  if (credentials !== undefined && 'identityToken' in credentials) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: credentials.identityToken,
      scope: scopes.join(' '),
      ...(service === undefined ? {} : { service }),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: target, headers, body: form.toString(), answers: [200] };
  }
  if (service !== undefined) target.searchParams.set('service', service);
  for (const scope of scopes) target.searchParams.append('scope', scope);
  if (credentials === undefined) return { url: target, answers: [200] };
  target.searchParams.set('account', credentials.user);
  target.searchParams.set('client_id', clientId);
  const pair = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
  return { url: target, headers: { authorization: `Basic ${pair}` }, answers: [200] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
