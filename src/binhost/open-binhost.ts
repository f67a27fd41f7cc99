import { statSync } from 'node:fs';
import type { Emit } from '../core/events.ts';
import { FarmError } from '../core/farm-error.ts';
import { redactSecrets } from '../core/redact-secrets.ts';
import { createAuthorizer } from './auth/create-authorizer.ts';
import type { CredentialEnvironment } from './auth/credentials.ts';
import type { Binhost } from './binhost.ts';
import type { BinhostEvent } from './binhost-events.ts';
import { openBundleBinhost } from './bundle/open-bundle-binhost.ts';
import { createBinhost } from './create-binhost.ts';
import type { Depot } from './depot.ts';
import { openDirectoryBinhost } from './open-directory-binhost.ts';
import { type BinhostLocation, parseBinhostLocation } from './parse-location.ts';
import { openRegistryDepot } from './registry/open-registry-depot.ts';
import { defaultUploadLimits, type UploadLimits } from './registry/upload-blob.ts';
import { openS3Tree } from './s3/open-s3-tree.ts';
import { createTreeDepot } from './tree/create-tree-depot.ts';
import { openWebTree } from './web/open-web-tree.ts';
import { defaultPatience, type Patience, type RetryContext } from './web/patience.ts';
import { createWebClient } from './web/web-client.ts';

/** How a binhost is opened. */
export interface OpenBinhostOptions {
  /** The farm whose packages are meant. */
  readonly farm: string;
  readonly emit?: Emit<BinhostEvent>;
  readonly signal?: AbortSignal;
  /** Where credentials are looked for; the process's own when absent. */
  readonly environment?: CredentialEnvironment;
  readonly patience?: Partial<Patience>;
  readonly uploads?: Partial<UploadLimits>;
  /** In [0, 1), for the jitter of pauses. */
  readonly random?: () => number;
  /** Milliseconds; the clock when absent. */
  readonly now?: () => number;
}

/** Opens a binhost by its location, see `parseBinhostLocation`. Nothing is asked of it before it is used.
 * @throws BINHOST_INVALID */
export function openBinhost(location: string, options: OpenBinhostOptions): Binhost {
  const parsed = parseBinhostLocation(location);
  if (parsed.kind === 'directory') return openLocalBinhost(parsed.path, options.farm);
  return createBinhost(openDepot(location, parsed, options), options.farm);
}

/** Opens a registry by its location, for whatever is in it beside packages.
 * @throws BINHOST_INVALID when it is another kind of place */
export function openRegistry(location: string, options: Omit<OpenBinhostOptions, 'farm'>): Depot {
  const parsed = parseBinhostLocation(location);
  if (parsed.kind === 'registry') return openDepot(location, parsed, { ...options, farm: '' });
  throw new FarmError(
    'BINHOST_INVALID',
    `Cannot use "${redactSecrets(location)}" as a registry: it is another kind of place`,
    {
      hint: 'A registry is oci://host/path',
    },
  );
}

/** A folder, which need not exist yet, or the file of a bundle. */
function openLocalBinhost(path: string, farm: string): Binhost {
  return isFile(path) ? openBundleBinhost(path, farm) : openDirectoryBinhost(path, farm);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // whoever reads it says why it cannot be read
  }
}

function openDepot(
  location: string,
  parsed: Exclude<BinhostLocation, { kind: 'directory' }>,
  options: OpenBinhostOptions,
): Depot {
  const context: RetryContext = {
    location,
    patience: { ...defaultPatience, ...options.patience },
    emit: options.emit ?? (() => {}),
    random: options.random ?? Math.random,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const environment = options.environment ?? process.env;
  switch (parsed.kind) {
    case 'web': {
      const { base } = parsed;
      // Packages are signed: what somebody on the way changes is refused. Credentials only ever go over https.
      const web = { ...context, origin: base.origin, allowPlain: true };
      const authorizer = createAuthorizer({
        ...web,
        host: base.host,
        path: base.pathname,
        environment,
        allowPlain: false,
      });
      const isSafe = base.protocol === 'https:';
      const client = createWebClient({ ...web, ...(isSafe ? { authorizer } : {}) });
      return createTreeDepot(openWebTree(client, base), 'it is a web server, which can only be read');
    }
    case 'registry': {
      const { base, host, prefix, allowPlain } = parsed;
      const web = { ...context, origin: base.origin, allowPlain };
      const authorizer = createAuthorizer({ ...web, host, path: prefix, environment });
      const place = { client: createWebClient({ ...web, authorizer }), base, prefix };
      return openRegistryDepot(place, { ...defaultUploadLimits, ...options.uploads });
    }
    case 's3':
      return createTreeDepot(openS3Tree(parsed, environment, { ...context, now: options.now ?? Date.now }));
  }
}
