import type { Authorizer, WebClientOptions } from '../web/web-client.ts';
import { WebProblem } from '../web/web-problem.ts';
import { type CredentialEnvironment, type Credentials, findCredentials } from './credentials.ts';
import { fetchToken, type RegistryToken, type TokenRealm } from './fetch-token.ts';
import { parseChallenges } from './parse-challenge.ts';

/** What an authorizer needs to know of its server. */
export interface AuthorizerOptions extends Omit<WebClientOptions, 'authorizer'> {
  /** As auth files name it: host, and port unless it is the usual one. */
  readonly host: string;
  /** The path before every repository. */
  readonly path: string;
  readonly environment: CredentialEnvironment;
}

type Scheme = { readonly kind: 'basic' } | { readonly kind: 'bearer'; readonly realm: TokenRealm };

/** Makes what authorizes requests to one server: nothing until the server asks for it, then Basic or tokens, as it wishes
 * (Docker Registry v2 authentication). Tokens are kept until they expire; several requests at once share one. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  let scheme: Scheme | undefined;
  let credentials: Promise<Credentials | undefined> | undefined;
  const tokens = new Map<string, Promise<RegistryToken>>();
  const known = () => (credentials ??= findCredentials(options.host, options.path, options.environment));

  const tokenFor = async (realm: TokenRealm, scopes: readonly string[]): Promise<string> => {
    const key = JSON.stringify([realm, scopes]);
    const kept = await tokens.get(key)?.catch(() => undefined);
    if (kept !== undefined && kept.expires > Date.now()) return kept.token;
    const fresh = known().then((found) => fetchToken(realm, scopes, found, options));
    tokens.set(key, fresh);
    fresh.catch(() => tokens.delete(key));
    return (await fresh).token;
  };

  const headerFor = async (scopes: readonly string[]): Promise<string | undefined> => {
    if (scheme === undefined) return undefined;
    if (scheme.kind === 'bearer') return `Bearer ${await tokenFor(scheme.realm, scopes)}`;
    const found = await known();
    if (found === undefined || !('user' in found)) return undefined;
    return `Basic ${Buffer.from(`${found.user}:${found.password}`).toString('base64')}`;
  };

  return {
    headerFor,
    learn: async (challenge, scopes, sent) => {
      const next = chooseScheme(challenge ?? '', options);
      if (next === undefined) return false;
      const isSame = JSON.stringify(next) === JSON.stringify(scheme);
      scheme = next;
      if (next.kind === 'basic') return !isSame && (await headerFor(scopes)) !== undefined;
      const key = JSON.stringify([next.realm, scopes]);
      const token = await tokens.get(key)?.catch(() => undefined);
      // A token that was just refused is old, or its key has changed; one that came in the meantime is worth a try.
      if (token !== undefined && sent === `Bearer ${token.token}`) tokens.delete(key);
      return true;
    },
  };
}

function chooseScheme(header: string, options: AuthorizerOptions): Scheme | undefined {
  const challenges = parseChallenges(header);
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm !== undefined);
  if (bearer !== undefined) {
    const { realm = '', service } = bearer.parameters;
    if (!URL.canParse(realm, options.origin))
      throw new WebProblem('final', `it names no place for tokens but "${realm}"`);
    return {
      kind: 'bearer',
      realm: { url: new URL(realm, options.origin).href, ...(service === undefined ? {} : { service }) },
    };
  }
  return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
}
