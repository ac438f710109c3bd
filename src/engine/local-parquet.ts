// local-parquet.ts — a Parquet file as a table, row group by row group.

import {
  type ColumnData,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  type ParquetReadOptions,
  type SchemaElement,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { notImplemented, WinnowError } from '../base/errors.ts';
import type { Files, OpenFile } from '../io/ports.ts';
import type { VirtualTable } from '../plan/plan.ts';
import { sliceBlock } from '../types/block.ts';
import type { Block, NamedType, ValueInput } from '../types/column.ts';
import { type DataType, nullable } from '../types/data-type.ts';
import { columnOf } from '../types/value.ts';
import { openFile } from './local-files.ts';

/** Rows of a block. */
const BLOCK_ROWS = 65_536;
/** Decimals of more digits pass through numbers that have not all of them. */
const MAX_DECIMAL_DIGITS = 15;

/** Times as the whole numbers they are stored as. */
const parsers = {
  timestampFromMilliseconds: (time: bigint) => time,
  timestampFromMicroseconds: (time: bigint) => time,
  timestampFromNanoseconds: (time: bigint) => time,
};

type ParquetColumn = NamedType & { readonly input: (value: unknown) => ValueInput };

/** Errors: CANNOT_OPEN_FILE; INCORRECT_DATA of what is no Parquet; NOT_IMPLEMENTED naming a column. */
export async function parquetTable(files: Files, path: string): Promise<VirtualTable> {
  const file = openFile(files, path);
  try {
    const metadata = await parquetMetadataAsync(bufferOf(file)).catch(refuse(path));
    const columns = columnsOf(metadata, path);
    const types = columns.map(({ name, type }) => ({ name, type }));
    return {
      kind: 'virtual',
      name: 'file',
      columns: types,
      read: (wanted) =>
        read(
          files,
          path,
          metadata,
          wanted.map((column) => columns[column]!),
        ),
    };
  } finally {
    file.close();
  }
}

/** Rows of these columns. */
async function* read(
  files: Files,
  path: string,
  metadata: FileMetaData,
  columns: readonly ParquetColumn[],
): AsyncGenerator<Block> {
  const file = openFile(files, path);
  try {
    let rowStart = 0;
    for (const { num_rows } of metadata.row_groups) {
      const rowEnd = rowStart + Number(num_rows);
      const group = await readGroup({ file: bufferOf(file), metadata, rowStart, rowEnd }, columns).catch(
        refuse(path),
      );
      for (let start = 0; start < group.rowCount; start += BLOCK_ROWS)
        yield sliceBlock(group, start, Math.min(group.rowCount, start + BLOCK_ROWS));
      rowStart = rowEnd;
    }
  } finally {
    file.close();
  }
}

/** A row group, whose pages are decoded once. */
async function readGroup(
  group: Required<Pick<ParquetReadOptions, 'file' | 'metadata' | 'rowStart' | 'rowEnd'>>,
  columns: readonly ParquetColumn[],
): Promise<Block> {
  const { rowStart, rowEnd } = group;
  const rowCount = rowEnd - rowStart;
  const values = new Map(columns.map(({ name }) => [name, new Array<unknown>(rowCount)]));
  const onChunk = (chunk: ColumnData): void => {
    const into = values.get(chunk.columnName)!;
    for (let row = Math.max(chunk.rowStart, rowStart); row < Math.min(chunk.rowEnd, rowEnd); row++)
      into[row - rowStart] = chunk.columnData[row - chunk.rowStart];
  };
  if (columns.length > 0)
    await parquetRead({ ...group, columns: [...values.keys()], compressors, parsers, utf8: false, onChunk });
  return {
    rowCount,
    columns: columns.map(({ name, type, input }) => columnOf(type, values.get(name)!.map(input))),
  };
}

/** As hyparquet reads files. */
function bufferOf(file: OpenFile): { byteLength: number; slice(start: number, end?: number): ArrayBuffer } {
  return {
    byteLength: file.sizeBytes,
    slice(start, end = file.sizeBytes) {
      const bytes = new Uint8Array(new ArrayBuffer(Math.max(0, end - start)));
      file.readInto(bytes, start);
      return bytes.buffer;
    },
  };
}

const refuse =
  (path: string) =>
  (error: unknown): never => {
    throw new WinnowError('INCORRECT_DATA', `${path}: ${(error as Error).message}`, { cause: error });
  };

function columnsOf({ schema }: FileMetaData, path: string): readonly ParquetColumn[] {
  const columns: ParquetColumn[] = [];
  for (let i = 1; i < schema.length; i++) {
    const element = schema[i]!;
    const isPlain = !element.num_children && element.repetition_type !== 'REPEATED';
    const found = isPlain ? plainColumn(element) : undefined;
    if (!found) throw notImplemented(`${path}: column ${element.name} of type ${kindOf(element)}`);
    columns.push(found);
  }
  return columns;
}

const kindOf = (element: SchemaElement): string =>
  element.logical_type?.type ?? element.converted_type ?? element.type ?? 'a group';

function plainColumn(element: SchemaElement): ParquetColumn | undefined {
  const found = plainType(element);
  if (!found) return undefined;
  const [type, input] = found;
  const isOptional = element.repetition_type === 'OPTIONAL';
  return {
    name: element.name,
    type: isOptional ? nullable(type) : type,
    input: (value) => (value === undefined || value === null ? null : input(value)),
  };
}

type Plain = readonly [DataType, (value: unknown) => ValueInput];

const asIs = (value: unknown): ValueInput => value as ValueInput;

function plainType(element: SchemaElement): Plain | undefined {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (logical?.type === 'TIMESTAMP') {
    const scale = { MILLIS: 3, MICROS: 6, NANOS: 9 }[logical.unit];
    const timezone = logical.isAdjustedToUTC ? 'UTC' : undefined;
    return [{ kind: 'DateTime64', scale, timezone }, asIs];
  }
  if (converted === 'DATE') return [{ kind: 'Date32' }, asIs];
  if (converted === 'DECIMAL') return decimalType(element);
  const integer = /^(U?)INT_(\d+)$/.exec(converted ?? '');
  if (integer) return [{ kind: `${integer[1] ? 'UInt' : 'Int'}${integer[2]}` } as DataType, asIs];
  switch (type) {
    case 'BOOLEAN':
      return [{ kind: 'Bool' }, asIs];
    case 'INT32':
      return [{ kind: 'Int32' }, asIs];
    case 'INT64':
      return [{ kind: 'Int64' }, asIs];
    case 'FLOAT':
      return [{ kind: 'Float32' }, asIs];
    case 'DOUBLE':
      return [{ kind: 'Float64' }, asIs];
    case 'BYTE_ARRAY':
      return [{ kind: 'String' }, asIs];
    default:
      return undefined;
  }
}

function decimalType({ precision = 0, scale = 0 }: SchemaElement): Plain | undefined {
  if (precision > MAX_DECIMAL_DIGITS) return undefined;
  return [{ kind: 'Decimal', precision, scale }, (value) => (value as number).toFixed(scale)];
}
