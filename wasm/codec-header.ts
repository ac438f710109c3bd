// codec-header.ts — what the payloads of Delta, DoubleDelta and Gorilla begin with.
//
//   width of a number u8 · number of first bytes that make no number u8 · these bytes
//   · in DoubleDelta and Gorilla: count of numbers u32

/** Before the first bytes. */
export const headerBytes: u32 = 2;

/** Writes what Delta begins with; the number of first bytes. */
export function putHeader(source: usize, sourceBytes: u32, width: u32, target: usize): u32 {
  const rest = sourceBytes % width;
  store<u8>(target, <u8>width);
  store<u8>(target, <u8>rest, 1);
  memory.copy(target + headerBytes, source, rest);
  return rest;
}

/** Checks what Delta begins with and copies the first bytes; their number, or -1 when the payload is damaged. */
export function takeHeader(source: usize, sourceBytes: u32, target: usize, targetBytes: u32): i32 {
  if (sourceBytes < headerBytes) return -1;
  const width = <u32>load<u8>(source);
  const rest = <u32>load<u8>(source, 1);
  if (width != 1 && width != 2 && width != 4 && width != 8) return -1;
  if (rest != targetBytes % width || rest > sourceBytes - headerBytes) return -1;
  memory.copy(target, source + headerBytes, rest);
  return <i32>rest;
}

/** Writes what DoubleDelta and Gorilla begin with; where the numbers follow. */
export function putCountedHeader(source: usize, sourceBytes: u32, width: u32, target: usize): usize {
  const rest = putHeader(source, sourceBytes, width, target);
  store<u32>(target + headerBytes + rest, (sourceBytes - rest) / width);
  return target + headerBytes + rest + 4;
}

/** Checks what DoubleDelta and Gorilla begin with, up to the `first` numbers as they are; where these are, or 0. */
export function takeCountedHeader(
  source: usize,
  sourceBytes: u32,
  target: usize,
  targetBytes: u32,
  first: u32,
): usize {
  const rest = takeHeader(source, sourceBytes, target, targetBytes);
  if (rest < 0) return 0;
  const width = <u32>load<u8>(source);
  const count = (targetBytes - rest) / width;
  const bytes = headerBytes + <u32>rest + 4;
  if (sourceBytes < bytes + min(count, first) * width || load<u32>(source + bytes - 4) != count) return 0;
  return source + bytes;
}
