// masks.ts — what the kernels of masks do, one row at a time.

type Values = ArrayLike<number> | ArrayLike<bigint>;

const tests: readonly ((a: number | bigint, b: number | bigint) => boolean)[] = [
  (a, b) => a === b,
  (a, b) => a !== b,
  (a, b) => a < b,
  (a, b) => a <= b,
  (a, b) => a > b,
  (a, b) => a >= b,
];

export function compare(values: Values, comparison: number, constant: number | bigint): Uint8Array {
  return maskOf(values.length, (i) => tests[comparison]!(values[i]!, constant));
}

export function between(values: Values, low: number | bigint, high: number | bigint): Uint8Array {
  return maskOf(values.length, (i) => values[i]! >= low && values[i]! <= high);
}

export function member(codes: ArrayLike<number>, table: Uint8Array): Uint8Array {
  return maskOf(codes.length, (i) => table[codes[i]!] === 1);
}

export function positions(mask: Uint8Array): Uint32Array {
  return Uint32Array.from([...mask.keys()].filter((row) => mask[row] === 1));
}

export function stringsMatch(
  strings: readonly Buffer[],
  needle: Buffer,
  kind: 'Equal' | 'StartWith' | 'Contain',
): Uint8Array {
  return maskOf(strings.length, (i) => {
    const string = strings[i]!;
    if (kind === 'Equal') return string.equals(needle);
    if (kind === 'StartWith') return string.subarray(0, needle.length).equals(needle);
    return string.includes(needle);
  });
}

function maskOf(rowCount: number, holds: (row: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: rowCount }, (_, row) => (holds(row) ? 1 : 0));
}
