// string-codec.ts — strings as `length varint · bytes`, one by one.

/** The first `count` strings and how many bytes they take; undefined when they run past the end. */
export function decodeStrings(
  source: Uint8Array,
  count: number,
): { strings: Buffer[]; consumedBytes: number } | undefined {
  const strings: Buffer[] = [];
  let from = 0;
  for (let i = 0; i < count; i++) {
    let length = 0;
    let byte = 128;
    for (let position = 0; byte >= 128; position++) {
      if (position === 5 || from >= source.length) return undefined;
      byte = source[from++]!;
      length += (byte & 127) * 128 ** position;
    }
    if (from + length > source.length) return undefined;
    strings.push(Buffer.from(source.subarray(from, from + length)));
    from += length;
  }
  return { strings, consumedBytes: from };
}

export function encodeStrings(strings: readonly Uint8Array[]): Buffer {
  return Buffer.concat(strings.flatMap((string) => [varint(string.length), string]));
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.of(...bytes, rest);
}
