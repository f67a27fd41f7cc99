import { FarmError } from '../core/farm-error.ts';

/** A platform without its build type: what a stack file lists and a base is made for. */
export interface BasePlatform {
  /** The instruction set: `x86_64`, `aarch64`; `all` stands for any. */
  readonly arch: string;
  /** Extensions of the instruction set that everything may use: `avx2` of `x86_64+avx2`; sorted and distinct. */
  readonly features: readonly string[];
  /** The distribution with its version: `debian12`. */
  readonly os: string;
  /** `version` is the platform's own text, such as `12`, and empty where the name has none (`all`). */
  readonly compiler: { readonly name: string; readonly version: string };
}

/** A platform: `x86_64+avx2-debian12-gcc12-opt`, as in HSF-TN-2018-01. */
export interface Platform extends BasePlatform {
  /** The name of a build type, `opt` or `dbg` or one of the stack's own. */
  readonly buildType: string;
}

const archForm = /^([a-z][a-z0-9_]*)((?:\+[a-z0-9_.]+)*)$/;
const osForm = /^[a-z][a-z0-9_.]*$/;
const compilerForm = /^([a-z]+)([0-9]+(?:\.[0-9]+)*)?$/;
const buildTypeForm = /^[a-z][a-z0-9_]*(?:\+[a-z0-9_]+)*$/;
const maxLength = 100;

/** Parses a platform's name, arch-os-compiler-buildtype.
 * @throws PLATFORM_INVALID */
export function parsePlatform(text: string): Platform {
  const parts = splitName(text, 4, 'arch-os-compiler-buildtype, such as x86_64-debian12-gcc12-opt');
  const buildType = parts[3] ?? '';
  if (!buildTypeForm.test(buildType)) throw platformInvalid(text, `"${buildType}" cannot be a build type`);
  return { ...parseBaseParts(text, parts), buildType };
}

/** Parses the name of a platform without its build type, arch-os-compiler.
 * @throws PLATFORM_INVALID */
export function parseBasePlatform(text: string): BasePlatform {
  return parseBaseParts(text, splitName(text, 3, 'arch-os-compiler, such as x86_64-debian12-gcc12'));
}

/** Formats a platform's name as `parsePlatform` reads it. */
export function formatPlatform(platform: Platform): string {
  return `${formatBasePlatform(platform)}-${platform.buildType}`;
}

/** Formats the name of a platform without its build type. */
export function formatBasePlatform({ arch, features, os, compiler }: BasePlatform): string {
  return `${[arch, ...features].join('+')}-${os}-${compiler.name}${compiler.version}`;
}

function splitName(text: string, count: number, form: string): readonly string[] {
  const parts = text.split('-', count + 1);
  if (text.length <= maxLength && parts.length === count) return parts;
  throw platformInvalid(text.slice(0, maxLength), 'it does not have the right parts', `A platform is ${form}`);
}

function parseBaseParts(text: string, [arch = '', os = '', compiler = '']: readonly string[]): BasePlatform {
  const [, archName = '', features = ''] = archForm.exec(arch) ?? [];
  if (archName === '') throw platformInvalid(text, `"${arch}" cannot be an architecture`);
  if (!osForm.test(os)) throw platformInvalid(text, `"${os}" cannot be an operating system`);
  const [, name = '', version = ''] = compilerForm.exec(compiler) ?? [];
  if (name === '' || (version === '' && name !== 'all' && name !== 'native')) {
    throw platformInvalid(
      text,
      `"${compiler}" is not a compiler with its version`,
      'Write a compiler as gcc12 or clang16',
    );
  }
  return {
    arch: archName,
    features: [...new Set(features.split('+').slice(1))].sort(),
    os,
    compiler: { name, version },
  };
}

function platformInvalid(text: string, state: string, hint?: string): FarmError {
  return new FarmError(
    'PLATFORM_INVALID',
    `Cannot read platform "${text}": ${state}`,
    hint === undefined ? {} : { hint },
  );
}
