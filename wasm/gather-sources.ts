// gather-sources.ts — rows chosen from several columns, by pairs of source (u16) and row (u32).
//
// `values`, `offsets` and `bytes` are arrays of pointers (u32), one per source.

import { copyShort } from './copy';

function gatherFrom<T>(values: usize, sources: usize, rows: usize, count: u32, target: usize): void {
  for (const end = rows + ((<usize>count) << 2); rows < end; rows += 4, sources += 2) {
    const source = <usize>load<u32>(values + ((<usize>load<u16>(sources)) << 2));
    store<T>(target, load<T>(source + ((<usize>load<u32>(rows)) << alignof<T>())));
    target += sizeof<T>();
  }
}

/** See Kernels.gatherFrom64. */
export function gatherFrom8(values: usize, sources: usize, rows: usize, count: u32, target: usize): void {
  gatherFrom<u8>(values, sources, rows, count, target);
}

/** See Kernels.gatherFrom64. */
export function gatherFrom16(values: usize, sources: usize, rows: usize, count: u32, target: usize): void {
  gatherFrom<u16>(values, sources, rows, count, target);
}

/** See Kernels.gatherFrom64. */
export function gatherFrom32(values: usize, sources: usize, rows: usize, count: u32, target: usize): void {
  gatherFrom<u32>(values, sources, rows, count, target);
}

/** See Kernels.gatherFrom64. */
export function gatherFrom64(values: usize, sources: usize, rows: usize, count: u32, target: usize): void {
  gatherFrom<u64>(values, sources, rows, count, target);
}

/** See Kernels.gatherOffsetsFrom. */
export function gatherOffsetsFrom(
  offsets: usize,
  sources: usize,
  rows: usize,
  count: u32,
  target: usize,
): f64 {
  let total: u64 = 0;
  store<u32>(target, 0);
  for (const end = rows + ((<usize>count) << 2); rows < end; rows += 4, sources += 2) {
    const row = offsetOf(offsets, load<u16>(sources), load<u32>(rows));
    total += <u64>(load<u32>(row, 4) - load<u32>(row));
    target += 4;
    store<u32>(target, <u32>total);
  }
  return <f64>total;
}

/** See Kernels.gatherBytesFrom. */
export function gatherBytesFrom(
  offsets: usize,
  bytes: usize,
  sources: usize,
  rows: usize,
  count: u32,
  target: usize,
): void {
  for (const end = rows + ((<usize>count) << 2); rows < end; rows += 4, sources += 2) {
    const source = load<u16>(sources);
    const row = offsetOf(offsets, source, load<u32>(rows));
    const start = load<u32>(row);
    const size = load<u32>(row, 4) - start;
    copyShort(<usize>load<u32>(bytes + ((<usize>source) << 2)) + start, target, size);
    target += size;
  }
}

function offsetOf(offsets: usize, source: u16, row: u32): usize {
  return <usize>load<u32>(offsets + ((<usize>source) << 2)) + ((<usize>row) << 2);
}
