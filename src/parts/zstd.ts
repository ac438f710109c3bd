// zstd.ts — ZSTD frames (RFC 8878), decoded by the package fzstd, which Node itself can do from 22.15 on only.
//
// Keeps true: a frame is walked through before it is decoded, so that no window is allocated that its content does not
// need, and no second frame follows; it gives exactly the bytes asked for, or the block counts as damaged.

import { Decompress } from 'fzstd';

const MAGIC = 0xfd2f_b528;
const MAX_BLOCK_BYTES = 131_072;
/** Every decoder is expected to take this much, whatever the size of the content. */
const USUAL_WINDOW_BYTES = 8_388_608;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

type FrameHeader = { readonly sizeBytes: number; readonly hasChecksum: boolean };

/** Decodes `source`, one frame, into `target`. False when it is damaged, or gives another number of bytes. */
export function zstdDecompress(source: Buffer, target: Uint8Array): boolean {
  try {
    const header = frameHeader(source, target.length);
    if (header === undefined || blocksEnd(source, header) !== source.length) return false;
    return decode(source, target) === target.length;
  } catch {
    // Whatever the decoder stumbles over, the frame is what is wrong.
    return false;
  }
}

/** How many bytes the frame gives; it throws once they are more than the target's. */
function decode(source: Buffer, target: Uint8Array): number {
  let sizeBytes = 0;
  const decoder = new Decompress((piece) => {
    target.set(piece, sizeBytes);
    sizeBytes += piece.length;
  });
  decoder.push(source, true);
  return sizeBytes;
}

/** Undefined for what is no frame, needs a dictionary or too large a window, or names another size of its content. */
function frameHeader(source: Buffer, contentBytes: number): FrameHeader | undefined {
  if (source.readUInt32LE(0) !== MAGIC) return undefined;
  const descriptor = source[4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const isUnsupported = (descriptor & 0x0b) !== 0;
  if (isUnsupported) return undefined;
  if (!isSingleSegment && windowBytes(source[5]!) > Math.max(contentBytes, USUAL_WINDOW_BYTES))
    return undefined;
  const at = isSingleSegment ? 5 : 6;
  const widthCode = descriptor >> 6;
  const width = widthCode > 0 ? 1 << widthCode : Number(isSingleSegment);
  if (width > 0 && contentSize(source, at, width) !== contentBytes) return undefined;
  return { sizeBytes: at + width, hasChecksum: (descriptor & 0x04) !== 0 };
}

function windowBytes(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(source: Buffer, at: number, width: number): number {
  if (width === 8) return Number(source.readBigUInt64LE(at));
  return source.readUIntLE(at, width) + (width === 2 ? 256 : 0);
}

/** Where the frame ends by the sizes of its blocks; -1 for a block that cannot be. */
function blocksEnd(source: Buffer, { sizeBytes, hasChecksum }: FrameHeader): number {
  let at = sizeBytes;
  for (let isLast = false; !isLast;) {
    const header = source.readUIntLE(at, BLOCK_HEADER_BYTES);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === RESERVED_BLOCK || size > MAX_BLOCK_BYTES) return -1;
    isLast = (header & 1) === 1;
    at += BLOCK_HEADER_BYTES + (type === RLE_BLOCK ? 1 : size);
  }
  return at + (hasChecksum ? CHECKSUM_BYTES : 0);
}
