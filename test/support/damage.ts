// damage.ts — what can happen to the files of a part, from a seed: bytes change, files end early, are exchanged or gone.

import type { Random } from '../../src/base/random.ts';
import { Arena } from '../../src/kernels/arena.ts';
import { kernelRuntime } from '../../src/kernels/runtime.ts';
import type { CodecChain } from '../../src/parts/codec.ts';
import { BlockCompressor, decompressAll, frameSizeBytes } from '../../src/parts/compressed-block.ts';
import { decodeChecksums, encodeChecksums, hashOfFile } from '../../src/parts/checksums-file.ts';
import type { FileBytes } from './plain-part-reader.ts';

/** What was done, in words, the files after it, and which of them are others than before. */
export type Damaged = { readonly what: string; readonly files: FileBytes; readonly names: readonly string[] };

const CHECKSUMS = 'checksums.txt';
const HASH_BYTES = 16;
const HEADER_BYTES = 9;
/** Enough for the files of any part here. */
const MAX_CONTENT_BYTES = 64 * 1024 * 1024;

/** Damage that checksums can tell. */
export function damage(files: FileBytes, random: Random): Damaged {
  const name = random.pick([...files.keys()]);
  const bytes = files.get(name)!;
  const kind = random.int(20);
  if (kind === 0) {
    const left = new Map([...files].filter(([each]) => each !== name));
    return { what: `${name} is gone`, files: left, names: [name] };
  }
  if (kind <= 2) {
    const other = random.pick([...files.keys()]);
    const changed = new Map([...files, [name, files.get(other)!], [other, bytes]]);
    return { what: `${name} and ${other} exchanged`, files: changed, names: [name, other] };
  }
  if (kind <= 4) {
    const keptBytes = random.int(bytes.length + 1);
    const changed = new Map([...files, [name, bytes.subarray(0, keptBytes)]]);
    return { what: `${name} ends at ${keptBytes}`, files: changed, names: [name] };
  }
  const { edited, how } = edit(bytes, random);
  return { what: `${name}: ${how}`, files: new Map([...files, [name, edited]]), names: [name] };
}

/** Damage below the checksums: a file changes, and the hashes of its blocks and of the file are those of the change. */
export function damageBelowChecksums(files: FileBytes, random: Random): Damaged {
  const checksums = decodeChecksums(files.get(CHECKSUMS)!, CHECKSUMS);
  const name = random.pick([...checksums.keys()]);
  const bytes = files.get(name)!;
  const isCompressed = checksums.get(name)!.decompressed !== undefined;
  if (!isCompressed || bytes.length === 0) {
    const { edited, how } = edit(bytes, random);
    return { what: `${name}, hashed again: ${how}`, files: hashedAgain(files, name, edited), names: [name] };
  }
  if (random.chance(0.6)) return editContent(files, name, random);
  if (random.chance(0.2) && !isMarks(name)) {
    const content = contentOf(bytes);
    const cut = 1 + random.int(content.length);
    const changed = hashedAgain(files, name, compressed(content, cut));
    return { what: `${name} in blocks of ${cut}`, files: changed, names: [name] };
  }
  const { edited, how } = editBlock(bytes, random);
  return { what: `a block of ${name}: ${how}`, files: hashedAgain(files, name, edited), names: [name] };
}

type Edit = { readonly edited: Buffer; readonly how: string; readonly at: number };

/** One of the small changes; at least one byte differs where that is possible. */
function edit(bytes: Buffer, random: Random): Edit {
  const at = random.int(Math.max(1, bytes.length));
  const copy = Buffer.from(bytes);
  switch (bytes.length === 0 ? 4 : random.int(7)) {
    case 0:
      copy[at]! ^= 1 << random.int(8);
      return { edited: copy, how: `a bit at ${at}`, at };
    case 1:
      copy[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.int(256)]);
      return { edited: copy, how: `byte ${at} is ${copy[at]}`, at };
    case 2: {
      const end = Math.min(copy.length, at + 1 + random.int(16));
      copy.fill(random.pick([0, 0xff]), at, end);
      return { edited: copy, how: `bytes ${at} to ${end} are ${copy[at]}`, at };
    }
    case 3: {
      const other = random.int(bytes.length);
      [copy[at], copy[other]] = [copy[other]!, copy[at]!];
      return { edited: copy, how: `bytes ${at} and ${other} exchanged`, at };
    }
    case 4: {
      const added = Buffer.from(random.bytes(1 + random.int(30)));
      const edited = Buffer.concat([copy.subarray(0, at), added, copy.subarray(at)]);
      return { edited, how: `${added.length} bytes more at ${at}`, at };
    }
    case 5: {
      const end = Math.min(copy.length, at + 1 + random.int(30));
      const edited = Buffer.concat([copy.subarray(0, at), copy.subarray(end)]);
      return { edited, how: `bytes ${at} to ${end} missing`, at };
    }
    default: {
      // A number, as sizes, counts and marks are.
      const number = random.pick([
        0n,
        1n,
        0xffn,
        0xffffn,
        0x7fff_ffffn,
        0xffff_ffffn,
        2n ** 32n,
        2n ** 63n - 1n,
        2n ** 64n - 1n,
      ]);
      if (copy.length < 8)
        return { edited: Buffer.alloc(copy.length, 0xff), how: 'all bytes are 255', at: 0 };
      const place = Math.min(copy.length - 8, at - (at % 8));
      copy.writeBigUInt64LE(number, place);
      return { edited: copy, how: `${number} at ${place}`, at: place };
    }
  }
}

/** Changes what one block of a file decompresses to; marks still point to the blocks behind it. */
function editContent(files: FileBytes, name: string, random: Random): Damaged {
  const blocks = blocksOf(files.get(name)!);
  const block = random.int(blocks.length);
  const before = contentOf(blocks[block]!);
  const { edited, how, at } = edit(before, random);
  const what = `content of block ${block} of ${name}: ${how}`;
  return { what, files: withBlock(files, name, block, { before, edited, at }), names: [name] };
}

/** The files with other content of a compressed one, in one block, with marks and hashes that fit. */
export function withContent(files: FileBytes, name: string, change: (content: Buffer) => Buffer): FileBytes {
  const starts = new Map<number, number>();
  let [at, contentAt] = [0, 0];
  for (const block of blocksOf(files.get(name)!)) {
    starts.set(at, contentAt);
    at += block.length;
    contentAt += contentOf(block).length;
  }
  const content = change(contentOf(files.get(name)!));
  const bytes = compressed(content, Math.max(1, content.length));
  const move = ({ block, offset }: Position): Position => {
    const start = starts.get(block);
    return start === undefined ? { block: bytes.length, offset } : { block: 0, offset: start + offset };
  };
  return hashedAgain(withMarks(files, name, move), name, bytes);
}

/** What a block held, what it is to hold, and from where on they differ. */
type Change = { readonly before: Buffer; readonly edited: Buffer; readonly at: number };

function withBlock(
  files: FileBytes,
  name: string,
  index: number,
  { before, edited, at }: Change,
  chain?: CodecChain,
): FileBytes {
  const blocks = blocksOf(files.get(name)!);
  const start = blocks.slice(0, index).reduce((total, { length }) => total + length, 0);
  const block = compressed(edited, Math.max(1, edited.length), chain);
  const grownBlock = block.length - blocks[index]!.length;
  const grownContent = edited.length - before.length;
  const move = (position: Position): Position => ({
    block: position.block > start ? position.block + grownBlock : position.block,
    offset:
      position.block === start && position.offset > at ? position.offset + grownContent : position.offset,
  });
  const moved = withMarks(files, name, move);
  return hashedAgain(
    moved,
    name,
    Buffer.concat([...blocks.slice(0, index), block, ...blocks.slice(index + 1)]),
  );
}

type Position = { readonly block: number; readonly offset: number };

const marksExtensions = ['.mrk', '.mrk2', '.mrk3', '.mrk4', '.cmrk', '.cmrk2', '.cmrk3', '.cmrk4'];
const isMarks = (name: string): boolean => marksExtensions.some((extension) => name.endsWith(extension));

/** The files with the positions of a data file's marks moved. */
function withMarks(files: FileBytes, dataName: string, move: (position: Position) => Position): FileBytes {
  const stem = dataName.replace(/\.[^.]+$/, '');
  const name = marksExtensions.map((extension) => stem + extension).find((each) => files.has(each));
  if (!name || name === dataName) return files;
  const isCompressed = name.includes('.cmrk');
  const marks = isCompressed ? contentOf(files.get(name)!) : Buffer.from(files.get(name)!);
  for (const at of positionsIn(marks, name)) {
    const position = {
      block: Number(marks.readBigUInt64LE(at)),
      offset: Number(marks.readBigUInt64LE(at + 8)),
    };
    const { block, offset } = move(position);
    marks.writeBigUInt64LE(BigInt(block), at);
    marks.writeBigUInt64LE(BigInt(Math.max(0, offset)), at + 8);
  }
  return hashedAgain(files, name, isCompressed ? compressed(marks, 65_536) : marks);
}

/** Where positions stand in the content of a file of marks: pairs, and behind some of them a number of rows. */
function positionsIn(marks: Buffer, name: string): number[] {
  if (/\.c?mrk$/.test(name)) return Array.from({ length: marks.length / 16 }, (_, i) => i * 16);
  if (name.endsWith('mrk2')) return Array.from({ length: marks.length / 24 }, (_, i) => i * 24);
  // The last mark of a Compact part: all positions are its end, and 0 rows.
  let recordBytes = 24;
  const word = (at: number): bigint => marks.readBigUInt64LE(marks.length - at);
  while (
    recordBytes + 16 <= marks.length &&
    word(recordBytes + 16) === word(24) &&
    word(recordBytes + 8) === 0n
  )
    recordBytes += 16;
  const positions: number[] = [];
  for (let record = 0; record < marks.length; record += recordBytes)
    for (let at = record; at < record + recordBytes - 8; at += 16) positions.push(at);
  return positions;
}

/** The files with the blocks of a compressed one made again by other codecs. */
export function withCodecs(files: FileBytes, name: string, chain: CodecChain): FileBytes {
  let changed = files;
  for (const [i, block] of blocksOf(files.get(name)!).entries()) {
    const content = contentOf(block);
    changed = withBlock(changed, name, i, { before: content, edited: content, at: 0 }, chain);
  }
  return changed;
}

/** In blocks of `cut` bytes. */
function compressed(content: Buffer, cut: number, chain?: CodecChain): Buffer {
  const arena = new Arena();
  try {
    const compressor = new BlockCompressor(arena);
    const source = arena.take(content);
    const frames: Buffer[] = [];
    for (let at = 0; at < content.length; at += cut)
      frames.push(
        Buffer.from(compressor.compress(source.byteOffset + at, Math.min(cut, content.length - at), chain)),
      );
    return Buffer.concat(frames);
  } finally {
    arena.release();
  }
}

/** Changes header or payload of a block, and hashes it again. */
function editBlock(bytes: Buffer, random: Random): Edit {
  const blocks = blocksOf(bytes);
  const index = random.int(blocks.length);
  const body = blocks[index]!.subarray(HASH_BYTES);
  const isHeader = random.chance(0.4);
  const part = isHeader ? body.subarray(0, HEADER_BYTES) : body.subarray(HEADER_BYTES);
  const { edited, how, at } = edit(part, random);
  const changed = isHeader
    ? Buffer.concat([edited, body.subarray(HEADER_BYTES)])
    : Buffer.concat([body.subarray(0, HEADER_BYTES), edited]);
  // Mostly the size in the header stays that of the block.
  if (changed.length >= HEADER_BYTES && random.chance(0.8)) changed.writeUInt32LE(changed.length, 1);
  blocks[index] = Buffer.concat([cityHash128(changed), changed]);
  return { edited: Buffer.concat(blocks), how: `${isHeader ? 'header' : 'payload'} ${how}`, at };
}

/** The blocks of a whole file. */
function blocksOf(bytes: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += blocks.at(-1)!.length)
    blocks.push(bytes.subarray(at, at + frameSizeBytes(bytes.subarray(at))));
  return blocks;
}

const contentOf = (bytes: Buffer): Buffer => decompressAll(bytes, 'a file', MAX_CONTENT_BYTES);

function cityHash128(bytes: Buffer): Buffer {
  const arena = new Arena();
  try {
    const [source, hash] = [arena.take(bytes), arena.bytes(HASH_BYTES)];
    kernelRuntime().kernels.cityHash128(source.byteOffset, bytes.length, hash.byteOffset);
    return Buffer.from(hash);
  } finally {
    arena.release();
  }
}

/** The files with other bytes for one of them, and an entry in checksums.txt that fits. */
export function hashedAgain(files: FileBytes, name: string, bytes: Buffer): FileBytes {
  const checksums = new Map(decodeChecksums(files.get(CHECKSUMS)!, CHECKSUMS));
  const before = checksums.get(name);
  if (!before) return new Map([...files, [name, bytes]]);
  let { decompressed } = before;
  try {
    const content = decompressed && contentOf(bytes);
    decompressed = content && { sizeBytes: content.length, hash: hashOfFile(content) };
  } catch {
    // What cannot be decompressed keeps the size it had.
  }
  checksums.set(name, { sizeBytes: bytes.length, hash: hashOfFile(bytes), decompressed });
  return new Map([...files, [name, bytes], [CHECKSUMS, encodeChecksums(checksums)]]);
}
