// group-kernels.ts — kernels that give equal values equal numbers; the record of a numbering is described in
// wasm/numbering.ts, and src/expr/grouping is what makes and grows one.
//
// They take rows [from, to) and return the row at which they stopped: `to`, or the first that needs more room.

type NumberValues = (numbering: number, values: number, nulls: number, from: number, to: number) => number;

type NumberCodes = (
  numbering: number,
  codes: number,
  /** Of every code of this dictionary: 1 + its number, 0 when it has none yet; u32. */
  numbers: number,
  dictionaryOffsets: number,
  dictionaryBytes: number,
  dictionaryNulls: number,
  from: number,
  to: number,
) => number;

export type GroupKernels = {
  /** By a table with a slot for each value of a small range. `nulls` 0 = none. */
  numberByOffsetU8: NumberValues;
  numberByOffsetI16: NumberValues;
  numberByOffsetU16: NumberValues;
  numberByOffsetI32: NumberValues;
  numberByOffsetU32: NumberValues;
  numberByOffset64: NumberValues;
  /** By a hash table. Floats differ when their bits do, but every NaN is the same. */
  numberHashedI32: NumberValues;
  numberHashedU32: NumberValues;
  numberHashed64: NumberValues;
  numberHashedF32: NumberValues;
  numberHashedF64: NumberValues;
  /** Pairs of u32, as values (first << 32 | second); by a table that has a slot for first << secondBits | second. */
  numberPairsByOffset(
    numbering: number,
    firsts: number,
    seconds: number,
    secondBits: number,
    from: number,
    to: number,
  ): number;
  numberPairsHashed(numbering: number, firsts: number, seconds: number, from: number, to: number): number;
  /** Texts as a column of bytes has them. */
  numberTexts(
    numbering: number,
    offsets: number,
    bytes: number,
    nulls: number,
    from: number,
    to: number,
  ): number;
  numberCodes8: NumberCodes;
  numberCodes16: NumberCodes;
  numberCodes32: NumberCodes;

  /** Fill slots that are empty, when the table is new, from the values of the numbers given so far. */
  refillByOffset(numbering: number): void;
  refillHashed(numbering: number): void;
  refillPairsByOffset(numbering: number, secondBits: number): void;
  /** Fill the slots of a larger table, which are empty, from those of the table before. */
  moveHashed(numbering: number, oldSlots: number, oldSlotCount: number): void;
  moveTexts(numbering: number, oldSlots: number, oldSlotCount: number): void;

  /** The values of `count` numbers in the width of their column: integers wrap back into it, floats are their bits. */
  valuesOf8(numbering: number, count: number, into: number): void;
  valuesOf16(numbering: number, count: number, into: number): void;
  valuesOf32(numbering: number, count: number, into: number): void;
};
