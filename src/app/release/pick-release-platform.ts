import { readFile } from 'node:fs/promises';
import { FarmError } from '../../core/farm-error.ts';
import { parsePlatform } from '../../model/platform.ts';
import type { Release, ReleasePlatform } from '../../model/release.ts';
import { compareVersions, parseVersion } from '../../model/version.ts';

/** What a machine can run. */
export interface Host {
  /** In the words of platform names: `x86_64`. */
  readonly arch: string;
  /** Extensions of the instruction set that the processor has: `avx2`. */
  readonly features: ReadonlySet<string>;
  /** As platform names write it: `debian12`. */
  readonly os: string;
  /** The version of the C library; undefined where it is another one. */
  readonly glibc: string | undefined;
}

/** A platform that was picked, and why. */
export interface PickedPlatform {
  readonly name: string;
  readonly reason: string;
}

/** Picks the platform of a release for a machine: one that its processor and C library can run, the machine's own system before others, then the one that
 * uses most of the processor, then `opt`.
 * @throws PLATFORM_INVALID when none can run here, with the reason for each */
export function pickReleasePlatform(release: Release, host: Host, asked: string | undefined): PickedPlatform {
  const names = Object.keys(release.platforms).filter((name) => asked === undefined || name === asked);
  const refusals = new Map(names.map((name) => [name, refuse(name, release.platforms[name]!, host)]));
  const fitting = names
    .filter((name) => refusals.get(name) === undefined)
    .sort((a, b) => rank(b, host) - rank(a, host) || (a < b ? -1 : 1));
  const [name] = fitting;
  if (name !== undefined) return { name, reason: reasonOf(name, host, asked) };
  const reasons = [...refusals].map(([platform, reason]) => `${platform}: ${reason}`);
  throw new FarmError(
    'PLATFORM_INVALID',
    `Cannot use release "${release.name}" here: ${reasons.join('; ') || `it has no platform "${asked}"`}`,
    {
      hint: `It has ${Object.keys(release.platforms).join(', ')}`,
    },
  );
}

function refuse(name: string, platform: ReleasePlatform, host: Host): string | undefined {
  const { arch, features } = parsePlatform(name);
  if (arch !== host.arch && arch !== 'all') return `this machine is ${host.arch}`;
  const missing = features.filter((feature) => !host.features.has(feature));
  if (missing.length > 0) return `the processor has no ${missing.join(', ')}`;
  const needed = newestGlibc(platform);
  if (needed === undefined) return undefined;
  if (host.glibc === undefined) return `it needs glibc ${needed}, and this machine has another C library`;
  return compareVersions(parseVersion(host.glibc), parseVersion(needed)) < 0
    ? `it needs glibc ${needed}, and this machine has ${host.glibc}`
    : undefined;
}

function newestGlibc({ packages }: ReleasePlatform): string | undefined {
  return Object.values(packages)
    .flatMap(({ glibc }) => (glibc === undefined ? [] : [parseVersion(glibc)]))
    .sort(compareVersions)
    .at(-1);
}

function rank(name: string, host: Host): number {
  const { os, features, buildType } = parsePlatform(name);
  return (os === host.os ? 1000 : 0) + features.length * 10 + (buildType === 'opt' ? 1 : 0);
}

function reasonOf(name: string, host: Host, asked: string | undefined): string {
  if (asked !== undefined) return 'you ask for it';
  const { os, features } = parsePlatform(name);
  const system =
    os === host.os ? `this machine is ${os}` : `nothing is built for ${host.os}, and its C library can run it`;
  return features.length === 0 ? system : `${system}, and its processor has ${features.join(', ')}`;
}

/** A release without the platforms that a binhost has no packages of; all of them without a list. */
export function limitPlatforms(release: Release, offered: readonly string[] | undefined): Release {
  if (offered === undefined) return release;
  const platforms = Object.entries(release.platforms).filter(([name]) => offered.includes(name));
  return { ...release, platforms: Object.fromEntries(platforms) };
}

/** Looks at this machine. */
export async function readHost(os: string): Promise<Host> {
  const cpuinfo = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const flags = /^(?:flags|Features)\s*: (.*)$/m.exec(cpuinfo)?.[1]?.split(' ') ?? [];
  const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return {
    arch: { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch,
    features: new Set(flags.map((flag) => flag.replace('_', '.')).concat(flags)),
    os,
    glibc: report.header.glibcVersionRuntime,
  };
}
