// copy-cells.ts — values of text, as wasm/split-delimited.ts found them, to texts: offsets and bytes.

import { endOf, ESCAPED, flagOf, PLAIN, startOf } from './cells';
import { copyShort } from './copy';

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;

/** What stands for each character from `0` to `v` behind a backslash. */
const LETTERS = memory.data<u8>([
  0x00, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41,
  0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0x53,
  0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x07, 0x08, 0x63, 0x64, 0x65,
  0x0c, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x0a, 0x6f, 0x70, 0x71, 0x0d, 0x73, 0x09, 0x75, 0x0b,
]);
const FIRST_LETTER: u8 = 0x30;
const LAST_LETTER: u8 = 0x76;

/** See Kernels.copyCells. */
export function copyCells(cells: usize, count: u32, escape: u32, offsets: usize, bytes: usize): u32 {
  let to = bytes;
  store<u32>(offsets, 0);
  for (let row: u32 = 0; row < count; row++) {
    const start = startOf(cells, row);
    const sizeBytes = <u32>(endOf(cells, row) - start);
    const flag = flagOf(cells, row);
    if (flag == PLAIN) {
      copyShort(start, to, sizeBytes);
      to += sizeBytes;
    } else if (flag == ESCAPED) {
      to =
        escape == BACKSLASH
          ? withoutBackslashes(start, sizeBytes, to)
          : withSingleQuotes(start, sizeBytes, to);
    }
    store<u32>(offsets + ((<usize>row) << 2), <u32>(to - bytes), 4);
  }
  return <u32>(to - bytes);
}

function withoutBackslashes(from: usize, sizeBytes: u32, target: usize): usize {
  const end = from + sizeBytes;
  let to = target;
  for (; from < end; from++, to++) {
    let byte = load<u8>(from);
    if (byte == BACKSLASH) {
      byte = load<u8>(++from);
      if (byte >= FIRST_LETTER && byte <= LAST_LETTER) byte = load<u8>(LETTERS + (byte - FIRST_LETTER));
    }
    store<u8>(to, byte);
  }
  return to;
}

function withSingleQuotes(from: usize, sizeBytes: u32, target: usize): usize {
  const end = from + sizeBytes;
  let to = target;
  for (; from < end; from++, to++) {
    const byte = load<u8>(from);
    if (byte == QUOTE) from++;
    store<u8>(to, byte);
  }
  return to;
}
