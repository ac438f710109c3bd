import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { Arena } from './arena.ts';
import { takenBytes } from './chunk-pool.ts';
import { inKernelMemory, kernelRuntime } from './runtime.ts';

const { memory, kernels } = kernelRuntime();
let arena = new Arena();
afterEach(() => {
  arena.release();
  expect(takenBytes(memory)).toBe(0);
  arena = new Arena();
});

test('the constants of the module end before the pool begins', () => {
  expect(kernels.constantsEnd()).toBeLessThanOrEqual(65_536);
});

test('allocations are aligned, lie behind the pool, and none overlaps another or its slack', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(100), fc.nat(200_000)), { maxLength: 60 }), (sizes) => {
      arena.rewind();
      const pieces = sizes.map((sizeBytes) => ({ sizeBytes, pointer: arena.allocate(sizeBytes) }));
      pieces.sort((a, b) => a.pointer - b.pointer);
      let freeFrom = 131_072;
      for (const { sizeBytes, pointer } of pieces) {
        expect(pointer % 16).toBe(0);
        expect(pointer).toBeGreaterThanOrEqual(freeFrom);
        freeFrom = pointer + sizeBytes + 32;
      }
      expect(freeFrom).toBeLessThanOrEqual(memory.buffer.byteLength);
    }),
  );
});

test('an arena that is rewound needs no more memory for the same allocations', () => {
  const sizes = [10, 70_000, 10, 3_000_000, 500, 65_504, 2_000_000, 0];
  const run = (): number[] => sizes.map((sizeBytes) => arena.allocate(sizeBytes));
  run();
  const held = arena.sizeBytes;
  for (let round = 0; round < 5; round++) {
    arena.rewind();
    expect(new Set(run()).size).toBe(sizes.length);
  }
  expect(arena.sizeBytes).toBe(held);
  expect(takenBytes(memory)).toBe(held);
});

test('what one arena gives back is what the next one gets, not memory that was never touched', () => {
  const first = arena.allocate(500_000);
  arena.release();
  const small = new Arena();
  expect(small.allocate(1)).toBe(first);
  expect(arena.allocate(100_000)).toBe(first + 65_536);
  small.release();
  expect(small.allocate(1)).toBe(first);
  small.release();
});

test('the account is told of every byte taken and given back', () => {
  let held = 0;
  const accounted = new Arena((bytes) => (held += bytes));
  accounted.allocate(1);
  accounted.allocate(1_000_000);
  expect(held).toBe(accounted.sizeBytes);
  expect(held).toBeGreaterThanOrEqual(1_000_000);
  accounted.release();
  expect(held).toBe(0);
  accounted.release();
  expect(held).toBe(0);
});

test('an account that refuses leaves the pool as it was', () => {
  const refusing = new Arena(() => {
    throw new Error('too much');
  });
  expect(() => refusing.allocate(1)).toThrow('too much');
  expect(takenBytes(memory)).toBe(0);
  expect(refusing.sizeBytes).toBe(0);
});

test('more than the memory is an error of the query, and the account does not keep it', () => {
  let held = 0;
  const accounted = new Arena((bytes) => (held += bytes));
  expect(() => accounted.allocate(memory.buffer.byteLength)).toThrow(
    expect.objectContaining({ code: 'MEMORY_LIMIT_EXCEEDED' }),
  );
  expect(held).toBe(0);
});

test('arrays of every type lie in the memory and have the length asked for', () => {
  const views = [
    ...[arena.bytes(3), arena.u8(3), arena.u16(3), arena.u32(3), arena.u64(3), arena.f32(3)],
    ...[arena.i8(3), arena.i16(3), arena.i32(3), arena.i64(3), arena.f64(3)],
  ];
  for (const view of views) {
    expect(view.length).toBe(3);
    expect(inKernelMemory(view)).toBe(true);
  }
  expect(inKernelMemory(new Uint8Array(3))).toBe(false);
});

test('taking an array copies it once, and not at all when it lies in the memory', () => {
  const outside = Float64Array.of(1.5, -0, NaN);
  const inside = arena.take(outside);
  expect(inKernelMemory(inside)).toBe(true);
  expect(inside).toEqual(outside);
  expect(arena.take(inside)).toBe(inside);
  const text = arena.take(Buffer.from('grün'));
  expect(Buffer.isBuffer(text) && text.toString()).toBe('grün');
});
