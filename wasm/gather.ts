// gather.ts — rows chosen by position.

import { copyShort } from './copy';

function gatherRows<T>(values: usize, positions: usize, count: u32, target: usize): void {
  const end = positions + ((<usize>count) << 2);
  for (; positions < end; positions += 4) {
    store<T>(target, load<T>(values + ((<usize>load<u32>(positions)) << alignof<T>())));
    target += sizeof<T>();
  }
}

/** See Kernels.gather64. */
export function gather8(values: usize, positions: usize, count: u32, target: usize): void {
  gatherRows<u8>(values, positions, count, target);
}

/** See Kernels.gather64. */
export function gather16(values: usize, positions: usize, count: u32, target: usize): void {
  gatherRows<u16>(values, positions, count, target);
}

/** See Kernels.gather64. */
export function gather32(values: usize, positions: usize, count: u32, target: usize): void {
  gatherRows<u32>(values, positions, count, target);
}

/** See Kernels.gather64. */
export function gather64(values: usize, positions: usize, count: u32, target: usize): void {
  gatherRows<u64>(values, positions, count, target);
}

/** See Kernels.gatherOffsets. */
export function gatherOffsets(offsets: usize, positions: usize, count: u32, target: usize): f64 {
  const end = positions + ((<usize>count) << 2);
  let total: u64 = 0;
  store<u32>(target, 0);
  for (; positions < end; positions += 4) {
    const row = offsets + ((<usize>load<u32>(positions)) << 2);
    total += <u64>(load<u32>(row, 4) - load<u32>(row));
    target += 4;
    store<u32>(target, <u32>total);
  }
  return <f64>total;
}

/** See Kernels.gatherBytes. */
export function gatherBytes(offsets: usize, bytes: usize, positions: usize, count: u32, target: usize): void {
  const end = positions + ((<usize>count) << 2);
  for (; positions < end; positions += 4) {
    const row = offsets + ((<usize>load<u32>(positions)) << 2);
    const start = load<u32>(row);
    const size = load<u32>(row, 4) - start;
    copyShort(bytes + start, target, size);
    target += size;
  }
}
