// aggregate-state.ts — states of aggregate functions in a stream: where each ends.

/** Steps of a state's format; see stateSteps in src/kernels/part-kernels.ts. */
const FIXED: u32 = 1;
const VARINT: u32 = 2;
const FLAG: u32 = 3;
const TEXT: u32 = 4;
const LIST: u32 = 5;
const TEXTS: u32 = 6;
const BYTE: u32 = 7;

/** Where no state is. */
const WRONG_BYTE: usize = 1;

/** Most bytes of a varint below 2^64. */
const maxVarintBytes: u32 = 10;

/** See Kernels.stateOffsets. */
export function stateOffsets(
  source: usize,
  sourceBytes: u32,
  count: u32,
  steps: usize,
  stepCount: u32,
  offsets: usize,
): i32 {
  const end = source + sourceBytes;
  const lastStep = steps + (stepCount << 3);
  let at = source;
  store<u32>(offsets, 0);
  for (let i: u32 = 0; i < count; i++) {
    at = stateEnd(at, end, steps, lastStep);
    if (at <= WRONG_BYTE) return at == 0 ? -1 : -2;
    offsets += 4;
    store<u32>(offsets, <u32>(at - source));
  }
  return <i32>(at - source);
}

/** Behind the state at `at`; 0 when it is no state, or runs past the end; WRONG_BYTE. */
function stateEnd(at: usize, end: usize, step: usize, lastStep: usize): usize {
  while (step < lastStep) {
    const kind = load<u32>(step);
    const detail = load<u32>(step, 4);
    step += 8;
    if (kind == FIXED) at = behind(at, end, detail);
    else if (kind == VARINT) at = varintEnd(at, end);
    else if (kind == TEXT) at = textEnd(at, end);
    else if (kind == LIST) at = listEnd(at, end, detail);
    else if (kind == TEXTS) at = textsEnd(at, end);
    else {
      if (at >= end) return 0;
      const byte = load<u8>(at++);
      if (kind == BYTE && byte != detail) return WRONG_BYTE;
      if (kind == FLAG && byte > 1) return 0;
      if (kind == FLAG && byte == 0) step += detail << 3;
    }
    if (at == 0) return 0;
  }
  return at;
}

function behind(at: usize, end: usize, sizeBytes: u64): usize {
  return sizeBytes <= <u64>(end - at) ? at + <usize>sizeBytes : 0;
}

function varintEnd(at: usize, end: usize): usize {
  const last = min(end, at + maxVarintBytes);
  while (at < last) if (load<u8>(at++) < 128) return at;
  return 0;
}

function varint(at: usize, end: usize): u64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; at < end; shift += 7) value |= (<u64>load<u8>(at++) & 127) << shift;
  return value;
}

/** Length + 1 as i32, the bytes, 0; or -1. */
function textEnd(at: usize, end: usize): usize {
  if (end - at < 4) return 0;
  const size = load<i32>(at);
  if (size == -1) return at + 4;
  if (size < 1 || <usize>size > end - at - 4) return 0;
  const after = at + 4 + <usize>size;
  return load<u8>(after - 1) == 0 ? after : 0;
}

function listEnd(at: usize, end: usize, itemBytes: u32): usize {
  const after = varintEnd(at, end);
  if (after == 0) return 0;
  const count = varint(at, after);
  return count <= <u64>(end - after) ? behind(after, end, count * itemBytes) : 0;
}

function textsEnd(at: usize, end: usize): usize {
  let after = varintEnd(at, end);
  if (after == 0) return 0;
  for (let left = varint(at, after); left > 0; left--) {
    const length = varintEnd(after, end);
    if (length == 0) return 0;
    after = behind(length, end, varint(after, length));
    if (after == 0) return 0;
  }
  return after;
}
