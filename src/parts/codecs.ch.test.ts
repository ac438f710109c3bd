// Codecs against ClickHouse: what it compresses by each of them is read, and made of the same content again.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickHouse } from '../../test/support/chdb-parts.ts';
import { files, inFolder, linesOf, readLines, schemaOf, writePart } from '../../test/support/parts.ts';
import { createRandom } from '../base/random.ts';
import { Arena } from '../kernels/arena.ts';
import type { Block } from '../types/column.ts';
import { columnOf } from '../types/value.ts';
import { type CodecChain, methods, t64Types } from './codec.ts';
import { BlockCompressor, decompressAll } from './compressed-block.ts';
import { Part } from './part.ts';
import { verifyPart } from './verify-part.ts';
import { zstdDecompress } from './zstd.ts';

const rowCount = 30_000;
type Case = {
  readonly type: string;
  readonly codec: string;
  readonly value: (n: number) => unknown;
  /** Where our blocks of the same content have the same bytes. */
  readonly chain?: CodecChain;
};
const noisy = (n: number): number => {
  const mixed = Math.imul(n ^ (n >>> 7), 0x85eb_ca6b);
  return (Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35) >>> 0) % 1_000_003;
};
const rising = (n: number): bigint => 1_700_000_000_000n + BigInt(n * 1000 + (noisy(n) % 7));
const edges = [0n, 1n, 2n ** 63n - 1n, -(2n ** 63n), -1n, 2n ** 31n, -(2n ** 31n) - 1n, 255n];
const delta = (width: number): CodecChain => [{ name: 'Delta', width }];
const doubleDelta = (width: number): CodecChain => [{ name: 'DoubleDelta', width }];
const gorilla = (width: number): CodecChain => [{ name: 'Gorilla', width }];
const t64 = (type: keyof typeof t64Types, hasBitPlanes = false): CodecChain => [
  { name: 'T64', type: t64Types[type], hasBitPlanes },
];
const cases: readonly Case[] = [
  { type: 'UInt64', codec: 'ZSTD', value: noisy },
  { type: 'UInt32', codec: 'ZSTD(1)', value: noisy },
  { type: 'String', codec: 'ZSTD(22)', value: (n) => `text ${n % 700} of ${n % 13}` },
  { type: 'String', codec: 'ZSTD(3, 24)', value: (n) => (n % 999 === 0 ? 'long '.repeat(9000 + n) : '') },
  { type: 'String', codec: 'ZSTD(1)', value: () => 'same' },
  { type: 'Float64', codec: 'ZSTD(9)', value: (n) => Math.sin(n * n) },
  { type: 'Nullable(Int16)', codec: 'ZSTD(1)', value: (n) => (n % 3 === 0 ? null : -n % 300) },
  { type: 'UInt64', codec: 'NONE', value: noisy, chain: [{ name: 'NONE' }] },
  { type: 'UInt8', codec: 'Delta', value: (n) => n % 256, chain: delta(1) },
  { type: 'Int16', codec: 'Delta', value: (n) => (noisy(n) % 65_536) - 32_768, chain: delta(2) },
  { type: 'Float32', codec: 'Delta', value: (n) => n / 8, chain: delta(4) },
  { type: 'Int64', codec: 'Delta', value: (n) => edges[noisy(n) % edges.length], chain: delta(8) },
  { type: 'UInt64', codec: 'Delta(2)', value: rising, chain: delta(2) },
  { type: 'UInt8', codec: 'DoubleDelta', value: (n) => noisy(n) % 256, chain: doubleDelta(1) },
  { type: 'UInt16', codec: 'DoubleDelta', value: (n) => noisy(n) % 65_536, chain: doubleDelta(2) },
  { type: 'Int32', codec: 'DoubleDelta', value: (n) => (noisy(n) - 500_000) * 4000, chain: doubleDelta(4) },
  {
    type: 'Int64',
    codec: 'DoubleDelta',
    value: (n) => edges[noisy(n) % edges.length],
    chain: doubleDelta(8),
  },
  { type: 'Int64', codec: 'DoubleDelta', value: rising, chain: doubleDelta(8) },
  { type: 'UInt8', codec: 'Gorilla', value: (n) => noisy(n) % 256, chain: gorilla(1) },
  { type: 'UInt16', codec: 'Gorilla', value: (n) => noisy(n) % 9000, chain: gorilla(2) },
  { type: 'Float32', codec: 'Gorilla', value: (n) => Math.fround(Math.sin(n / 1000)), chain: gorilla(4) },
  { type: 'Float64', codec: 'Gorilla', value: (n) => (noisy(n) % 100) / 10, chain: gorilla(8) },
  { type: 'Int64', codec: 'Gorilla', value: (n) => edges[noisy(n) % edges.length], chain: gorilla(8) },
  { type: 'UInt8', codec: 'T64', value: (n) => 3 + (noisy(n) % 40), chain: t64('UInt8') },
  { type: 'Int8', codec: "T64('bit')", value: (n) => (noisy(n) % 100) - 50, chain: t64('Int8', true) },
  { type: 'UInt16', codec: "T64('bit')", value: (n) => 300 + (noisy(n) % 9000), chain: t64('UInt16', true) },
  { type: 'Int32', codec: 'T64', value: (n) => (noisy(n) % 90_000) - 7000, chain: t64('Int32') },
  { type: 'Int64', codec: 'T64', value: (n) => -5_000_000_000 - noisy(n), chain: t64('Int64') },
  { type: 'Int64', codec: "T64('bit')", value: (n) => edges[noisy(n) % 8], chain: t64('Int64', true) },
  { type: 'UInt64', codec: 'T64', value: () => 77, chain: t64('UInt64') },
  { type: 'Date', codec: 'T64', value: (n) => 19_000 + (n % 100), chain: t64('Date') },
  { type: "DateTime('UTC')", codec: 'T64', value: (n) => 1_700_000_000 + noisy(n), chain: t64('DateTime') },
  { type: "DateTime64(3, 'UTC')", codec: 'T64', value: rising, chain: t64('DateTime64') },
  {
    type: "Enum8('a' = -5, 'b' = 1, 'c' = 100)",
    codec: 'T64',
    value: (n) => [-5, 1, 100][n % 3],
    chain: t64('Enum8'),
  },
  { type: 'Decimal(9, 2)', codec: 'T64', value: (n) => noisy(n) - 9, chain: t64('Decimal32') },
  { type: 'Decimal(18, 2)', codec: 'T64', value: (n) => -noisy(n), chain: t64('Decimal64') },
  { type: 'UInt32', codec: 'Delta, LZ4', value: (n) => n * 3 },
  { type: 'Int64', codec: 'DoubleDelta, LZ4HC(9)', value: rising },
  { type: 'Float64', codec: 'Gorilla, ZSTD(1)', value: (n) => n / 10 },
  { type: 'UInt32', codec: "T64('bit'), Delta(1), LZ4", value: noisy },
  { type: 'Nullable(UInt32)', codec: 'Delta, LZ4', value: (n) => (n % 5 === 0 ? null : n) },
  { type: 'Array(UInt16)', codec: 'T64, ZSTD(2)', value: (n) => [n % 1000, n % 7] },
  { type: 'String', codec: 'LZ4HC', value: (n) => `text ${n % 700} of ${n % 13}` },
];
const columns: Readonly<Record<string, Case>> = {
  n: { type: 'UInt64', codec: 'LZ4', value: (n) => n },
  ...Object.fromEntries(cases.map((each, i) => [`v${i}_`, each])),
};

const schema = schemaOf(Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type])), {
  orderBy: ['n'],
  granularity: 1000,
});
const block: Block = {
  rowCount,
  columns: schema.columns.map(({ name, type }) =>
    columnOf(
      type,
      Array.from({ length: rowCount }, (_, n) => columns[name]!.value(n) as never),
    ),
  ),
};

describe('a column per codec', () => {
  let clickHouse: ClickHouse;
  let folder: string;
  let theirs: Part;

  beforeAll(async () => {
    clickHouse = new ClickHouse();
    folder = await mkdtemp(path.join(tmpdir(), 'winnow-codecs-'));
    const ours = await writePart(`${folder}/all_1_1_0`, schema, [block]);
    clickHouse.createTable('plain', schema);
    await clickHouse.attach('plain', ours.folder);
    const clauses = Object.entries(columns).map(([name, { codec }]) => [name, `CODEC(${codec})`]);
    clickHouse.query('SET allow_suspicious_codecs = 1');
    clickHouse.createTable('theirs', schema, Object.fromEntries(clauses));
    clickHouse.query('INSERT INTO d.theirs SELECT * FROM d.plain ORDER BY n SETTINGS max_threads = 1');
    theirs = await Part.open(files, (await clickHouse.parts('theirs'))[0]!, schema);
  });
  afterAll(async () => {
    clickHouse[Symbol.dispose]();
    await rm(folder, { recursive: true });
  });

  test.each(Object.entries(columns).map(([name, { type, codec }]) => [name, type, codec] as const))(
    '%s %s CODEC(%s) is read, and made of the same content again',
    async (name, type) => {
      const { chain } = columns[name]!;
      const alone = schemaOf({ [name]: type });
      const column = block.columns[schema.columns.findIndex((each) => each.name === name)]!;
      expect(readLines(theirs, alone, 5)).toEqual(linesOf({ rowCount, columns: [column] }, alone));
      for (const { frame, content } of chain ? await framesOf(theirs, name) : [])
        expect(compressed(content, chain!).equals(frame)).toBe(true);
    },
  );

  test('the verifier finds nothing wrong', async () => {
    expect(await verifyPart(files, theirs.folder, schema)).toEqual([]);
  });

  test('damaged ZSTD frames give the bytes asked for, or nothing', async () => {
    const names = Object.keys(columns).filter((name) => columns[name]!.codec.startsWith('ZSTD'));
    const all = (await Promise.all(names.map((name) => framesOf(theirs, name)))).flat();
    const frames = all
      .map(({ frame, content }) => ({ payload: frame.subarray(25), sizeBytes: content.length }))
      .filter(({ payload }) => payload.length < 20_000);
    const random = createRandom(7);
    let refused = 0;
    for (const { payload, sizeBytes } of frames) {
      expect(zstdDecompress(payload, new Uint8Array(sizeBytes))).toBe(true);
      expect(zstdDecompress(payload, new Uint8Array(sizeBytes + 1))).toBe(false);
      expect(zstdDecompress(payload, new Uint8Array(sizeBytes - 1))).toBe(false);
      expect(zstdDecompress(Buffer.concat([payload, payload]), new Uint8Array(sizeBytes))).toBe(false);
    }
    for (let i = 0; i < 300; i++) {
      const { payload, sizeBytes } = frames[random.int(frames.length)]!;
      const damaged = Buffer.from(payload);
      damaged[random.int(10) === 0 ? random.int(12) : random.int(damaged.length)]! ^= 1 << random.int(8);
      const cut = random.int(3) === 0 ? damaged.subarray(0, random.int(damaged.length)) : damaged;
      if (!zstdDecompress(cut, new Uint8Array(sizeBytes))) refused++;
    }
    expect(refused).toBeGreaterThan(40);
  });
});

type Frame = { readonly frame: Buffer; readonly content: Buffer };

/** The blocks of a stream's data file. */
async function framesOf(part: Part, stream: string): Promise<Frame[]> {
  const data = await readFile(`${part.folder}/${stream}.bin`);
  const frames: Frame[] = [];
  for (let at = 0; at < data.length; at += frames.at(-1)!.frame.length) {
    const frame = data.subarray(at, at + 16 + data.readUInt32LE(at + 17));
    frames.push({ frame, content: decompressAll(frame, stream, frame.readUInt32LE(21)) });
  }
  return frames;
}

function compressed(content: Buffer, chain: CodecChain): Buffer {
  const arena = new Arena();
  try {
    const { byteOffset } = arena.take(content);
    return Buffer.from(new BlockCompressor(arena).compress(byteOffset, content.length, chain));
  } finally {
    arena.release();
  }
}

test('ClickHouse reads and merges files whose blocks are compressed by what is smallest', async () => {
  using clickHouse = new ClickHouse();
  const chosen = schemaOf(
    { n: 'UInt64', v: 'Int32', w: "Nullable(DateTime64(3, 'UTC'))", a: 'Array(UInt8)' },
    { orderBy: ['n'] },
  );
  const count = 150_000;
  const value = (n: number): number =>
    [n * 5, noisy(n) % 1000, Math.imul(noisy(n), 0x9e37_79b1)][Math.floor(n / 50_000)]!;
  const rows: Block = {
    rowCount: count,
    columns: [
      (n: number): unknown => n,
      value,
      (n: number): unknown => (n % 11 === 0 ? null : rising(n)),
      (n: number): unknown => new Array<number>(noisy(n) % 6).fill(n % 256),
    ].map((of, i) =>
      columnOf(
        chosen.columns[i]!.type,
        Array.from({ length: count }, (_, n) => of(n) as never),
      ),
    ),
  };
  await inFolder(async (folder) => {
    const ours = await writePart(`${folder}/all_1_1_0`, chosen, [rows]);
    const used = new Set((await framesOf(ours, 'v')).map(({ frame }) => frame[16]));
    expect(used).toEqual(new Set([methods.Multiple, methods.T64, methods.LZ4]));
    expect((await framesOf(ours, 'a.size0'))[0]!.frame[16]).toBe(methods.T64);
    const expected = linesOf(rows, chosen);
    expect(readLines(ours, chosen)).toEqual(expected);
    clickHouse.createTable('ours', chosen);
    await clickHouse.attach('ours', ours.folder);
    expect(clickHouse.check('ours')).toEqual([]);
    expect(await clickHouse.lines('SELECT * FROM d.ours ORDER BY n')).toEqual(expected);
    clickHouse.query('INSERT INTO d.ours VALUES (1000000, 7, 7, [])');
    clickHouse.query('SYSTEM START MERGES d.ours');
    clickHouse.query('OPTIMIZE TABLE d.ours FINAL');
    expect(await clickHouse.parts('ours')).toHaveLength(1);
    expect(await clickHouse.lines('SELECT * FROM d.ours WHERE n < 1000000 ORDER BY n')).toEqual(expected);
  });
});
