// local-files.ts — tables that are files: CSV, TabSeparated, JSON lines, Parquet, parts of ClickHouse.
//
// Their columns are found when a statement is met, their rows are read when it runs, piece by piece.

import { WinnowError } from '../base/errors.ts';
import { readInput } from '../formats/input.ts';
import { inferSchema, recordPieces, type TextFormat } from '../formats/text-files.ts';
import type { Files, OpenFile } from '../io/ports.ts';
import { findParts } from '../parts/found-parts.ts';
import { COLUMNS_FILE } from '../parts/part-files.ts';
import type { VirtualTable } from '../plan/plan.ts';
import type { Statement } from '../sql/ast.ts';
import { blockOfColumns } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { ownBlock } from '../types/own-block.ts';
import { fileKey } from './table-functions.ts';
import { partsTable } from './local-parts.ts';

const formats: Readonly<Record<string, TextFormat>> = {
  CSV: 'CSV',
  TSV: 'TabSeparated',
  TabSeparated: 'TabSeparated',
  JSONEachRow: 'JSONEachRow',
  JSONLines: 'JSONEachRow',
  NDJSON: 'JSONEachRow',
};

const extensions: Readonly<Record<string, string>> = {
  csv: 'CSV',
  tsv: 'TSV',
  json: 'JSONEachRow',
  jsonl: 'JSONEachRow',
  ndjson: 'JSONEachRow',
  parquet: 'Parquet',
};

/** The tables of all files that a statement names, by `fileKey`. Errors: those of the files. */
export async function filesOf(
  statement: Statement,
  files: Files,
): Promise<ReadonlyMap<string, VirtualTable>> {
  const tables = new Map<string, VirtualTable>();
  for (const args of fileCalls(statement)) {
    const [path, format] = args;
    const key = fileKey(args);
    if (!tables.has(key)) tables.set(key, await fileTable(path!, format, files));
  }
  return tables;
}

/** Arguments of `file(…)` that are texts. */
function* fileCalls(node: unknown): Generator<readonly string[]> {
  if (typeof node !== 'object' || node === null) return;
  const { kind, name, args } = node as {
    readonly kind?: string;
    readonly name?: string;
    readonly args?: unknown;
  };
  if (kind === 'function' && name === 'file' && Array.isArray(args)) {
    const texts = args.map((arg) =>
      arg.kind === 'literal' && arg.value.kind === 'string' ? arg.value.value : undefined,
    );
    if (texts.length > 0 && texts.length <= 2 && texts.every((text) => text !== undefined)) yield texts;
  }
  for (const child of Object.values(node)) yield* fileCalls(child);
}

/** Errors: CANNOT_OPEN_FILE, UNKNOWN_FORMAT, BAD_ARGUMENTS, and those of the content. */
async function fileTable(path: string, format: string | undefined, files: Files): Promise<VirtualTable> {
  const parts = await partFolders(files, path).catch(nothingOfAFile);
  if (parts.length > 0) return partsTable(files, path, parts);
  const wanted = format ?? extensions[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''];
  if (wanted === undefined)
    throw new WinnowError('BAD_ARGUMENTS', `what ${path} holds is not known by its name`, {
      hint: `Name the format: file('${path}', 'CSV').`,
    });
  if (wanted === 'Parquet') return (await import('./local-parquet.ts')).parquetTable(files, path);
  const textFormat = Object.hasOwn(formats, wanted) ? formats[wanted] : undefined;
  if (textFormat) return textTable(files, path, textFormat);
  throw new WinnowError('UNKNOWN_FORMAT', `winnow local does not read files of format ${wanted}`, {
    hint: `There are: ${[...Object.keys(formats), 'Parquet'].join(', ')}.`,
  });
}

/** A folder is a part, whatever its name, or has parts. */
async function partFolders(files: Files, path: string): Promise<readonly string[]> {
  if ((await files.list(path)).includes(COLUMNS_FILE)) return [path];
  return (await findParts(files, path)).map(({ folder }) => folder);
}

function nothingOfAFile(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOTDIR') return [];
  throw error;
}

/** Errors: CANNOT_OPEN_FILE. */
export function openFile(files: Files, path: string): OpenFile {
  const file = files.open(path);
  if (file) return file;
  throw new WinnowError('CANNOT_OPEN_FILE', `there is no file ${path}`);
}

function textTable(files: Files, path: string, format: TextFormat): VirtualTable {
  const file = openFile(files, path);
  try {
    const { columns, start } = inferSchema(file, path, format);
    const all = { path, format, columns, start };
    const read = (wanted: readonly number[]): AsyncIterable<Block> =>
      textBlocks(openFile(files, path), all, wanted);
    return { kind: 'virtual', name: 'file', columns, read };
  } finally {
    file.close();
  }
}

async function* textBlocks(
  file: OpenFile,
  {
    path,
    format,
    columns,
    start,
  }: {
    readonly path: string;
    readonly format: TextFormat;
    readonly columns: VirtualTable['columns'];
    readonly start: number;
  },
  wanted: readonly number[],
): AsyncGenerator<Block> {
  let rowsBefore = 0;
  try {
    for (const piece of recordPieces(file, path, format, start)) {
      for (const block of readInput(format, piece, columns, { skipUnknownFields: true, rowsBefore })) {
        rowsBefore += block.rowCount;
        yield ownBlock(blockOfColumns(block, wanted));
      }
    }
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    throw new WinnowError(error.code, `${path}: ${error.message}`, {
      detail: error.detail,
      hint: error.hint,
    });
  } finally {
    file.close();
  }
}
