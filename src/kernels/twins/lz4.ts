// lz4.ts — LZ4 blocks byte by byte, with the format's rules for the end of a block.

/** The decompressed bytes; undefined when the block is damaged or does not give `targetBytes`. */
export function lz4Decompress(source: Uint8Array, targetBytes: number): Uint8Array | undefined {
  const target = new Uint8Array(targetBytes);
  let from = 0;
  let to = 0;
  const length = (half: number): number => {
    let value = half;
    for (let more = half === 15 ? 255 : 0; more === 255; value += more) more = source[from++] ?? NaN;
    return value;
  };
  while (from < source.length) {
    const token = source[from++]!;
    const literals = length(token >> 4);
    if (!(from + literals <= source.length && to + literals <= targetBytes)) return undefined;
    target.set(source.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === source.length) return to === targetBytes ? target : undefined;
    if (from + 2 > source.length) return undefined;
    const offset = source[from]! | (source[from + 1]! << 8);
    from += 2;
    const matched = length(token & 15) + 4;
    if (offset === 0 || offset > to || !(to + matched <= targetBytes)) return undefined;
    for (const end = to + matched; to < end; to++) target[to] = target[to - offset]!;
  }
  return undefined;
}

/** Whether a block ends as decoders may rely on: 5 literals, and no match in the last 12 bytes. */
export function lz4EndsByTheRules(source: Uint8Array): boolean {
  let from = 0;
  let to = 0;
  let lastMatchStart = -Infinity;
  const length = (half: number): number => {
    let value = half;
    for (let more = half === 15 ? 255 : 0; more === 255; value += more) more = source[from++]!;
    return value;
  };
  for (;;) {
    const token = source[from++]!;
    const literals = length(token >> 4);
    from += literals;
    to += literals;
    if (from === source.length) return lastMatchStart < 0 || (literals >= 5 && to - lastMatchStart >= 12);
    from += 2;
    lastMatchStart = to;
    to += length(token & 15) + 4;
  }
}
