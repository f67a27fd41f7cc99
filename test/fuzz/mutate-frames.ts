import { zstdCompressSync } from 'node:zlib';
import { formatCanonicalJson } from '../../src/core/json.ts';
import { skippableFrame } from '../../src/package/archive/zstd-frame.ts';
import type { DraftFrame, DraftTail, PackageDesign } from './compose-package.ts';
import { headerFields, mutateTarHeader } from './mutate-header.ts';
import { mutateJson, type Plain } from './mutate-json.ts';
import type { Random } from './random.ts';
import type { SamplePackage } from './sample-package.ts';

/** A package whose frames, headers or tail lie. */
export interface FrameMutation {
  readonly says: string;
  readonly design: PackageDesign;
  readonly isForm: true;
  /** The lie is in what an installation leaves to the blob's digest: the table of contents and what follows it. */
  readonly inTail: boolean;
}

type FrameFault = (frames: DraftFrame[], random: Random) => readonly DraftFrame[];

const withRaw = (frames: DraftFrame[], random: Random, raw: (frame: DraftFrame) => Buffer): DraftFrame[] => {
  const index = random.below(frames.length);
  return frames.with(index, { ...frames[index]!, raw: raw(frames[index]!) });
};

/** A frame of zstd (RFC 8878) that states one size and holds so many bytes of runs, a few bytes for each 128 KiB. */
function runsFrame(stated: number, actual: number, descriptor = 0b1110_0000): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32LE(0xfd2fb528, 0);
  head[4] = descriptor;
  head.writeBigUInt64LE(BigInt(stated), 5);
  const blocks: Buffer[] = [];
  for (let left = actual; left > 0; left -= 131_072) {
    const block = Buffer.alloc(4);
    block.writeUIntLE((Math.min(left, 131_072) << 3) | 0b010 | (left <= 131_072 ? 1 : 0), 0, 3);
    blocks.push(block);
  }
  return Buffer.concat([head, ...blocks]);
}

const frameFaults: Readonly<Record<string, FrameFault>> = {
  'a frame is missing': (frames, random) => frames.toSpliced(random.below(frames.length), 1),
  'a frame twice': (frames, random) => {
    const index = random.below(frames.length);
    return frames.toSpliced(index, 0, frames[index]!);
  },
  'frames exchanged': (frames, random) => {
    const index = random.below(frames.length - 1);
    return frames.with(index, frames[index + 1]!).with(index + 1, frames[index]!);
  },
  'other content of the same size': (frames, random) => {
    const index = random.below(frames.length);
    const content = Buffer.from(frames[index]!.content);
    const place = random.below(content.length);
    content[place] = content[place]! ^ 0x20;
    return frames.with(index, { ...frames[index]!, content });
  },
  'more content than is due': (frames, random) =>
    withRaw(frames, random, ({ content }) =>
      zstdCompressSync(Buffer.concat([content, random.bytes(10)]), sized(content.length + 10)),
    ),
  'less content than is due': (frames, random) =>
    withRaw(frames, random, ({ content }) => zstdCompressSync(content.subarray(0, -1), sized(content.length - 1))),
  'a bomb that states what is due': (frames, random) =>
    withRaw(frames, random, ({ content }) => runsFrame(content.length, 2 ** 28)),
  'a bomb that states itself': (frames, random) => withRaw(frames, random, () => runsFrame(2 ** 30, 2 ** 30)),
  'a bomb that states nothing': (frames, random) => withRaw(frames, random, () => runsFrame(0, 2 ** 28, 0b0000_0000)),
  'a size beyond all numbers': (frames, random) =>
    withRaw(frames, random, () => {
      const frame = runsFrame(0, 1000);
      frame.writeBigUInt64LE(2n ** 64n - 1n, 5);
      return frame;
    }),
  'another form of frame': (frames, random) =>
    withRaw(frames, random, ({ content }) => {
      const frame = runsFrame(content.length, content.length);
      frame[4] = random.pick([0b0110_0000, 0b1110_0001, 0b1110_0100, 0b1110_1000, 0b1111_0000, 0b1100_0000]);
      return frame;
    }),
  'a block of an unknown kind': (frames, random) =>
    withRaw(frames, random, ({ content }) => {
      const frame = runsFrame(content.length, content.length);
      frame[13] = frame[13]! | 0b110;
      return frame;
    }),
  'empty blocks without end': (frames, random) =>
    withRaw(frames, random, ({ content }) => {
      const frame = runsFrame(content.length, content.length);
      return Buffer.concat([
        frame.subarray(0, 13),
        Buffer.alloc(3 * (1 + random.below(1_000_000))),
        frame.subarray(13),
      ]);
    }),
  'not compressed': (frames, random) => withRaw(frames, random, ({ content }) => content),
  'something skippable between': (frames, random) =>
    withRaw(frames, random, ({ content }) =>
      Buffer.concat([skippableFrame(random.bytes(20)), zstdCompressSync(content, sized(content.length))]),
    ),
  'runs instead of content': (frames, random) =>
    withRaw(frames, random, ({ content }) => runsFrame(content.length, content.length)),
};

function sized(size: number) {
  return { pledgedSrcSize: size };
}

function mutateHeader(frames: DraftFrame[], random: Random): { says: string; frames: readonly DraftFrame[] } {
  const headers = frames.flatMap((frame, index) =>
    frame.planned.kind === 'headers' && frame.content.length >= 1024 ? [index] : [],
  );
  const index = random.pick(headers);
  const content = Buffer.from(frames[index]!.content);
  const blocks = Array.from({ length: content.length / 512 }, (_, block) => block * 512);
  const members = blocks.filter((at) => content.toString('latin1', at + 257, at + 262) === 'ustar');
  const at = members.length > 0 ? random.pick(members) : 0;
  const field = random.pick(Object.keys(headerFields));
  mutateTarHeader(content, at, field, random);
  return { says: `header: ${field}`, frames: frames.with(index, { ...frames[index]!, content }) };
}

/** A pax record that names something else, or that counts wrongly; the header that it belongs to stays. */
function mutatePax(frames: DraftFrame[], random: Random): { says: string; frames: readonly DraftFrame[] } {
  const index = frames.findIndex(({ content }) => content.includes('././@PaxHeader'));
  const content = Buffer.from(frames[index]!.content);
  const at = content.indexOf('././@PaxHeader') + 512;
  const records = [
    '30 path=../../../canary/file\n',
    '20 size=9999999999\n',
    '99999999999 path=x\n',
    '-1 path=x\n',
    '0 =\n',
    '27 GNU.sparse.realsize=1e9\n',
    '22 linkpath=/etc/x\n',
  ];
  content.fill(0, at, at + 512);
  content.write(random.pick(records), at, 'latin1');
  return { says: 'pax header', frames: frames.with(index, { ...frames[index]!, content }) };
}

const tailFaults: Readonly<Record<string, (tail: DraftTail, random: Random) => DraftTail>> = {
  'table of contents': ({ toc, tarSplit }, random) => {
    const { entries, ...rest } = JSON.parse(toc) as { entries: Plain[] };
    const changed = mutateJson({ entries }, random).value as Plain;
    return { toc: formatCanonicalJson({ ...rest, ...changed }), tarSplit };
  },
  'tar-split': ({ toc, tarSplit }, random) => {
    const lines = tarSplit.split('\n');
    const index = random.below(lines.length - 1);
    return {
      toc,
      tarSplit: random.oneIn(2)
        ? lines.toSpliced(index, 1).join('\n')
        : lines.with(index, '{"type":2,"payload":"AAAA"}').join('\n'),
    };
  },
  'a table of contents that is a bomb': ({ tarSplit }) => ({ toc: ' '.repeat(2 ** 27), tarSplit }),
  'a tar-split that is a bomb': ({ toc }) => ({ toc, tarSplit: '\n'.repeat(2 ** 27) }),
};

const byteFaults: Readonly<Record<string, (frames: Buffer, tail: Buffer, random: Random) => Buffer>> = {
  'no tail': (frames) => frames,
  'the tail twice': (frames, tail) => Buffer.concat([frames, tail, tail]),
  'a tail only': (_, tail) => tail,
  'a footer that points elsewhere': (frames, tail, random) => {
    const changed = Buffer.from(tail);
    changed.writeBigUInt64LE(random.pick([0n, 1n, 2n ** 63n, 2n ** 64n - 1n]), tail.length - 64 + 8 * random.below(7));
    return Buffer.concat([frames, changed]);
  },
  'a skippable part that states gigabytes': (frames, tail, random) => {
    const changed = Buffer.from(tail);
    changed.writeUInt32LE(random.pick([0xffffffff, 0x7fffffff, 0x10000000, 0]), 4);
    return Buffer.concat([frames, changed]);
  },
};

/** Makes a package that is wrong below or beside its manifest. */
export function mutateFrames(sample: SamplePackage, random: Random): FrameMutation {
  const base = { manifest: sample.manifest, contents: sample.contents };
  const isForm = true as const;
  const kind = random.below(8);
  if (kind === 0) {
    const says = random.pick(Object.keys(tailFaults));
    return {
      says: `tail: ${says}`,
      design: { ...base, tail: (tail) => tailFaults[says]!(tail, random) },
      inTail: true,
      isForm,
    };
  }
  if (kind === 1) {
    const says = random.pick(Object.keys(byteFaults));
    const inTail = says !== 'a tail only';
    return {
      says: `tail: ${says}`,
      design: { ...base, bytes: (frames, tail) => byteFaults[says]!(frames, tail, random) },
      inTail,
      isForm,
    };
  }
  if (kind <= 3) {
    const change = kind === 2 ? mutatePax : mutateHeader;
    let said = 'header';
    const frames = (all: readonly DraftFrame[]) => {
      const changed = change([...all], random);
      said = changed.says;
      return changed.frames;
    };
    return {
      get says() {
        return said;
      },
      design: { ...base, frames },
      inTail: false,
      isForm,
    };
  }
  const says = random.pick(Object.keys(frameFaults));
  return {
    says: `frame: ${says}`,
    design: { ...base, frames: (frames) => frameFaults[says]!([...frames], random) },
    inTail: false,
    isForm,
  };
}
