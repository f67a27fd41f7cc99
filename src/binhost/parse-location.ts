import { fileURLToPath } from 'node:url';
import { FarmError } from '../core/farm-error.ts';
import { redactSecrets } from '../core/redact-secrets.ts';
import { isLoopback } from './web/web-client.ts';

/** What a binhost's location says, by kind. */
export type BinhostLocation =
  | { readonly kind: 'directory'; readonly path: string }
  /** Files behind a web server; with a slash at the end. */
  | { readonly kind: 'web'; readonly base: URL }
  | {
      readonly kind: 'registry';
      /** The address of the registry, without a path. */
      readonly base: URL;
      /** As auth files name it. */
      readonly host: string;
      /** Before every repository: empty, or with a slash at the end. */
      readonly prefix: string;
      /** Plain http was asked for. */
      readonly allowPlain: boolean;
    }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** Before every key: empty, or with a slash at the end. */
      readonly prefix: string;
      readonly endpoint: URL;
      readonly region: string;
      /** Whether the bucket is part of the path, not of the host's name. */
      readonly pathStyle: boolean;
    };

/** Parses a binhost's location: a path or `file://`, `http://` and `https://` for files behind a web server, `oci://host/path` for a registry (plain http on this machine, or with
 * `oci+http://`), `s3://bucket/prefix?endpoint=...&region=...&style=path|host`.
 * @throws BINHOST_INVALID */
export function parseBinhostLocation(text: string): BinhostLocation {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    if (text === '') throw invalid(text, 'it is empty');
    return { kind: 'directory', path: text };
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw invalid(text, 'it is no address');
  if (url.username !== '' || url.password !== '') throw invalid(text, 'it has a user or a password in it', loginHint);
  if (url.hash !== '') throw invalid(text, 'it has a fragment');
  switch (scheme) {
    case 'file':
      return { kind: 'directory', path: pathOf(url, text) };
    case 'http':
    case 'https':
      return { kind: 'web', base: withSlash(url, text) };
    case 'oci':
    case 'oci+http':
    case 'oci+https':
      return registryLocation(text, scheme);
    case 's3':
      return bucketLocation(url, text);
    default:
      throw invalid(
        text,
        `"${scheme}" is no kind of binhost`,
        'Known are a path, file, http, https, oci, oci+http and s3',
      );
  }
}

const loginHint = 'Log in with "skopeo login" or "docker login" instead: binfarm uses the file that they write';

function pathOf(url: URL, text: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw invalid(text, 'it is no path on this machine');
  }
}

function withSlash(url: URL, text: string): URL {
  if (url.search !== '') throw invalid(text, 'it has a query');
  const base = new URL(url);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

/** A part of a repository's name (OCI distribution specification 1.1, "Pulling manifests"). */
const pathForm = /^(?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)?(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

function registryLocation(text: string, scheme: string): BinhostLocation {
  // Parsed as https, because URLs of unknown schemes have no ports and hosts that can be trusted.
  const rest = text.slice(text.indexOf('://'));
  const url = URL.canParse(`https${rest}`) ? new URL(`https${rest}`) : undefined;
  if (url === undefined || url.search !== '') throw invalid(text, 'it is no address of a registry');
  const path = url.pathname.replace(/^\/|\/$/g, '');
  if (!pathForm.test(path))
    throw invalid(
      text,
      'its path is no name of a repository',
      'Lower-case letters and digits, with single ".", "_", "-" or "/" between them',
    );
  const isPlain = scheme === 'oci+http' || (scheme === 'oci' && isLoopback(url.hostname));
  const host = /^:\/\/([^/]+)/.exec(rest)![1]!.toLowerCase();
  const server = ['docker.io', 'index.docker.io'].includes(host) ? 'registry-1.docker.io' : host;
  return {
    kind: 'registry',
    base: new URL(`${isPlain ? 'http' : 'https'}://${server}`),
    host,
    prefix: path === '' ? '' : `${path}/`,
    allowPlain: scheme === 'oci+http',
  };
}

function bucketLocation(url: URL, text: string): BinhostLocation {
  const bucket = url.hostname;
  const known = ['endpoint', 'region', 'style'];
  const unknown = [...url.searchParams.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid(text, `"${unknown}" is no part of it`, `Known are ${known.join(', ')}`);
  if (!/^[a-zA-Z0-9][a-zA-Z0-9.-]{1,253}[a-zA-Z0-9]$/.test(bucket)) throw invalid(text, 'it names no bucket');
  const region = url.searchParams.get('region') ?? 'us-east-1';
  const endpoint = url.searchParams.get('endpoint') ?? `https://s3.${region}.amazonaws.com`;
  if (!URL.canParse(endpoint)) throw invalid(text, 'its endpoint is no address');
  const server = new URL(endpoint);
  if (server.protocol !== 'https:' && !(server.protocol === 'http:' && isLoopback(server.hostname))) {
    throw invalid(text, 'its endpoint is not https', 'Plain http is used on this machine only');
  }
  const style = url.searchParams.get('style') ?? (url.searchParams.has('endpoint') ? 'path' : 'host');
  if (style !== 'path' && style !== 'host') throw invalid(text, 'its style is neither "path" nor "host"');
  const path = url.pathname.replace(/^\/|\/$/g, '');
  return {
    kind: 's3',
    bucket,
    prefix: path === '' ? '' : `${path}/`,
    endpoint: server,
    region,
    pathStyle: style === 'path',
  };
}

function invalid(text: string, state: string, hint?: string): FarmError {
  return new FarmError(
    'BINHOST_INVALID',
    `Cannot use "${redactSecrets(text)}" as a binhost: ${state}`,
    hint === undefined ? {} : { hint },
  );
}
