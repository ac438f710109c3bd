import { afterAll, describe, expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import { Arena } from '../kernels/arena.ts';
import { parseDataType } from '../types/parse-type.ts';
import { ChainChoice, chainsOf } from './chain-choice.ts';
import { methods } from './codec.ts';
import { BlockCompressor, decompressAll } from './compressed-block.ts';

const arena = new Arena();
afterAll(() => arena.release());
const compressor = new BlockCompressor(arena);
const random = createRandom(1);

type Numbers = (i: number) => number;
const rising: Numbers = (i) => 1_700_000_000 + 3 * i + random.int(3);
const narrow: Numbers = () => 500 + random.int(300);
const noise: Numbers = () => random.uint32();
const repeated: Numbers = (i) => Math.floor(i / 700) * 77;
/** Narrow in the middle of a block of 16,384 numbers, where the sample lies. */
const outlying: Numbers = (i) => (i % 5000 === 0 ? random.uint32() : narrow(i));
const wideOutside: Numbers = (i) => (Math.abs((i % 16_384) - 8192) < 2500 ? narrow(i) : random.uint32());

const blockOf = (numbers: Numbers, start = 0): Uint32Array =>
  Uint32Array.from({ length: 16_384 }, (_, i) => numbers(start + i));

/** What the block is compressed by, the first codec of several; it gives the block again. */
function methodBy(choice: ChainChoice, block: Uint32Array): number {
  const bytes = Buffer.from(block.buffer);
  const place = new Arena();
  try {
    const frame = Buffer.from(choice.compress(place.take(bytes).byteOffset, bytes.length));
    expect(decompressAll(frame, 'f', bytes.length).equals(bytes)).toBe(true);
    return frame[16] === methods.Multiple ? frame[26]! : frame[16]!;
  } finally {
    place.release();
  }
}

describe('whole numbers of 4 bytes', () => {
  test.each<[string, Numbers, number]>([
    ['rising', rising, methods.Delta],
    ['of a narrow range', narrow, methods.T64],
    ['of any value', noise, methods.LZ4],
    ['that repeat themselves', repeated, methods.LZ4],
    ['with some of any value outside the sample', outlying, methods.LZ4],
    ['with many of any value outside the sample', wideOutside, methods.LZ4],
  ])('%s', (_, numbers, method) => {
    const choice = new ChainChoice(compressor, chainsOf(parseDataType('UInt32')));
    expect(methodBy(choice, blockOf(numbers))).toBe(method);
  });

  test('are chosen for anew when they change', () => {
    const choice = new ChainChoice(compressor, chainsOf(parseDataType('Int32')));
    const by = (numbers: Numbers): number[] =>
      Array.from({ length: 9 }, () => methodBy(choice, blockOf(numbers)));
    expect(new Set(by(narrow))).toEqual(new Set([methods.T64]));
    // A block that does not keep what the sample promised is LZ4's, and the next one is sampled.
    expect(by(noise)).toEqual(new Array(9).fill(methods.LZ4));
    expect(by(rising).slice(4)).toEqual(new Array(5).fill(methods.Delta));
  });
});

test('values of other types, and small blocks, are LZ4', () => {
  for (const type of ['UInt16', 'Float64', 'String', 'UUID', 'Bool'])
    expect(chainsOf(parseDataType(type)).map((chain) => chain.map(({ name }) => name))).toEqual([['LZ4']]);
  expect(chainsOf(undefined)).toHaveLength(1);
  const choice = new ChainChoice(compressor, chainsOf(parseDataType('UInt32')));
  expect(methodBy(choice, blockOf(narrow).slice(0, 1000))).toBe(methods.LZ4);
});
