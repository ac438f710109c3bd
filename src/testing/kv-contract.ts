// kv-contract.ts — what every key-value store promises, as tests.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Kv, KvEntry, KvRange, KvReader } from '../kv/kv.ts';

export type KvSubject = {
  readonly name: string;
  /** An empty store. */
  readonly open: () => Promise<Kv>;
  /** Closes the store and opens what is on its disk. */
  readonly reopen: (kv: Kv) => Promise<Kv>;
};

type Step =
  | { readonly kind: 'write'; readonly operations: readonly Operation[]; readonly sync: boolean }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'scan'; readonly range: KvRange; readonly reverse: boolean; readonly chunk: number }
  | { readonly kind: 'reopen' };
type Operation = readonly [key: Uint8Array, value: Uint8Array | undefined];
/** Hexadecimal key to value: hexadecimal text has the order of the bytes. */
type Model = ReadonlyMap<string, Uint8Array>;

const everything: KvRange = { start: Uint8Array.of(), end: new Uint8Array(8).fill(255) };

/** Registers the suite; one store is open during each test. */
export function describeKvContract(subject: KvSubject): void {
  describe(`${subject.name} keeps the contract of a key-value store`, () => {
    let kv: Kv;
    beforeEach(async () => {
      kv = await subject.open();
    });
    afterEach(() => kv.close());

    test('a written key reads back, a missing one reads as undefined', async () => {
      await put(kv, [['a', '1']]);
      expect(text(kv.get(bytes('a')))).toBe('1');
      expect(kv.get(bytes('b'))).toBeUndefined();
    });

    test('empty keys and values are kept', async () => {
      const batch = kv.batch();
      batch.put(Uint8Array.of(), bytes('v'));
      batch.put(bytes('k'), Uint8Array.of());
      await kv.write(batch, { sync: true });
      expect(text(kv.get(Uint8Array.of()))).toBe('v');
      expect(kv.get(bytes('k'))?.length).toBe(0);
    });

    test('the last operation on a key of one batch wins', async () => {
      const batch = kv.batch();
      batch.put(bytes('a'), bytes('1'));
      batch.put(bytes('a'), bytes('2'));
      batch.put(bytes('b'), bytes('1'));
      batch.delete(bytes('b'));
      await kv.write(batch, { sync: false });
      expect(await scan(kv, everything)).toEqual([['a', '2']]);
    });

    test('a batch counts its operations and their bytes', () => {
      const batch = kv.batch();
      batch.put(bytes('abc'), bytes('12'));
      batch.delete(bytes('abcd'));
      expect([batch.count, batch.sizeBytes]).toEqual([2, 9]);
    });

    test('a batch keeps what it was given when the caller uses the buffer again', async () => {
      const reused = bytes('a');
      const batch = kv.batch();
      batch.put(reused, reused);
      reused.fill(0);
      await kv.write(batch, { sync: false });
      expect(await scan(kv, everything)).toEqual([['a', 'a']]);
    });

    test('nothing of a batch is seen before all of it', async () => {
      const batch = kv.batch();
      for (let i = 0; i < 1000; i++) batch.put(bytes(`key ${i}`), bytes('v'));
      const writing = kv.write(batch, { sync: true });
      expect([0, 1000]).toContain((await scan(kv, everything)).length);
      await writing;
      expect(await scan(kv, everything)).toHaveLength(1000);
    });

    test('a range takes its start and leaves out its end, both ways', async () => {
      await put(kv, [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
        ['d', '4'],
      ]);
      const range = { start: bytes('b'), end: bytes('d') };
      expect(await scan(kv, range)).toEqual([
        ['b', '2'],
        ['c', '3'],
      ]);
      expect(await scan(kv, range, true)).toEqual([
        ['c', '3'],
        ['b', '2'],
      ]);
      expect(await scan(kv, { start: bytes('d'), end: bytes('b') })).toEqual([]);
    });

    test('a range larger than what one read brings is read to its end', async () => {
      const batch = kv.batch();
      for (let i = 0; i < 1000; i++) batch.put(bytes(String(i).padStart(4, '0')), Buffer.alloc(900, i));
      await kv.write(batch, { sync: false });
      const forwards = await entriesOf(kv, everything, false, 5000);
      const backwards = await entriesOf(kv, everything, true, 5000);
      expect(forwards.map(([key]) => text(key))).toEqual(
        Array.from({ length: 1000 }, (_, i) => String(i).padStart(4, '0')),
      );
      expect(backwards.map(([key]) => text(key)).reverse()).toEqual(forwards.map(([key]) => text(key)));
    });

    test('a snapshot does not see what is written after it', async () => {
      await put(kv, [
        ['a', 'old'],
        ['b', 'old'],
      ]);
      const snapshot = kv.snapshot();
      const iterator = snapshot.iterate(everything);
      await put(kv, [
        ['a', 'new'],
        ['c', 'new'],
      ]);
      expect(text(snapshot.get(bytes('a')))).toBe('old');
      expect(snapshot.get(bytes('c'))).toBeUndefined();
      expect((await iterator.next(10)).map(asText)).toEqual([
        ['a', 'old'],
        ['b', 'old'],
      ]);
      await iterator.close();
      snapshot.release();
      expect(text(kv.get(bytes('a')))).toBe('new');
    });

    test('an open iterator does not see what is written after it', async () => {
      await put(kv, [
        ['a', '1'],
        ['b', '1'],
      ]);
      const iterator = kv.iterate(everything);
      expect(await iterator.next(1)).toHaveLength(1);
      await put(kv, [
        ['b', '2'],
        ['c', '2'],
      ]);
      expect((await iterator.next(10)).map(asText)).toEqual([['b', '1']]);
      expect(await iterator.next(10)).toEqual([]);
      await iterator.close();
    });

    test('a second write while one is in flight is a defect of the caller', async () => {
      const first = kv.write(kv.batch(), { sync: true });
      await expect(kv.write(kv.batch(), { sync: true })).rejects.toThrow('one batch is in flight');
      await first;
      await put(kv, [['a', '1']]);
    });

    test('close waits for the write in flight, and nothing answers after it', async () => {
      const batch = kv.batch();
      batch.put(bytes('a'), bytes('1'));
      const iterator = kv.iterate(everything);
      let written = false;
      const writing = kv.write(batch, { sync: true }).then(() => (written = true));
      await kv.close();
      expect(written).toBe(true);
      await writing;
      const closed = expect.objectContaining({ code: 'STORE_CLOSED' });
      expect(() => kv.get(bytes('a'))).toThrow(closed);
      expect(() => kv.batch()).toThrow(closed);
      expect(() => kv.snapshot()).toThrow(closed);
      await expect(iterator.next(1)).rejects.toThrow(closed);
      await expect(kv.write(batch, { sync: true })).rejects.toThrow(closed);
      await iterator.close();
      kv = await subject.reopen(kv);
      expect(text(kv.get(bytes('a')))).toBe('1');
    });

    test('any history of batches, snapshots, scans and restarts equals a sorted map', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(steps, { maxLength: 30 }), async (history) => {
          await removeAll(kv);
          kv = await replay(subject, kv, history);
        }),
        { numRuns: 60 },
      );
    });
  });
}

async function replay(subject: KvSubject, opened: Kv, history: readonly Step[]): Promise<Kv> {
  let kv = opened;
  let model: Model = new Map();
  let held: { reader: ReturnType<Kv['snapshot']>; model: Model } | undefined;
  for (const step of history) {
    if (step.kind === 'write') {
      const batch = kv.batch();
      for (const [key, value] of step.operations) {
        if (value) batch.put(key, value);
        else batch.delete(key);
      }
      await kv.write(batch, { sync: step.sync });
      model = changed(model, step.operations);
    } else if (step.kind === 'snapshot') {
      held?.reader.release();
      held = { reader: kv.snapshot(), model };
    } else if (step.kind === 'reopen') {
      held?.reader.release();
      held = undefined;
      kv = await subject.reopen(kv);
    } else {
      await expectSame(kv, model, step);
      if (held) await expectSame(held.reader, held.model, step);
    }
  }
  held?.reader.release();
  await expectSame(kv, model, { range: everything, reverse: false, chunk: 7 });
  return kv;
}

function changed(model: Model, operations: readonly Operation[]): Model {
  const next = new Map(model);
  for (const [key, value] of operations) {
    if (value) next.set(hex(key), value);
    else next.delete(hex(key));
  }
  return next;
}

async function expectSame(
  reader: KvReader,
  model: Model,
  { range, reverse, chunk }: { range: KvRange; reverse: boolean; chunk: number },
): Promise<void> {
  const expected = [...model.entries()]
    .filter(([key]) => key >= hex(range.start) && key < hex(range.end))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  if (reverse) expected.reverse();
  const found = await entriesOf(reader, range, reverse, chunk);
  expect(found.map(([key, value]) => [hex(key), hex(value)])).toEqual(
    expected.map(([key, value]) => [key, hex(value)]),
  );
  for (const [key, value] of expected) expect(hex(reader.get(Buffer.from(key, 'hex'))!)).toBe(hex(value));
}

async function entriesOf(
  reader: KvReader,
  range: KvRange,
  reverse: boolean,
  chunk: number,
): Promise<KvEntry[]> {
  const found: KvEntry[] = [];
  const iterator = reader.iterate(range, { reverse });
  try {
    for (;;) {
      const entries = await iterator.next(chunk);
      expect(entries.length).toBeLessThanOrEqual(chunk);
      if (entries.length === 0) return found;
      found.push(...entries);
    }
  } finally {
    await iterator.close();
  }
}

async function scan(reader: KvReader, range: KvRange, reverse = false): Promise<string[][]> {
  return (await entriesOf(reader, range, reverse, 100)).map(asText);
}

async function put(kv: Kv, entries: readonly (readonly [string, string])[]): Promise<void> {
  const batch = kv.batch();
  for (const [key, value] of entries) batch.put(bytes(key), bytes(value));
  await kv.write(batch, { sync: false });
}

async function removeAll(kv: Kv): Promise<void> {
  const batch = kv.batch();
  for (const [key] of await entriesOf(kv, everything, false, 1000)) batch.delete(key);
  await kv.write(batch, { sync: false });
}

// Few, short keys of extreme bytes meet each other often.
const key = fc
  .uint8Array({ maxLength: 3 })
  .map((drawn) => drawn.map((byte) => [0, 1, 0x7f, 0x80, 0xff][byte % 5]!));
const value = fc.option(fc.uint8Array({ maxLength: 4 }), { nil: undefined, freq: 3 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      operations: fc.array(fc.tuple(key, value), { maxLength: 8 }),
      sync: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'snapshot' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('scan' as const),
      range: fc.record({ start: key, end: key }),
      reverse: fc.boolean(),
      chunk: fc.integer({ min: 1, max: 5 }),
    }),
  },
);

const bytes = (content: string): Uint8Array => Buffer.from(content);
const hex = (content: Uint8Array): string => Buffer.from(content).toString('hex');
const text = (content: Uint8Array | undefined): string | undefined =>
  content && Buffer.from(content).toString();
const asText = ([key, value]: KvEntry): string[] => [text(key)!, text(value)!];
