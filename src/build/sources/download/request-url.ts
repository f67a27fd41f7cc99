import type { AddressProblem } from './address-problem.ts';

const maxRedirects = 5;

/** Asks a web server for a file and follows redirects: at most five, never from https to http. Passwords in the address are sent
 * as Basic authorization, to the first server only. The answer's body is the file's own bytes, without a transfer coding.
 * Errors of `fetch` pass through. */
export async function requestUrl(
  url: string,
  options: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<Response | AddressProblem> {
  let target = new URL(url);
  let headers = {
    'accept-encoding': 'identity',
    'user-agent': 'binfarm',
    ...options.headers,
    ...takeAuthorization(target),
  };
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(target.href, { headers, signal: options.signal, redirect: 'manual' });
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    await response.body?.cancel();
    if (redirects === maxRedirects) return { kind: 'final', reason: `it redirects more than ${maxRedirects} times` };
    const next = URL.canParse(location, target.href) ? new URL(location, target) : undefined;
    if (next === undefined || !isRedirectAllowed(target, next)) {
      return { kind: 'final', reason: `it redirects to ${location}, which is not followed` };
    }
    takeAuthorization(next);
    if (next.origin !== target.origin) headers = withoutAuthorization(headers);
    target = next;
  }
}

/** Whether a redirect is followed: never from https to anything less, and only to web servers. */
export function isRedirectAllowed(from: URL, to: URL): boolean {
  return to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:');
}

function takeAuthorization(url: URL): { authorization?: string } {
  if (url.username === '' && url.password === '') return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function withoutAuthorization<Headers extends { authorization?: string }>(headers: Headers): Headers {
  const { authorization: _, ...others } = headers;
  return others as Headers;
}
