// damage.ts — what can happen to the files of a part, from a seed: bytes change, files end early, are exchanged or gone.

import type { Random } from '../../src/base/random.ts';
import { Arena } from '../../src/kernels/arena.ts';
import { kernelRuntime } from '../../src/kernels/runtime.ts';
import { BlockCompressor } from '../../src/parts/compressed-block.ts';
import { decodeChecksums, encodeChecksums, hashOfFile } from '../../src/parts/checksums-file.ts';
import { type FileBytes, plainContent } from './plain-part-reader.ts';

/** What was done, in words, and the files after it. */
export type Damaged = { readonly what: string; readonly files: FileBytes };

const CHECKSUMS = 'checksums.txt';
const HASH_BYTES = 16;
const HEADER_BYTES = 9;

/** Damage that checksums can tell. */
export function damage(files: FileBytes, random: Random): Damaged {
  const name = random.pick([...files.keys()]);
  const bytes = files.get(name)!;
  const kind = random.int(20);
  if (kind === 0)
    return { what: `${name} is gone`, files: new Map([...files].filter(([each]) => each !== name)) };
  if (kind <= 2) {
    const other = random.pick([...files.keys()]);
    return {
      what: `${name} and ${other} exchanged`,
      files: new Map([...files, [name, files.get(other)!], [other, bytes]]),
    };
  }
  if (kind <= 4) {
    const keptBytes = random.int(bytes.length + 1);
    return {
      what: `${name} ends at ${keptBytes}`,
      files: new Map([...files, [name, bytes.subarray(0, keptBytes)]]),
    };
  }
  const { edited, how } = edit(bytes, random);
  return { what: `${name}: ${how}`, files: new Map([...files, [name, edited]]) };
}

/** Damage below the checksums: a file changes, and the hashes of its blocks and of the file are those of the change. */
export function damageBelowChecksums(files: FileBytes, random: Random): Damaged {
  const name = random.pick([...files.keys()].filter((each) => each !== CHECKSUMS && each !== 'columns.txt'));
  const bytes = files.get(name)!;
  const isCompressed = name.endsWith('.bin');
  if (!isCompressed || bytes.length === 0) {
    const { edited, how } = edit(bytes, random);
    return { what: `${name}, hashed again: ${how}`, files: hashedAgain(files, name, edited) };
  }
  if (random.chance(0.6)) {
    const { edited, how } = edit(plainContent(bytes), random);
    return { what: `content of ${name}: ${how}`, files: withContent(files, name, () => edited) };
  }
  if (random.chance(0.2)) {
    const content = plainContent(bytes);
    const cut = 1 + random.int(content.length);
    return { what: `${name} in blocks of ${cut}`, files: hashedAgain(files, name, compressed(content, cut)) };
  }
  const { edited, how } = editBlock(bytes, random);
  return { what: `a block of ${name}: ${how}`, files: hashedAgain(files, name, edited) };
}

type Edit = { readonly edited: Buffer; readonly how: string };

/** One of the small changes; at least one byte differs where that is possible. */
function edit(bytes: Buffer, random: Random): Edit {
  const at = random.int(Math.max(1, bytes.length));
  const copy = Buffer.from(bytes);
  switch (bytes.length === 0 ? 4 : random.int(7)) {
    case 0:
      copy[at]! ^= 1 << random.int(8);
      return { edited: copy, how: `a bit at ${at}` };
    case 1:
      copy[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.int(256)]);
      return { edited: copy, how: `byte ${at} is ${copy[at]}` };
    case 2: {
      const end = Math.min(copy.length, at + 1 + random.int(16));
      copy.fill(random.pick([0, 0xff]), at, end);
      return { edited: copy, how: `bytes ${at} to ${end} are ${copy[at]}` };
    }
    case 3: {
      const other = random.int(bytes.length);
      [copy[at], copy[other]] = [copy[other]!, copy[at]!];
      return { edited: copy, how: `bytes ${at} and ${other} exchanged` };
    }
    case 4: {
      const added = Buffer.from(random.bytes(1 + random.int(30)));
      return {
        edited: Buffer.concat([copy.subarray(0, at), added, copy.subarray(at)]),
        how: `${added.length} bytes more at ${at}`,
      };
    }
    case 5: {
      const end = Math.min(copy.length, at + 1 + random.int(30));
      return {
        edited: Buffer.concat([copy.subarray(0, at), copy.subarray(end)]),
        how: `bytes ${at} to ${end} missing`,
      };
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
      if (copy.length < 8) return { edited: Buffer.alloc(copy.length, 0xff), how: 'all bytes are 255' };
      const place = Math.min(copy.length - 8, at - (at % 8));
      copy.writeBigUInt64LE(number, place);
      return { edited: copy, how: `${number} at ${place}` };
    }
  }
}

/** The files with other content of a compressed one, in one block, with marks and hashes that fit. */
export function withContent(files: FileBytes, name: string, change: (content: Buffer) => Buffer): FileBytes {
  const content = change(plainContent(files.get(name)!));
  const bytes = compressed(content, Math.max(1, content.length));
  const marksName = name.replace(/bin$/, 'mrk2');
  const marks = inOneBlock(files.get(marksName)!, files.get(name)!, bytes.length);
  return hashedAgain(hashedAgain(files, name, bytes), marksName, marks);
}

/** Marks of a file of any blocks as marks of one block with the same content. */
function inOneBlock(marks: Buffer, blocks: Buffer, sizeBytes: number): Buffer {
  const starts = new Map([[0, 0]]);
  let content = 0;
  for (let at = 0; at < blocks.length; starts.set(at, content)) {
    content += blocks.readUInt32LE(at + 21);
    at += HASH_BYTES + blocks.readUInt32LE(at + 17);
  }
  const moved = Buffer.from(marks);
  for (let at = 0; at < marks.length - 24; at += 24) {
    const start = starts.get(Number(marks.readBigUInt64LE(at)))!;
    moved.writeBigUInt64LE(0n, at);
    moved.writeBigUInt64LE(BigInt(start) + marks.readBigUInt64LE(at + 8), at + 8);
  }
  moved.writeBigUInt64LE(BigInt(sizeBytes), marks.length - 24);
  moved.writeBigUInt64LE(0n, marks.length - 16);
  return moved;
}

/** In blocks of `cut` bytes. */
function compressed(edited: Buffer, cut: number): Buffer {
  const arena = new Arena();
  try {
    const compressor = new BlockCompressor(arena);
    const source = arena.take(edited);
    const frames: Buffer[] = [];
    for (let at = 0; at < edited.length; at += cut)
      frames.push(
        Buffer.from(compressor.compress(source.byteOffset + at, Math.min(cut, edited.length - at))),
      );
    return Buffer.concat(frames);
  } finally {
    arena.release();
  }
}

/** Changes header or payload of a block, and hashes it again. */
function editBlock(bytes: Buffer, random: Random): Edit {
  const starts: number[] = [];
  for (let at = 0; at < bytes.length; at += HASH_BYTES + bytes.readUInt32LE(at + HASH_BYTES + 1))
    starts.push(at);
  const start = random.pick(starts);
  const end = start + HASH_BYTES + bytes.readUInt32LE(start + HASH_BYTES + 1);
  const body = bytes.subarray(start + HASH_BYTES, end);
  const isHeader = random.chance(0.4);
  const part = isHeader ? body.subarray(0, HEADER_BYTES) : body.subarray(HEADER_BYTES);
  const { edited, how } = edit(part, random);
  const changed = isHeader
    ? Buffer.concat([edited, body.subarray(HEADER_BYTES)])
    : Buffer.concat([body.subarray(0, HEADER_BYTES), edited]);
  // Mostly the size in the header stays that of the block.
  if (changed.length >= HEADER_BYTES && random.chance(0.8)) changed.writeUInt32LE(changed.length, 1);
  const whole = Buffer.concat([bytes.subarray(0, start), cityHash128(changed), changed, bytes.subarray(end)]);
  return { edited: whole, how: `${isHeader ? 'header' : 'payload'} ${how}` };
}

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
function hashedAgain(files: FileBytes, name: string, bytes: Buffer): FileBytes {
  const checksums = new Map(decodeChecksums(files.get(CHECKSUMS)!, CHECKSUMS));
  const before = checksums.get(name);
  if (!before) return new Map([...files, [name, bytes]]);
  let { decompressed } = before;
  try {
    const content = decompressed && plainContent(bytes);
    decompressed = content && { sizeBytes: content.length, hash: hashOfFile(content) };
  } catch {
    // What cannot be decompressed keeps the size it had.
  }
  checksums.set(name, { sizeBytes: bytes.length, hash: hashOfFile(bytes), decompressed });
  return new Map([...files, [name, bytes], [CHECKSUMS, encodeChecksums(checksums)]]);
}
