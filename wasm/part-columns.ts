// part-columns.ts — between columns in memory and the streams of a part: sizes of arrays, codes, NULLs, bounds.

/** See Kernels.sizesToOffsets. */
export function sizesToOffsets(sizes: usize, count: u32, offsets: usize, limit: u32): u32 {
  let total: u64 = 0;
  store<u32>(offsets, 0);
  for (let i: u32 = 0; i < count; i++) {
    const size = load<u64>(sizes);
    if (size > <u64>limit - total) return i;
    total += size;
    sizes += 8;
    offsets += 4;
    store<u32>(offsets, <u32>total);
  }
  return count;
}

/** See Kernels.sumOfSizes. */
export function sumOfSizes(sizes: usize, count: u32, limit: u32): f64 {
  let total: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const size = load<u64>(sizes);
    if (size > <u64>limit - total) return -1;
    total += size;
    sizes += 8;
  }
  return <f64>total;
}

/** See Kernels.offsetsToSizes. */
export function offsetsToSizes(offsets: usize, count: u32, sizes: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    store<u64>(sizes, load<u32>(offsets, 4) - load<u32>(offsets));
    offsets += 4;
    sizes += 8;
  }
}

/** See Kernels.evenOffsets. */
export function evenOffsets(offsets: usize, count: u32, sizeBytes: u32): void {
  for (let i: u32 = 0; i <= count; i++) store<u32>(offsets + ((<usize>i) << 2), i * sizeBytes);
}

/** See Kernels.maxU8. */
export function maxU8(values: usize, count: u32): u32 {
  const end = values + count;
  let highest = i8x16.splat(0);
  for (; values + 16 <= end; values += 16) highest = i8x16.max_u(highest, v128.load(values));
  let max: u32 = 0;
  for (; values < end; values++) max = larger(max, load<u8>(values));
  highest = i8x16.max_u(
    highest,
    i8x16.shuffle(highest, highest, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0),
  );
  for (let lanes = i64x2.extract_lane(highest, 0); lanes != 0; lanes = <i64>(<u64>lanes >> 8))
    max = larger(max, <u32>(lanes & 0xff));
  return max;
}

/** See Kernels.maxU16. */
export function maxU16(values: usize, count: u32): u32 {
  const end = values + ((<usize>count) << 1);
  let highest = i16x8.splat(0);
  for (; values + 16 <= end; values += 16) highest = i16x8.max_u(highest, v128.load(values));
  let max: u32 = 0;
  for (; values < end; values += 2) max = larger(max, load<u16>(values));
  for (let half = 0; half < 2; half++) {
    let lanes = <u64>(half == 0 ? i64x2.extract_lane(highest, 0) : i64x2.extract_lane(highest, 1));
    for (; lanes != 0; lanes >>= 16) max = larger(max, <u32>(lanes & 0xffff));
  }
  return max;
}

/** See Kernels.maxU32. */
export function maxU32(values: usize, count: u32): u32 {
  let max: u32 = 0;
  for (const end = values + ((<usize>count) << 2); values < end; values += 4)
    max = larger(max, load<u32>(values));
  return max;
}

function larger(a: u32, b: u32): u32 {
  return a > b ? a : b;
}

/** See Kernels.firstForeignU8. */
export function firstForeignU8(values: usize, count: u32, allowed: usize): u32 {
  for (let i: u32 = 0; i < count; i++) if (load<u8>(allowed + load<u8>(values + i)) == 0) return i;
  return count;
}

/** See Kernels.firstForeignU8. */
export function firstForeignU16(values: usize, count: u32, allowed: usize): u32 {
  for (let i: u32 = 0; i < count; i++)
    if (load<u8>(allowed + load<u16>(values + ((<usize>i) << 1))) == 0) return i;
  return count;
}

function setWhereNull<T>(values: usize, nulls: usize, count: u32, value: T): void {
  for (let i: u32 = 0; i < count; i++) {
    if (load<u8>(nulls + i) != 0) store<T>(values + ((<usize>i) << alignof<T>()), value);
  }
}

/** See Kernels.setWhereNull8. */
export function setWhereNull8(values: usize, nulls: usize, count: u32, value: i32): void {
  setWhereNull<i8>(values, nulls, count, <i8>value);
}

/** See Kernels.setWhereNull8. */
export function setWhereNull16(values: usize, nulls: usize, count: u32, value: i32): void {
  setWhereNull<i16>(values, nulls, count, <i16>value);
}

/** See Kernels.setWhereNull8. */
export function setWhereNull32(values: usize, nulls: usize, count: u32, value: i32): void {
  setWhereNull<i32>(values, nulls, count, value);
}

/** See Kernels.setWhereNull8. */
export function setWhereNull64(values: usize, nulls: usize, count: u32, value: i32): void {
  setWhereNull<i64>(values, nulls, count, <i64>value);
}

/** See Kernels.emptyNullTexts. */
export function emptyNullTexts(offsets: usize, bytes: usize, nulls: usize, count: u32): void {
  let from: u32 = load<u32>(offsets);
  let to = from;
  for (let i: u32 = 0; i < count; i++) {
    offsets += 4;
    const end = load<u32>(offsets);
    if (load<u8>(nulls + i) == 0) {
      if (from != to) memory.copy(bytes + to, bytes + from, end - from);
      to += end - from;
    }
    from = end;
    store<u32>(offsets, to);
  }
}

/** See Kernels.fillNullTexts. */
export function fillNullTexts(offsets: usize, bytes: usize, nulls: usize, count: u32, first: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const start = load<u32>(offsets);
    offsets += 4;
    if (load<u8>(nulls + i) == 0) continue;
    memory.fill(bytes + start, 0, load<u32>(offsets) - start);
    store<u8>(bytes + start, <u8>first);
  }
}

/** See Kernels.reverseValues. */
export function reverseValues(source: usize, target: usize, count: u32, sizeBytes: u32): void {
  const last = <usize>sizeBytes - 16;
  for (const end = source + <usize>count * sizeBytes; source < end; source += sizeBytes) {
    const front = reversed(v128.load(source));
    if (last != 0) v128.store(target, reversed(v128.load(source + last)));
    v128.store(target + last, front);
    target += sizeBytes;
  }
}

function reversed(bytes: v128): v128 {
  return i8x16.shuffle(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

/** See Kernels.flipSigns. */
export function flipSigns(bytes: usize, count: u32, sizeBytes: u32): void {
  for (const end = bytes + <usize>count * sizeBytes; bytes < end; bytes += sizeBytes)
    store<u8>(bytes, load<u8>(bytes) ^ 0x80);
}

function rebaseCodes<T>(
  source: usize,
  count: u32,
  keep: u32,
  shared: u32,
  sharedShift: u32,
  additionalShift: u32,
  target: usize,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const code = <u32>load<T>(source);
    const shift = code < keep ? 0 : code < shared ? sharedShift : additionalShift;
    store<u32>(target, code + shift);
    source += sizeof<T>();
    target += 4;
  }
}

/** See Kernels.rebaseCodes8. */
export function rebaseCodes8(
  source: usize,
  count: u32,
  keep: u32,
  shared: u32,
  sharedShift: u32,
  additionalShift: u32,
  target: usize,
): void {
  rebaseCodes<u8>(source, count, keep, shared, sharedShift, additionalShift, target);
}

/** See Kernels.rebaseCodes8. */
export function rebaseCodes16(
  source: usize,
  count: u32,
  keep: u32,
  shared: u32,
  sharedShift: u32,
  additionalShift: u32,
  target: usize,
): void {
  rebaseCodes<u16>(source, count, keep, shared, sharedShift, additionalShift, target);
}

/** See Kernels.rebaseCodes8. */
export function rebaseCodes32(
  source: usize,
  count: u32,
  keep: u32,
  shared: u32,
  sharedShift: u32,
  additionalShift: u32,
  target: usize,
): void {
  rebaseCodes<u32>(source, count, keep, shared, sharedShift, additionalShift, target);
}

/** See Kernels.elementsOfRows. */
export function elementsOfRows(
  offsets: usize,
  sources: usize,
  rows: usize,
  count: u32,
  outSources: usize,
  outRows: usize,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const source = load<u16>(sources + ((<usize>i) << 1));
    const row = load<u32>(rows + ((<usize>i) << 2));
    const place = load<usize>(offsets + ((<usize>source) << 2)) + ((<usize>row) << 2);
    const end = load<u32>(place, 4);
    for (let element = load<u32>(place); element < end; element++) {
      store<u16>(outSources, source);
      store<u32>(outRows, element);
      outSources += 2;
      outRows += 4;
    }
  }
}
