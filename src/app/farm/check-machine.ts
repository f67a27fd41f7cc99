import { access, constants, readFile, statfs } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { readDebianPackages } from '../../build/base/debian-packages.ts';
import { readOs } from '../../build/base/machine-base.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { formatBytes } from '../../core/format-quantity.ts';
import { runProcess } from '../../core/run-process.ts';
import { readPublicKey } from '../../package/sign/key-file.ts';
import { isExpiring } from '../keys/keyring.ts';
import { readFarmKeyring } from './farm-keys.ts';
import type { Farm } from './open-farm.ts';

/** One thing that was looked at, and what to do if it is not well. */
export interface Finding {
  readonly subject: string;
  readonly state: 'ok' | 'warning' | 'error';
  readonly says: string;
  /** A command that can be typed, or a sentence. */
  readonly fix?: string;
}

const enoughBytes = 5e9;
const tools = [
  ['bwrap', 'bubblewrap', 'builds run in its sandbox'],
  ['flock', 'util-linux', 'one process at a time works on a farm'],
  ['xz', 'xz-utils', 'sources are packed with it'],
  ['bzip2', 'bzip2', 'sources are packed with it'],
  ['git', 'git', 'sources can come from it'],
] as const;

/** Looks at everything that binfarm needs of a machine, and of a farm where one is given. */
export async function checkMachine(
  farm: Farm | undefined,
  farmProblem: Finding | undefined,
): Promise<readonly Finding[]> {
  const findings = await Promise.all([
    ...tools.map(([program, packageName, why]) => checkTool(program, packageName, why)),
    checkSandbox(),
    checkSystem(),
    ...(farm === undefined ? [] : checksOfFarm(farm)),
  ]);
  return farmProblem === undefined ? findings.flat() : [...findings.flat(), farmProblem];
}

function checksOfFarm(farm: Farm): Promise<Finding | readonly Finding[]>[] {
  return [
    ...[farm.paths.folder, farm.settings.cache].map((folder) => checkSpace(folder)),
    ...farm.stack.platforms.map(({ os, compiler }) => checkPlatform(os, compiler)),
    checkExternals(farm),
    checkKey(farm),
  ];
}

async function checkTool(program: string, packageName: string, why: string): Promise<Finding> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const found = await Promise.any(
    folders.map((folder) => access(join(folder, program), constants.X_OK).then(() => folder)),
  ).catch(() => undefined);
  if (found !== undefined) return { subject: program, state: 'ok', says: join(found, program) };
  return { subject: program, state: 'error', says: `missing; ${why}`, fix: `apt-get install ${packageName}` };
}

async function checkSandbox(): Promise<Finding> {
  const argv = [
    'bwrap',
    '--unshare-all',
    '--unshare-user',
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    'true',
  ];
  const result = await runProcess(argv, { timeoutSeconds: 10 }).catch(() => undefined);
  if (result?.exitCode === 0) return { subject: 'sandbox', state: 'ok', says: 'user namespaces work' };
  const says = result?.stderr.trim().split('\n')[0] ?? 'bubblewrap cannot be run';
  const clone = await readFile('/proc/sys/kernel/unprivileged_userns_clone', 'utf8').catch(() => '1');
  const fix =
    clone.trim() === '0'
      ? 'sysctl kernel.unprivileged_userns_clone=1'
      : 'Ask the administrator to allow user namespaces';
  return { subject: 'sandbox', state: 'error', says, fix };
}

async function checkSystem(): Promise<Finding> {
  const installed = await readDebianPackages('/var/lib/dpkg').catch(() => undefined);
  const os = await readOs();
  if (installed !== undefined)
    return { subject: 'system', state: 'ok', says: `${os}, ${installed.byName.size} packages` };
  return {
    subject: 'system',
    state: 'error',
    says: `${os || 'unknown'} is not managed by dpkg`,
    fix: 'Build on Debian; packages can be used elsewhere',
  };
}

async function checkSpace(folder: string): Promise<Finding> {
  const subject = `space in ${folder}`;
  const stats = await statfs(folder).catch(() => undefined);
  if (stats === undefined) return { subject, state: 'ok', says: 'not there yet' };
  const free = stats.bavail * stats.bsize;
  const says = `${formatBytes(free)} free`;
  if (free > enoughBytes) return { subject, state: 'ok', says };
  return { subject, state: 'warning', says, fix: 'binfarm clean --dry-run' };
}

async function checkPlatform(
  os: string,
  compiler: { readonly name: string; readonly version: string },
): Promise<Finding> {
  const subject = `platform ${os} ${compiler.name}${compiler.version}`;
  const machine = await readOs();
  if (machine !== os)
    return {
      subject,
      state: 'warning',
      says: `this machine is ${machine}`,
      fix: `Build that platform on a machine with ${os}`,
    };
  const installed = await readDebianPackages('/var/lib/dpkg').catch(() => undefined);
  const wanted = [`gcc-${compiler.version}`, `g++-${compiler.version}`];
  const missing = wanted.filter((name) => !installed?.byName.has(name));
  if (missing.length === 0) return { subject, state: 'ok', says: 'the compiler is there' };
  return {
    subject,
    state: 'error',
    says: `${missing.join(', ')} missing`,
    fix: `apt-get install ${missing.join(' ')}`,
  };
}

async function checkExternals(farm: Farm): Promise<readonly Finding[]> {
  const installed = await readDebianPackages('/var/lib/dpkg').catch(() => undefined);
  return farm.stack.externals.map(({ name, packages }) => {
    const missing = packages.filter((item) => !installed?.byName.has(item));
    const subject = `external ${name}`;
    if (missing.length > 0)
      return {
        subject,
        state: 'error',
        says: `${missing.join(', ')} missing`,
        fix: `apt-get install ${missing.join(' ')}`,
      };
    return {
      subject,
      state: 'ok',
      says: packages.map((item) => `${item} ${installed?.byName.get(item)?.version}`).join(', '),
    };
  });
}

/** A key whose day has come still signs; but who uses it is told, and the farm should have another one. */
async function checkExpiry(farm: Farm): Promise<Finding> {
  const subject = 'signing key';
  const says = farm.paths.secretKey;
  const signer = await readPublicKey(farm.paths.publicKey).catch(() => undefined);
  const keyring = await readFarmKeyring(farm).catch((error: unknown) => {
    if (isFarmError(error)) return error;
    throw error;
  });
  if (isFarmError(keyring))
    return {
      subject,
      state: 'error',
      says: keyring.message,
      ...(keyring.hint === undefined ? {} : { fix: keyring.hint }),
    };
  const own = keyring.keys.find(({ key }) => key.id === signer?.id);
  if (own?.expires === undefined) return { subject, state: 'ok', says };
  const day = own.expires.slice(0, 10);
  if (!isExpiring(own, Date.now())) return { subject, state: 'ok', says: `${says}, until ${day}` };
  return { subject, state: 'warning', says: `${says} is meant to be used until ${day}`, fix: 'binfarm key rotate' };
}

async function checkKey(farm: Farm): Promise<Finding> {
  const there = await access(farm.paths.secretKey).then(
    () => true,
    () => false,
  );
  if (there) return await checkExpiry(farm);
  return {
    subject: 'signing key',
    state: 'warning',
    says: 'missing; packages cannot be signed',
    fix: 'binfarm key new',
  };
}
