import { type FileHandle, open } from 'node:fs/promises';
import { translateFileError } from '../../core/translate-file-error.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';
import { digestOfPart } from './digest-of-part.ts';
import {
  type ParsedDescriptor,
  type ParsedHeader,
  parseSifDescriptor,
  parseSifHeader,
  sifInvalid,
} from './parse-sif.ts';
import { descriptorSize, headerSize, objectGroup, sifTypes } from './sif-format.ts';
import { signatureInvalid, signedDescriptorDigest, signedHeaderDigest, verifySifEnvelope } from './sif-signature.ts';

/** What is in a SIF file. */
export interface SifContents {
  readonly header: ParsedHeader;
  readonly objects: readonly ParsedDescriptor[];
}

/** A SIF file of which every byte that is used was compared with a signature. */
export interface VerifiedSif extends SifContents {
  /** The trusted key that has signed it. */
  readonly key: PublicKey;
}

const largestText = 16 << 20;

/** Reads what objects a SIF file has, without a look at the objects themselves.
 * @throws SIF_INVALID, PERMISSION_DENIED */
export async function readSif(path: string): Promise<SifContents> {
  return await withFile(path, readContents);
}

/** Reads one small object: a text, but not the file system.
 * @throws SIF_INVALID when it is too large for a text, PERMISSION_DENIED */
export async function readSifText(
  path: string,
  { offset, size }: Pick<ParsedDescriptor, 'offset' | 'size'>,
): Promise<string> {
  return await withFile(path, async (file) => (await readText(file, { offset, size })).toString('utf8'));
}

/** Checks that a trusted key has signed a SIF file as it is: all objects and nothing else.
 * @throws SIF_INVALID when it is none; SIGNATURE_INVALID when it has no signature, or its contents are not what was signed; KEY_UNKNOWN, KEY_REVOKED, PERMISSION_DENIED */
export async function verifySif(path: string, trusted: readonly PublicKey[]): Promise<VerifiedSif> {
  return await withFile(path, async (file) => {
    const contents = await readContents(file);
    const signature = contents.objects.find(
      ({ type, linkedGroup }) => isSignature(type) && linkedGroup === objectGroup,
    );
    if (signature === undefined) throw signatureInvalid('it is not signed');
    const { image, key } = verifySifEnvelope(await readText(file, signature), trusted);
    if (image.header.digest !== signedHeaderDigest(contents.header.bytes)) {
      throw signatureInvalid('its header is not the one that was signed');
    }
    const signed = contents.objects.filter(({ type }) => !isSignature(type)).toSorted((a, b) => a.id - b.id);
    if (signed.length !== image.objects.length) {
      throw signatureInvalid(`it has ${signed.length} objects, and ${image.objects.length} were signed`);
    }
    for (const [index, object] of signed.entries()) {
      const relativeId = object.id - signed[0]!.id;
      const wanted = image.objects[index]!;
      const isSame =
        object.group === objectGroup &&
        wanted.relativeId === relativeId &&
        wanted.descriptorDigest === signedDescriptorDigest(object.bytes, relativeId) &&
        wanted.objectDigest === (await digestOfPart(file, object));
      if (!isSame) throw signatureInvalid(`its object ${object.id} is not what was signed`);
    }
    return { ...contents, key };
  });
}

function isSignature(type: number): boolean {
  return type === sifTypes.signature;
}

async function readContents(file: FileHandle): Promise<SifContents> {
  const { size } = await file.stat();
  const header = parseSifHeader(await readPart(file, 0, headerSize));
  const { offset, count } = header.descriptors;
  const table = await readPart(file, offset, count * descriptorSize);
  const objects: ParsedDescriptor[] = [];
  for (let at = 0; at < table.length; at += descriptorSize) {
    const object = parseSifDescriptor(table.subarray(at, at + descriptorSize), size);
    if (object !== undefined) objects.push(object);
  }
  return { header, objects };
}

async function readText(
  file: FileHandle,
  { offset, size }: Pick<ParsedDescriptor, 'offset' | 'size'>,
): Promise<Buffer> {
  if (size > largestText) throw sifInvalid(`a text in it has ${size} bytes`);
  return await readPart(file, offset, size);
}

async function readPart(file: FileHandle, offset: number, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(bytes, done, size - done, offset + done);
    if (bytesRead === 0) throw sifInvalid('it is truncated');
    done += bytesRead;
  }
  return bytes;
}

async function withFile<Result>(path: string, work: (file: FileHandle) => Promise<Result>): Promise<Result> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw sifInvalid(`there is no file "${path}"`, error);
    throw translateFileError(error, 'read', path);
  }
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
