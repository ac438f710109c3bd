import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { allTypes } from '../../test/support/random-columns.ts';
import { files, inFolder, memoryFiles, randomBlock, schemaOf, writePart } from '../../test/support/parts.ts';
import { createRandom } from '../base/random.ts';
import { CorruptionError } from '../base/errors.ts';
import { nodePorts } from '../io/node-ports.ts';
import { Arena } from '../kernels/arena.ts';
import { expandDictionary } from '../types/block.ts';
import type { Block, Column } from '../types/column.ts';
import { typeName } from '../types/data-type.ts';
import { createKeyCodec } from '../types/key-codec.ts';
import { columnOf } from '../types/value.ts';
import { BitmapFile } from './bitmap-file.ts';
import { hashOfFile } from './checksums-file.ts';
import { PartBitmaps } from './part-bitmaps.ts';
import type { Part } from './part.ts';
import { ReaderCache } from './reader-cache.ts';
import { CONTAINER_BYTES } from './roaring.ts';
import type { PartSchema } from './schema.ts';

const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);

/** The rows of every value, by the key of the value. */
type RowsOfValues = ReadonlyMap<string, readonly number[]>;

const keyOf = (column: Column, row: number): string =>
  createKeyCodec([column.type]).encode([column], row).toString('hex');

function rowsByValue(column: Column): RowsOfValues {
  const rows = new Map<string, number[]>();
  const plain = expandDictionary(column);
  for (let row = 0; row < plain.rowCount; row++) {
    const key = keyOf(plain, row);
    const known = rows.get(key);
    if (known) known.push(row);
    else rows.set(key, [row]);
  }
  return rows;
}

function rowsInFile(file: BitmapFile, rowCount: number): RowsOfValues {
  const [arena, scratch] = [new Arena(), new Arena()];
  const rows = new Map<string, number[]>();
  for (let value = 0; value < file.values.rowCount; value++) {
    arena.rewind();
    const bits = arena.u8(CONTAINER_BYTES * Math.ceil(rowCount / 65_536)).fill(0);
    file.unite([value], bits, scratch);
    const found: number[] = [];
    // A copy: single bytes of shared memory are slow to read.
    Uint8Array.from(bits).forEach((byte, i) => {
      for (let bit = 0; byte >> bit !== 0; bit++) if ((byte >> bit) & 1) found.push(8 * i + bit);
    });
    // -0 and 0 have one key, and a bitmap each.
    const key = keyOf(file.values, value);
    rows.set(
      key,
      [...(rows.get(key) ?? []), ...found].sort((a, b) => a - b),
    );
  }
  arena.release();
  scratch.release();
  return rows;
}

type Built = { readonly part: Part; readonly bitmaps: PartBitmaps; readonly folder: string };

async function build(folder: string, schema: PartSchema, block: Block): Promise<Built> {
  const part = await writePart(`${folder}/all_1_1_0`, schema, [block]);
  const readers = new ReaderCache(files);
  const bitmaps = new PartBitmaps({ files, timers: nodePorts.timers, readers }, folder, schema);
  await bitmaps.build(part);
  readers.close();
  return { part, bitmaps, folder };
}

test(`every row has the bitmap of its value and no other, whatever the type, seed ${seed}`, async () => {
  const types = Object.fromEntries(allTypes.map((type, i) => [`c${i}`, typeName(type)]));
  const names = {
    ...types,
    l: 'LowCardinality(String)',
    ln: 'LowCardinality(Nullable(String))',
    lu: 'LowCardinality(UInt32)',
    ld: 'LowCardinality(Nullable(Date))',
  };
  const schema = schemaOf(names, { bitmaps: Object.keys(names), granularity: 16 });
  await inFolder(async (folder) => {
    const block = randomBlock(schema, 300, seed);
    const { part, bitmaps } = await build(folder, schema, block);
    for (const index of schema.bitmapIndexes) {
      const file = bitmaps.read(part, index)!;
      const keys = Array.from({ length: file.values.rowCount }, (_, row) => keyOf(file.values, row));
      expect(keys, index.name).toEqual([...keys].sort());
      const expected = [...rowsByValue(block.columns[index.column]!)].sort();
      expect([...rowsInFile(file, 300)].sort(), names[index.name as 'l']).toEqual(expected);
    }
  });
});

/** Values that make containers of every kind, over four of them and granules that do not end where they do. */
const shapes: Readonly<Record<string, (row: number) => number>> = {
  constant: () => 1,
  halves: (row) => Number(row > 100_000),
  alternating: (row) => row % 2,
  sparse: (row) => (row % 50_000 === 7 ? 1 : 0),
  many: (row) => (row * 7919) % 4000,
  mixed: (row) => (row < 65_536 ? 0 : row < 131_072 ? row % 3 : row % 997 === 0 ? 5 : 3),
};

test('containers of all kinds hold the rows of a large part', async () => {
  const rowCount = 200_003;
  const names = Object.keys(shapes);
  const schema = schemaOf(Object.fromEntries(names.map((name) => [name, 'UInt16'])), {
    bitmaps: names,
    granularity: 3000,
  });
  const columns = names.map((name, i) =>
    columnOf(
      schema.columns[i]!.type,
      Array.from({ length: rowCount }, (_, row) => shapes[name]!(row)),
    ),
  );
  await inFolder(async (folder) => {
    const { part, bitmaps } = await build(folder, schema, { rowCount, columns });
    for (const index of schema.bitmapIndexes.filter(({ name }) => name !== 'many')) {
      const file = bitmaps.read(part, index)!;
      expect(rowsInFile(file, rowCount), index.name).toEqual(rowsByValue(columns[index.column]!));
    }
    const many = bitmaps.read(part, schema.bitmapIndexes[4]!)!;
    const bits = new Arena().u8(CONTAINER_BYTES * 4).fill(0);
    const all = Array.from({ length: many.values.rowCount }, (_, value) => value);
    many.unite(all, bits, new Arena());
    expect(all).toHaveLength(4000);
    const set = Uint8Array.from(bits).reduce(
      (total, byte) => total + byte.toString(2).replaceAll('0', '').length,
      0,
    );
    expect(set).toBe(rowCount);
  });
});

test('too many values, and too large ones, have no bitmaps', async () => {
  const schema = schemaOf(
    { few: 'UInt32', many: 'UInt32', large: 'String' },
    { bitmaps: ['few', 'many', 'large'] },
  );
  const rows = Array.from({ length: 4097 }, (_, row) => row);
  const columns = [
    columnOf(
      schema.columns[0]!.type,
      rows.map((row) => row % 4096),
    ),
    columnOf(schema.columns[1]!.type, rows),
    columnOf(
      schema.columns[2]!.type,
      rows.map((row) => 'x'.repeat(9000) + (row % 2000)),
    ),
  ];
  await inFolder(async (folder) => {
    const { part, bitmaps } = await build(folder, schema, { rowCount: 4097, columns });
    const [few, many, large] = schema.bitmapIndexes.map((index) => bitmaps.read(part, index));
    expect([few?.values.rowCount, many, large]).toEqual([4096, undefined, undefined]);
  });
});

test('a file of another part, column or type is not that of the part', async () => {
  const schema = schemaOf({ a: 'UInt8', b: 'UInt8', c: 'Int8' }, { bitmaps: ['a', 'b', 'c'] });
  const block = randomBlock(schema, 100, seed);
  await inFolder(async (folder) => {
    const { part, bitmaps } = await build(folder, schema, block);
    const [a, b, c] = schema.bitmapIndexes;
    const path = (name: string): string => `${folder}/bitmaps/all_1_1_0.${name}.bitmap`;
    await writeFile(path('a'), await readFile(path('b')));
    expect(() => bitmaps.read(part, a!)).toThrow(CorruptionError);
    expect(() => bitmaps.read(part, { ...a!, column: b!.column })).not.toThrow();
    expect(() => bitmaps.read(part, { ...c!, column: a!.column })).toThrow(CorruptionError);
    const other = await writePart(`${folder}/all_1_1_1`, schema, [randomBlock(schema, 100, seed + 1)]);
    await writeFile(`${folder}/bitmaps/all_1_1_1.b.bitmap`, await readFile(path('b')));
    expect(() => bitmaps.read(other, b!)).toThrow(CorruptionError);
  });
});

const START_BYTES = 32;

/** Some damage; half the time the hash of the head is that of the damaged head. */
function damaged(whole: Buffer, random: ReturnType<typeof createRandom>): Buffer {
  const bytes = Buffer.from(whole);
  const head = bytes.readUInt32LE(12);
  for (let flips = 1 + random.int(3); flips > 0; flips--)
    bytes[random.chance(0.7) ? random.int(START_BYTES + head) : random.int(bytes.length)] = random.int(256);
  if (random.chance(0.5)) hashOfFile(bytes.subarray(START_BYTES, START_BYTES + head)).copy(bytes, 16);
  return random.chance(0.2) ? bytes.subarray(0, random.int(bytes.length)) : bytes;
}

test(`of a damaged file comes an error that names it, or rows of the part, seed ${seed}`, async () => {
  const schema = schemaOf({ s: 'Nullable(String)' }, { bitmaps: ['s'] });
  await inFolder(async (folder) => {
    const { part } = await build(folder, schema, randomBlock(schema, 500, seed));
    const name = 'bitmaps/all_1_1_0.s.bitmap';
    const whole = await readFile(`${folder}/${name}`);
    const random = createRandom(seed);
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const memory = memoryFiles(folder, new Map([[name, damaged(whole, random)]]));
      try {
        const file = BitmapFile.read(memory, `${folder}/${name}`, part, schema.columns[0]!);
        if (file) rowsInFile(file, 500);
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptionError);
        expect(String(error)).toContain(name);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
