import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { FarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { type BundleFacts, parseBundleFacts } from '../../model/bundle.ts';
import type { Binhost } from '../binhost.ts';
import { createBinhost } from '../create-binhost.ts';
import { createTreeDepot } from '../tree/create-tree-depot.ts';
import type { ObjectTree } from '../tree/object-tree.ts';
import { type BundleMember, bundleInvalid, readBundleMembers } from './bundle-members.ts';

/** The member that has what a bundle says of itself. */
export const factsMember = 'bundle.json';

const largestFacts = 1 << 20;

/** What is known of a bundle before anything in it is believed. */
export interface BundleContents {
  readonly facts: BundleFacts;
  /** The public keys that it brings, in PEM; whether to believe them is for the user to say. */
  readonly keys: readonly { readonly id: string; readonly pem: string }[];
}

/** Opens a bundle as a binhost that can be read: one release of one farm, and the packages that it has of it. */
export function openBundleBinhost(path: string, farm: string): Binhost {
  const binhost = createBinhost(createTreeDepot(openBundleTree(path), 'it is a bundle, which can only be read'), farm);
  return { ...binhost, offers: async () => (await readBundleContents(path)).facts.platforms };
}

/** Reads what a bundle says of itself.
 * @throws BUNDLE_INVALID, BINHOST_INVALID */
export async function readBundleContents(path: string): Promise<BundleContents> {
  const tree = openBundleTree(path);
  const text = (await tree.read(factsMember, largestFacts))?.toString('utf8');
  if (text === undefined) throw bundleInvalid(path, `it has no ${factsMember}`);
  const parsed = parseBundleFacts(parseJson(text));
  if ('problem' in parsed) throw bundleInvalid(path, parsed.problem);
  const keys = [];
  for (const { id } of parsed.facts.keys) {
    const pem = await tree.read(keyMember(id), largestFacts);
    if (pem === undefined) throw bundleInvalid(path, `it has no key "${id}"`);
    keys.push({ id, pem: pem.toString('utf8') });
  }
  return { facts: parsed.facts, keys };
}

/** Where a bundle has a public key. */
export function keyMember(id: string): string {
  return `keys/${id}.pub`;
}

function openBundleTree(path: string): ObjectTree {
  let found: Promise<ReadonlyMap<string, BundleMember>> | undefined;
  const members = async () => {
    found ??= readBundleMembers(path);
    return await found;
  };
  return {
    location: path,
    read: async (key, limit) => {
      const member = (await members()).get(key);
      if (member === undefined) return undefined;
      if (member.size <= limit) return await readMember(path, member);
      throw bundleInvalid(path, `"${key}" is larger than it can be`);
    },
    sizeOf: async (key) => (await members()).get(key)?.size,
    open: (key, range) => streamMember(path, key, { members, ...range }),
    names: async (folder) => {
      const below = [...(await members()).keys()].filter((key) => key.startsWith(`${folder}/`));
      return [...new Set(below.map((key) => key.slice(folder.length + 1).split('/')[0]!))].toSorted();
    },
  };
}

async function readMember(path: string, { offset, size }: BundleMember): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, offset);
    if (bytesRead === size) return buffer;
  } catch (error) {
    throw translateFileError(error, 'read', path);
  } finally {
    await file.close();
  }
  throw bundleInvalid(path, 'it is truncated');
}

interface MemberRange {
  readonly members: () => Promise<ReadonlyMap<string, BundleMember>>;
  readonly size: number;
  readonly from: number;
}

async function* streamMember(path: string, key: string, { members, size, from }: MemberRange): AsyncGenerator<Buffer> {
  const member = (await members()).get(key);
  if (member === undefined) throw await memberMissing(path);
  if (member.size !== size) throw bundleInvalid(path, `"${key}" has ${member.size} bytes instead of ${size}`);
  if (from >= size) return;
  const range = { start: member.offset + from, end: member.offset + size - 1 };
  try {
    for await (const chunk of createReadStream(path, { ...range, highWaterMark: 1 << 20 })) yield chunk as Buffer;
  } catch (error) {
    throw translateFileError(error, 'read', path);
  }
}

/** What is asked for was left out, as it may be, or is of another platform. */
async function memberMissing(path: string): Promise<FarmError> {
  const { since, platforms } = (await readBundleContents(path)).facts;
  if (since === undefined) return bundleInvalid(path, `it has only the packages of ${platforms.join(', ')}`);
  return new FarmError(
    'PACKAGE_NOT_FOUND',
    `Cannot find a package in "${path}": it has only what is new since ${since.name}`,
    {
      hint: `Install release ${since.name} first, or use a bundle that was made without --since`,
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
