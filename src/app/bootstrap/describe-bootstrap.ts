import type { Binhost } from '../../binhost/binhost.ts';
import { openBinhost } from '../../binhost/open-binhost.ts';
import { parseBinhostLocation } from '../../binhost/parse-location.ts';
import { hexOf } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { fingerprintOf, formatPublicKey, type PublicKey } from '../../package/sign/key-file.ts';
import { readTrustedKeys } from '../farm/farm-keys.ts';
import { type AppContext, openFarm } from '../farm/open-farm.ts';
import { programNotFound, readProgram, type SignedProgram, systemOf } from './read-program.ts';

/** For which machines a line is wanted. */
export interface DescribeBootstrapRequest {
  readonly farm: string;
  /** The binhost as those machines see it; the farm's own when absent. */
  readonly location?: string;
  /** Their processor, as platforms name it; this machine's when absent. */
  readonly arch?: string;
  /** The area there, as it is typed; the farm's name in the home folder when absent. */
  readonly prefix?: string;
}

/** How binfarm gets to a machine that has none. */
export interface BootstrapLine {
  readonly system: string;
  readonly version: string;
  readonly glibc: string;
  /** Of the blob. */
  readonly bytes: number;
  /** For sh, where there is curl. */
  readonly curl: string;
  /** For sh, where there is wget. */
  readonly wget: string;
  readonly fingerprint: string;
}

/** Tells the one line that puts binfarm into an area of a machine where there is neither binfarm nor Node.
 * @throws PROGRAM_NOT_FOUND, BINHOST_UNSUPPORTED where a blob has no address that curl can read; KEY_UNKNOWN, SIGNATURE_INVALID */
export async function describeBootstrap(
  request: DescribeBootstrapRequest,
  context: AppContext,
): Promise<BootstrapLine> {
  const farm = await openFarm(request.farm, context);
  const { emit, signal, settingSources } = context;
  const location = request.location ?? farm.paths.binhost;
  const options = { farm: farm.stack.farm, emit, signal, environment: settingSources.environment };
  const binhost = openBinhost(location, options);
  const trusted = await readTrustedKeys(farm);
  const system = systemOf(request.arch);
  const signed = await readProgram(binhost, { farm: farm.stack.farm, system, trusted });
  if (signed === undefined) throw programNotFound(system, location);
  const key = trusted.find(({ revoked }) => revoked === undefined)!;
  const { version, glibc, blob } = signed.program;
  const name = farm.stack.farm;
  const rest = formatRest(signed, key, { location, farm: name, prefix: request.prefix ?? `~/${name}` });
  const source = sourceOf(signed, binhost, location);
  return {
    system,
    version,
    glibc,
    bytes: blob.size,
    curl: 'path' in source ? `gzip -dc ${source.path} ${rest}` : `curl -fsSL ${source.address} | gzip -dc ${rest}`,
    wget: 'path' in source ? `gzip -dc ${source.path} ${rest}` : `wget -qO- ${source.address} | gzip -dc ${rest}`,
    fingerprint: fingerprintOf(key),
  };
}

/** Everything behind the fetching: nothing is run before its digest was compared. */
function formatRest(
  { program }: SignedProgram,
  key: PublicKey,
  { location, farm, prefix }: { readonly location: string; readonly farm: string; readonly prefix: string },
): string {
  const check = `echo '${hexOf(program.executable.digest)}  binfarm.part' | sha256sum -c -`;
  const run = `./binfarm.part bootstrap ${shQuote(prefix)} --from ${shQuote(location)} --name ${farm} --public-key ${textOf(key)}`;
  return `> binfarm.part && ${check} && chmod +x binfarm.part && ${run} && rm binfarm.part`;
}

/** The base64 of a public key's PEM, as `--public-key` takes it. */
function textOf({ key }: PublicKey): string {
  return formatPublicKey(key).replace(/-----[A-Z ]+-----|\n/g, '');
}

function sourceOf(
  { stored }: SignedProgram,
  binhost: Binhost,
  location: string,
): { readonly address: string } | { readonly path: string } {
  const parsed = parseBinhostLocation(location);
  const below = binhost.programs.blobPath(stored);
  switch (parsed.kind) {
    case 'directory':
      return { path: shQuote(`${parsed.path}/${below}`) };
    case 'web':
      return { address: shQuote(new URL(below, parsed.base).href) };
    case 'registry':
      return { address: shQuote(new URL(below, parsed.base).href) };
    case 's3':
      throw new FarmError(
        'BINHOST_UNSUPPORTED',
        `Cannot tell how to fetch binfarm from "${location}" without binfarm: requests there have to be signed`,
        { hint: 'Name the address of a web server in front of it: binfarm bootstrap line https://...' },
      );
  }
}

function shQuote(text: string): string {
  return /^[A-Za-z0-9_.,:/@%+=~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
