// state-kernels.ts — kernels of states of aggregate functions, as streams of parts hold them: without their lengths.

/**
 * What a state consists of, step after step; each is two u32, the step and its detail.
 *   fixed    `detail` bytes
 *   varint   a number as LEB128
 *   flag     a byte, 0 or 1; after 0 the next `detail` steps are left out
 *   text     i32 -1; or the length + 1 as i32, the bytes, and a 0
 *   list     a number as LEB128, and so many times `detail` bytes
 *   texts    a number as LEB128, and so many texts: each its length as LEB128 and the bytes
 *   byte     this one
 */
export const stateSteps = { fixed: 1, varint: 2, flag: 3, text: 4, list: 5, texts: 6, byte: 7 } as const;

export type StateKernels = {
  /**
   * Where `count` states of one format lie, as offsets (u32 × count + 1) from `source`. How many bytes they take; -1 when
   * they run past the end, or are none; -2 when a step `byte` meets another one.
   */
  stateOffsets(
    source: number,
    sourceBytes: number,
    count: number,
    steps: number,
    stepCount: number,
    offsets: number,
  ): number;

  /** SipHash-2-4 of 128 bits with the zero key: 16 bytes, low half first. */
  sipHash128(source: number, sourceBytes: number, target: number): void;
  /** Of each text, 16 bytes. */
  sipHashTexts(offsets: number, bytes: number, count: number, target: number): void;
};
