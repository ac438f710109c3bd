import { afterAll, describe, expect, test } from 'vitest';
import { createRandom, type Random } from '../base/random.ts';
import { Arena } from './arena.ts';
import { maxNumbersBytes } from './codec-kernels.ts';
import { MemoryEdge } from './memory-edge.test-support.ts';
import { kernelRuntime } from './runtime.ts';

const { kernels } = kernelRuntime();
const arena = new Arena();
afterAll(() => arena.release());
const edge = new MemoryEdge();
const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);
const widths = [1, 2, 4, 8];

type Codec = {
  readonly encode: (source: number, sourceBytes: number, target: number) => number;
  readonly decode: (source: number, sourceBytes: number, target: number, targetBytes: number) => number;
};

const codecs: readonly (readonly [string, number, Codec])[] = widths.flatMap((width) => [
  ...(['delta', 'doubleDelta', 'gorilla'] as const).map(
    (name) =>
      [
        name,
        width,
        {
          encode: (source, bytes, target) => kernels[`${name}Encode`](source, bytes, width, target),
          decode: (source, bytes, target, targetBytes) =>
            edge.kernels[`${name}Decode`](source, bytes, target, targetBytes),
        },
      ] as [string, number, Codec],
  ),
  ...[false, true].flatMap((isSigned) =>
    [false, true].map(
      (hasBits) =>
        [
          `t64 ${isSigned ? 'signed' : 'unsigned'} ${hasBits ? 'bits' : 'bytes'}`,
          width,
          {
            encode: (source, bytes, target) =>
              kernels.t64Encode(source, bytes, width, isSigned, hasBits, target),
            decode: (source, bytes, target, targetBytes) =>
              edge.kernels.t64Decode(source, bytes, width, isSigned, hasBits, target, targetBytes),
          },
        ] as [string, number, Codec],
    ),
  ),
]);

function encode({ encode: by }: Codec, bytes: Uint8Array): Uint8Array {
  arena.rewind();
  const source = arena.take(Uint8Array.from(bytes));
  const target = arena.u8(maxNumbersBytes(bytes.length));
  const size = by(source.byteOffset, bytes.length, target.byteOffset);
  expect(size).toBeLessThanOrEqual(target.length);
  return target.slice(0, size);
}

/** Decodes with source and target at the edge of a memory in turn, and looks at what lies before the target. */
function decode({ decode: by }: Codec, payload: Uint8Array, targetBytes: number): Buffer | undefined {
  const place = (source: Uint8Array, target: Uint8Array): Buffer | undefined => {
    source.set(payload);
    const before = new Uint8Array(target.buffer, target.byteOffset - 64, 64).fill(0xee);
    const said = by(source.byteOffset, payload.length, target.byteOffset, targetBytes);
    expect(Buffer.alloc(64, 0xee).equals(before)).toBe(true);
    if (said >= 0) expect(said).toBe(targetBytes);
    return said < 0 ? undefined : Buffer.from(target);
  };
  const first = place(edge.last(payload.length), edge.middle(targetBytes));
  const second = place(edge.middle(payload.length), edge.last(targetBytes));
  expect(first && second ? first.equals(second) : first === second).toBe(true);
  return first;
}

/** Numbers of `width` bytes of all the kinds that the codecs tell apart, and up to `width - 1` more bytes. */
function numbersOf(random: Random, width: number, count: number): Uint8Array {
  const rest = random.int(width);
  const bytes = Buffer.alloc(count * width + rest, 0xa5);
  const bits = BigInt(8 * width);
  const range = 1n << BigInt(1 + random.int(8 * width));
  const base = BigInt.asUintN(64, BigInt(random.int(2 ** 32)) << BigInt(random.int(33)));
  const kind = random.int(6);
  const any = (): bigint => (BigInt(random.int(2 ** 32)) << 32n) | BigInt(random.int(2 ** 32));
  let value = base;
  let step = any() % range;
  for (let i = 0; i < count; i++) {
    if (kind === 0) value = base + (any() % range);
    else if (kind === 1) value += step;
    else if (kind === 2) value += step += (any() % range) - range / 2n;
    else if (kind === 3) value ^= random.int(3) === 0 ? (any() % range) << BigInt(random.int(20)) : 0n;
    else if (kind === 4) value = [0n, -1n, 1n << (bits - 1n), (1n << (bits - 1n)) - 1n][random.int(4)]!;
    const low = Number(BigInt.asUintN(32, value));
    const at = rest + i * width;
    if (width === 8) bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
    else bytes.writeUIntLE(width === 4 ? low : low % 2 ** (8 * width), at, width);
  }
  return bytes;
}

const counts = [0, 1, 2, 3, 4, 62, 63, 64, 65, 127, 128, 129, 200, 1000];

describe.each(codecs)(`%s of numbers of %i bytes (WINNOW_SEED=${seed})`, (name, width, codec) => {
  test('what is encoded decodes to itself, and to nothing of another size', () => {
    const random = createRandom(seed);
    for (const count of counts) {
      for (let i = 0; i < 8; i++) {
        const bytes = numbersOf(random, width, count);
        const payload = encode(codec, bytes);
        expect(decode(codec, payload, bytes.length)?.equals(bytes)).toBe(true);
        if (payload.length > 0) expect(decode(codec, payload.subarray(0, -1), bytes.length)).toBeUndefined();
        // T64 cannot tell how many of the last 64 numbers there are.
        if (count > 0 && !name.startsWith('t64'))
          expect(decode(codec, payload, bytes.length - width)).toBeUndefined();
      }
    }
  });

  test('damaged payloads give bytes of the right number, or nothing', () => {
    const random = createRandom(seed);
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      const bytes = numbersOf(random, width, random.int(200));
      const payload = encode(codec, bytes);
      for (let flips = 1 + random.int(3); flips > 0 && payload.length > 0; flips--)
        payload[random.int(random.int(2) === 0 ? payload.length : Math.min(payload.length, 24))]! ^=
          1 << random.int(8);
      const cut = payload.subarray(
        0,
        payload.length - (random.int(3) === 0 ? random.int(payload.length) : 0),
      );
      if (decode(codec, cut, Math.max(0, bytes.length + random.int(3) - 1)) === undefined) refused++;
    }

    expect(refused).toBeGreaterThan(30);
  });
});

test('random bytes are never more than the target asks for', () => {
  const random = createRandom(seed);
  for (let i = 0; i < 200; i++) {
    const payload = Uint8Array.from({ length: random.int(60) }, () => random.int(256));
    for (const [, width, codec] of codecs) {
      if (payload.length > 1) [payload[0], payload[1]] = [width, 0];
      decode(codec, payload, random.int(400));
    }
  }
});
