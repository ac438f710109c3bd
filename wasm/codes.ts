// codes.ts — whole numbers from one form to another: codes through a table, other widths; numbers made from nothing.

function mapRows<T>(codes: usize, count: u32, table: usize, target: usize): void {
  const end = target + ((<usize>count) << 2);
  for (; target < end; target += 4, codes += sizeof<T>()) {
    store<u32>(target, load<u32>(table + ((<usize>load<T>(codes)) << 2)));
  }
}

/** See Kernels.mapCodesU32. */
export function mapCodesU8(codes: usize, count: u32, table: usize, target: usize): void {
  mapRows<u8>(codes, count, table, target);
}

/** See Kernels.mapCodesU32. */
export function mapCodesU16(codes: usize, count: u32, table: usize, target: usize): void {
  mapRows<u16>(codes, count, table, target);
}

/** See Kernels.mapCodesU32. */
export function mapCodesU32(codes: usize, count: u32, table: usize, target: usize): void {
  mapRows<u32>(codes, count, table, target);
}

function convertRows<From, To>(values: usize, count: u32, target: usize): void {
  const end = target + ((<usize>count) << alignof<To>());
  for (; target < end; target += sizeof<To>(), values += sizeof<From>()) {
    store<To>(target, <To>load<From>(values));
  }
}

/** See Kernels.widenU8ToU16. */
export function widenU8ToU16(values: usize, count: u32, target: usize): void {
  convertRows<u8, u16>(values, count, target);
}

/** See Kernels.widenU8ToU16. */
export function widenU8ToU32(values: usize, count: u32, target: usize): void {
  convertRows<u8, u32>(values, count, target);
}

/** See Kernels.widenU8ToU16. */
export function widenU16ToU32(values: usize, count: u32, target: usize): void {
  convertRows<u16, u32>(values, count, target);
}

/** See Kernels.narrowU32ToU16. */
export function narrowU16ToU8(values: usize, count: u32, target: usize): void {
  convertRows<u16, u8>(values, count, target);
}

/** See Kernels.narrowU32ToU16. */
export function narrowU32ToU8(values: usize, count: u32, target: usize): void {
  convertRows<u32, u8>(values, count, target);
}

/** See Kernels.narrowU32ToU16. */
export function narrowU32ToU16(values: usize, count: u32, target: usize): void {
  convertRows<u32, u16>(values, count, target);
}

function fillRows<T>(target: usize, count: u32, value: T): void {
  const lanes = v128.splat<T>(value);
  const end = target + ((<usize>count) << alignof<T>());
  for (; target + 16 <= end; target += 16) v128.store(target, lanes);
  for (; target < end; target += sizeof<T>()) store<T>(target, value);
}

/** See Kernels.fill32. */
export function fill8(target: usize, count: u32, value: u32): void {
  memory.fill(target, <u8>value, count);
}

/** See Kernels.fill32. */
export function fill16(target: usize, count: u32, value: u32): void {
  fillRows<u16>(target, count, <u16>value);
}

/** See Kernels.fill32. */
export function fill32(target: usize, count: u32, value: u32): void {
  fillRows<u32>(target, count, value);
}

/** See Kernels.fill32. */
export function fill64(target: usize, count: u32, value: u64): void {
  fillRows<u64>(target, count, value);
}

/** See Kernels.sequence. */
export function sequence(first: u32, count: u32, target: usize): void {
  const end = target + ((<usize>count) << 2);
  for (; target < end; target += 4) store<u32>(target, first++);
}
