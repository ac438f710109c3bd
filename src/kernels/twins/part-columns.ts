// part-columns.ts — columns and streams of a part, value by value.

export function sizesToOffsets(
  sizes: readonly bigint[],
  limit: number,
): { offsets: number[]; fitting: number } {
  const offsets = [0];
  for (const size of sizes) {
    const end = BigInt(offsets.at(-1)!) + size;
    if (end > BigInt(limit)) break;
    offsets.push(Number(end));
  }
  return { offsets, fitting: offsets.length - 1 };
}

/** Runs of rows, true where a value is, as `.sparse.idx` has them (the format: wasm/sparse.ts). */
export function encodeSparse(runs: readonly (readonly boolean[])[]): Buffer {
  const bytes: number[] = [];
  const append = (number: bigint): void => {
    for (; number >= 128n; number >>= 7n) bytes.push(Number(number & 127n) | 128);
    bytes.push(Number(number));
  };
  for (const rows of runs) {
    let defaults = 0n;
    for (const isValue of rows) {
      if (isValue) append(defaults);
      defaults = isValue ? 0n : defaults + 1n;
    }
    append(2n ** 62n + defaults);
  }
  return Buffer.from(bytes);
}

/** The texts of rows that are not NULL. */
export function emptyNullTexts(texts: readonly Uint8Array[], nulls: readonly number[]): Uint8Array[] {
  return texts.map((text, i) => (nulls[i] === 0 ? text : new Uint8Array(0)));
}

export class TextDictionary {
  readonly texts: string[] = [];
  readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** The code of a text, or -1 when there is no room. */
  codeOf(text: string): number {
    const known = this.texts.indexOf(text);
    if (known >= 0 || this.texts.length === this.limit) return known;
    return this.texts.push(text) - 1;
  }
}

/** Codes of the texts up to the first without room; null has code 0. */
export function encodeTexts(
  first: TextDictionary,
  second: TextDictionary | undefined,
  texts: readonly (string | null)[],
): number[] {
  const codes: number[] = [];
  for (const text of texts) {
    let code = text === null ? 0 : first.codeOf(text);
    if (code < 0 && second) {
      const additional = second.codeOf(text!);
      code = additional < 0 ? -1 : first.texts.length + additional;
    }
    if (code < 0) break;
    codes.push(code);
  }
  return codes;
}
