import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../src/core/digest-text.ts';
import { freePort, type ServerProgram, startServer } from './start-server.ts';

/** Debian's docker-registry on this machine. */
export interface DockerRegistry extends ServerProgram {
  /** Host and port. */
  readonly host: string;
  /** The file that has a blob, for all repositories together. */
  readonly blobPath: (digest: Digest) => string;
}

/** Where a registry gets its tokens from, as its configuration wants it. */
export interface TokenAuthentication {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** The path of the certificate that tokens are signed with. */
  readonly rootcertbundle: string;
}

/** Starts docker-registry in a folder; with `auth` it wants tokens. */
export async function startDockerRegistry(
  folder: string,
  options: { readonly auth?: TokenAuthentication } = {},
): Promise<DockerRegistry> {
  const host = `127.0.0.1:${await freePort()}`;
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: data },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: host, secret: 'a secret of this test' },
    ...(options.auth === undefined ? {} : { auth: { token: options.auth } }),
  };
  const path = join(folder, 'registry.yml');
  writeFileSync(path, JSON.stringify(config));
  const server = await startServer(['docker-registry', 'serve', path], `http://${host}/v2/`);
  return {
    ...server,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
    host,
    blobPath: (digest) => {
      const hex = digest.slice('sha256:'.length);
      return join(data, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    },
  };
}
