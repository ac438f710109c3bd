// part-kernels.ts — kernels between columns in memory and the streams of a part.

type SetWhereNull = (values: number, nulls: number, count: number, value: number) => void;

type RebaseCodes = (
  source: number,
  count: number,
  keep: number,
  shared: number,
  sharedShift: number,
  additionalShift: number,
  target: number,
) => void;

type RecodeTexts = (
  first: number,
  second: number,
  source: number,
  /** Of every old code: 1 + its code in the first dictionary, 0 when it is not known; u32. */
  known: number,
  oldOffsets: number,
  oldBytes: number,
  from: number,
  to: number,
  codes: number,
) => number;

export type PartKernels = {
  /**
   * Adds up sizes of arrays, u64, into offsets (u32 × count + 1). `count` when they fit, else the first row whose size
   * takes the sum past `limit`.
   */
  sizesToOffsets(sizes: number, count: number, offsets: number, limit: number): number;

  /** The sum of sizes of arrays, u64; -1 when it is past `limit`. */
  sumOfSizes(sizes: number, count: number, limit: number): number;

  /**
   * Where the values of a sparse column stand in its `rowCount` rows (the format: wasm/sparse.ts). Row i has 1 in `sources`
   * (u16) and the number of its value in `rows` (u32), or 0 in both for the default; both pointers may be 0. Bytes that were
   * read × 2^32 + number of values; -1 when the bytes are not those of so many rows.
   */
  sparseRows(source: number, sourceBytes: number, rowCount: number, sources: number, rows: number): bigint;

  /** Sizes of arrays, u64, of their offsets; the first need not be 0. */
  offsetsToSizes(offsets: number, count: number, sizes: number): void;

  /** Offsets of `count` values of one size. */
  evenOffsets(offsets: number, count: number, sizeBytes: number): void;

  /** The highest of unsigned values; 0 when there is none. */
  maxU8(values: number, count: number): number;
  maxU16(values: number, count: number): number;
  maxU32(values: number, count: number): number;

  /** The first value that is 0 in `allowed`, a byte for every value there may be; `count` when there is none. */
  firstForeignU8(values: number, count: number, allowed: number): number;
  firstForeignU16(values: number, count: number, allowed: number): number;

  /** Puts `value` wherever `nulls` is not 0; for values of 1, 2, 4 or 8 bytes. */
  setWhereNull8: SetWhereNull;
  setWhereNull16: SetWhereNull;
  setWhereNull32: SetWhereNull;
  setWhereNull64: SetWhereNull;

  /** Takes away the bytes of rows where `nulls` is not 0, in place. The first offset stays. */
  emptyNullTexts(offsets: number, bytes: number, nulls: number, count: number): void;

  /** Fills the bytes of rows where `nulls` is not 0 with zeros, the first of each with `first`. Values have at least one byte. */
  fillNullTexts(offsets: number, bytes: number, nulls: number, count: number, first: number): void;

  /** Reverses the bytes of each of `count` values of 16 or 32 bytes. Source and target may be one. */
  reverseValues(source: number, target: number, count: number, sizeBytes: number): void;

  /** Flips the highest bit of the first byte of each of `count` values. */
  flipSigns(bytes: number, count: number, sizeBytes: number): void;

  /**
   * Codes of 1, 2 or 4 bytes as u32: those below `keep` as they are, others below `shared` shifted by the one, the rest
   * by the other.
   */
  rebaseCodes8: RebaseCodes;
  rebaseCodes16: RebaseCodes;
  rebaseCodes32: RebaseCodes;

  /**
   * The elements of arrays, in the order of rows chosen from several columns: `offsets` has a pointer (u32) to the
   * offsets of each source, `sources` are u16, `rows` u32; so are the results, of which there are as many as elements.
   */
  elementsOfRows(
    offsets: number,
    sources: number,
    rows: number,
    count: number,
    outSources: number,
    outRows: number,
  ): void;

  /**
   * Codes (u32) of the texts of rows [from, to), by a dictionary that grows (the record: wasm/text-dictionary.ts), and a
   * second one, which may be 0, for texts that find no room in it; NULL has code 0, `nulls` 0 = none. `to`, or the first
   * row whose text finds no room.
   */
  encodeTexts(
    first: number,
    second: number,
    offsets: number,
    bytes: number,
    nulls: number,
    from: number,
    to: number,
    codes: number,
  ): number;

  /** As `encodeTexts`, of texts given by codes of 1, 2 or 4 bytes of an old dictionary. */
  recodeTexts8: RecodeTexts;
  recodeTexts16: RecodeTexts;
  recodeTexts32: RecodeTexts;
};
