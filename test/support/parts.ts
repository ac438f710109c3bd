// parts.ts — parts of random rows, written, read and compared as text.

import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { valuesOf } from './random-columns.ts';
import type { SkipIndexDefinition } from '../../src/catalog/definitions.ts';
import { partitionKeyOf } from '../../src/catalog/part-schema.ts';
import { skipIndexOf } from '../../src/catalog/skip-indexes.ts';
import { createOutput } from '../../src/formats/output.ts';
import { nodePorts } from '../../src/io/node-ports.ts';
import type { Files, OpenFile } from '../../src/io/ports.ts';
import { Arena } from '../../src/kernels/arena.ts';
import { expandDictionary } from '../../src/types/block.ts';
import { ownBlock } from '../../src/types/own-block.ts';
import type { Block, Column, ValueInput } from '../../src/types/column.ts';
import { parseCodecs } from '../../src/sql/parser.ts';
import { parseDataType } from '../../src/types/parse-type.ts';
import { columnOf } from '../../src/types/value.ts';
import { columnCodec } from '../../src/parts/column-codec.ts';
import { Part } from '../../src/parts/part.ts';
import { PartReader } from '../../src/parts/part-reader.ts';
import { PartWriter } from '../../src/parts/part-writer.ts';
import { defaultPartSettings, type PartSchema, type PartSettings } from '../../src/parts/schema.ts';

export const { files } = nodePorts;

/** Runs `body` with a folder of its own. */
export async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'winnow-parts-'));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Columns of one Nested. */
export const nestedTypes = {
  'kids.age': 'Array(UInt16)',
  'kids.name': 'Array(Nullable(String))',
  'kids.marks and more': 'Array(Array(LowCardinality(String)))',
};

/** Arrays of the same lengths for each of them. */
export function nestedColumn(name: string, rowCount: number): Column {
  const type = parseDataType(nestedTypes[name as keyof typeof nestedTypes]);
  const element = (n: number): ValueInput => {
    if (name === 'kids.age') return n % 1000;
    const text = n % 3 === 0 ? null : `text ${n % 50}`;
    return name === 'kids.name' ? text : [text ?? '', ''].slice(n % 3);
  };
  const rows = Array.from({ length: rowCount }, (_, row) => row);
  return columnOf(
    type,
    rows.map((row) => Array.from({ length: (row * 7) % 5 }, (_, i) => element(row + i))),
  );
}

/** `{ id: 'UInt64', s: 'String' }`, sorted by columns of these names, all of them in the primary index. */
export function schemaOf(
  types: Readonly<Record<string, string>>,
  options: {
    readonly orderBy?: readonly string[];
    readonly partitionBy?: string;
    readonly granularity?: number;
    readonly indexes?: readonly SkipIndexDefinition[];
    readonly settings?: Partial<PartSettings>;
    /** By the name of the column, what stands in CODEC( ). */
    readonly codecs?: Readonly<Record<string, string>>;
    /** Columns, each with a bitmap index of its name. */
    readonly bitmaps?: readonly string[];
  } = {},
): PartSchema {
  const columns = Object.entries(types).map(([name, type]) => ({ name, type: parseDataType(type) }));
  const sortingKey = (options.orderBy ?? []).map((name) =>
    columns.findIndex((column) => column.name === name),
  );
  return {
    columns,
    sortingKey,
    primaryKeyLength: sortingKey.length,
    partitionBy: partitionKeyOf(options.partitionBy, columns),
    ...defaultPartSettings,
    ...options.settings,
    ...(options.granularity === undefined ? {} : { indexGranularity: options.granularity }),
    codecs: new Map(
      Object.entries(options.codecs ?? {}).map(([name, sql]) => [
        name,
        columnCodec(
          parseCodecs(sql),
          columns.find((column) => column.name === name)!,
        ),
      ]),
    ),
    skipIndexes: (options.indexes ?? []).map((index) => skipIndexOf(index, columns)),
    bitmapIndexes: (options.bitmaps ?? []).map((name) => {
      return { name, column: columns.findIndex((column) => column.name === name) };
    }),
  };
}

/** Random rows; the seed repeats them. */
export function randomBlock({ columns }: PartSchema, rowCount: number, seed: number): Block {
  return {
    rowCount,
    columns: columns.map(({ type }, i) => {
      // Few values, each several times: making them costs most of a test.
      const values = fc.sample(valuesOf(type, { anyBytes: true }), {
        numRuns: Math.min(rowCount, 40),
        seed: seed + i,
      });
      return columnOf(
        type,
        Array.from({ length: rowCount }, (_, row) => values[(row * 7919 + i) % values.length]),
      );
    }),
  };
}

export async function writePart(
  folder: string,
  schema: PartSchema,
  blocks: readonly Block[],
  to: Files = files,
): Promise<Part> {
  const writer = new PartWriter(to, folder, schema, { sync: false });
  for (const block of blocks) await writer.write(block);
  await writer.finish();
  return Part.open(to, folder, schema);
}

/** All rows of a part as `linesOf`, read in runs of `granules` granules. */
export function readLines(part: Part, schema: PartSchema, granules = 8, from: Files = files): string[] {
  return readRuns(part, schema, granules, from, (block) => linesOf(block, schema)).flat();
}

/** All rows of a part, in memory of their own. */
export function readBlock(part: Part, schema: PartSchema): Block {
  return readRuns(part, schema, part.granuleRows.length, files, ownBlock)[0]!;
}

function readRuns<T>(
  part: Part,
  { columns }: PartSchema,
  granules: number,
  from: Files,
  use: (block: Block) => T,
): T[] {
  const reader = new PartReader(from, part);
  const arena = new Arena();
  const results: T[] = [];
  try {
    for (let start = 0; start < part.granuleRows.length; start += granules) {
      const end = Math.min(start + granules, part.granuleRows.length);
      arena.rewind();
      const rowCount = part.granuleStarts[end]! - part.granuleStarts[start]!;
      const read = columns.map(({ name }) => expandDictionary(reader.read(name, { start, end }, arena)));
      results.push(use({ rowCount, columns: read }));
    }
    return results;
  } finally {
    arena.release();
    reader.close();
  }
}

/** The rows as TabSeparated, a line each, a character per byte. */
export function linesOf({ rowCount, columns }: Block, schema: PartSchema): string[] {
  const output = createOutput('TabSeparated', schema.columns, {
    quote64BitIntegers: false,
    quoteDenormals: false,
  });
  const text = output.block({ rowCount, columns: columns.map(expandDictionary) });
  return Buffer.from(text).toString('latin1').split('\n').slice(0, -1);
}

/** The files of a folder, by name. */
export function readFolder(folder: string): ReadonlyMap<string, Buffer> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name))]));
}

/** Files in memory that can be opened, as if they lay in `folder`. */
export function memoryFiles(folder: string, bytes: ReadonlyMap<string, Buffer>): Files {
  const open = (file: string): OpenFile | undefined => {
    const content = bytes.get(file.slice(folder.length + 1));
    if (!content) return undefined;
    const readInto = (target: Uint8Array, position: number): number => {
      const found = content.subarray(position, position + target.length);
      target.set(found);
      return found.length;
    };
    return { sizeBytes: content.length, readInto, close: () => undefined };
  };
  const list = async (): Promise<string[]> => [...bytes.keys()].sort();
  const enough: Partial<Files> = { open, list, sizeBytes: (file) => open(file)?.sizeBytes };
  return enough as Files;
}
