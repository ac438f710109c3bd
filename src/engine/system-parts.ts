// system-parts.ts — system.parts: the active parts of MergeTree tables and of columnar index tables, one row each.

import type { PartStatus } from '../catalog/access.ts';
import type { CatalogObject } from '../catalog/catalog.ts';
import { CHECKSUMS_FILE, DATA_EXTENSION } from '../parts/part-files.ts';
import { formatPartName } from '../parts/part-name.ts';
import type { Part } from '../parts/part.ts';
import { columnSizeBytes, type Column, type NamedType, type ValueInput } from '../types/column.ts';
import { textAt } from '../types/text.ts';
import { text, typed } from './answers.ts';
import type { Engine } from './context.ts';

/** ClickHouse's columns as far as they say something here, then Winnow's own. */
export const partColumns: readonly NamedType[] = [
  text('partition'),
  text('name'),
  text('part_type'),
  typed('active', 'UInt8'),
  typed('marks', 'UInt64'),
  typed('rows', 'UInt64'),
  typed('files', 'UInt64'),
  typed('bytes_on_disk', 'UInt64'),
  typed('data_compressed_bytes', 'UInt64'),
  typed('data_uncompressed_bytes', 'UInt64'),
  typed('marks_bytes', 'UInt64'),
  { name: 'modification_time', type: { kind: 'DateTime', timezone: undefined } },
  text('partition_id'),
  typed('min_block_number', 'Int64'),
  typed('max_block_number', 'Int64'),
  typed('level', 'UInt32'),
  typed('data_version', 'UInt64'),
  typed('primary_key_bytes_in_memory', 'UInt64'),
  text('database'),
  text('table'),
  text('engine'),
  text('path'),
  typed('bytes', 'UInt64'),
  typed('shard', 'UInt64'),
  typed('deleted_rows', 'UInt64'),
];

export async function partRows({ store, ports }: Engine): Promise<ValueInput[][]> {
  const tables = store.databases().flatMap((database) => store.tables(database));
  const parts = tables.flatMap((table) => store.partsOf(table).map((status) => ({ table, status })));
  const rows: ValueInput[][] = [];
  for (const { table, status } of parts) {
    const modifiedMs = await ports.files.modifiedMs(`${status.part.folder}/${CHECKSUMS_FILE}`);
    // Merged and removed meanwhile.
    if (modifiedMs !== undefined) rows.push(partRow(table, status, modifiedMs));
  }
  return rows;
}

function partRow(
  { database, name: table, kind }: CatalogObject,
  { shard, part, deletedRows }: PartStatus,
  modifiedMs: number,
): ValueInput[] {
  const { name, rowCount, sizeBytes, checksums } = part;
  const sizes = [...checksums].map(([file, entry]) => [file, entry.sizeBytes] as const);
  const marksFiles = sizes.filter(([file]) => file.endsWith(part.marks.extension));
  return [
    partitionText(part),
    formatPartName(name),
    part.marks.isCompact ? 'Compact' : 'Wide',
    1,
    part.granuleRows.length + Number(part.hasFinalMark),
    rowCount,
    sizes.length,
    sizeBytes,
    total(sizes.filter(([file]) => file.endsWith(DATA_EXTENSION))),
    part.uncompressedBytes,
    total(marksFiles),
    new Date(modifiedMs),
    name.partitionId,
    name.minBlock,
    name.maxBlock,
    name.level,
    name.mutation ?? name.minBlock,
    part.index.reduce((sum, column) => sum + columnSizeBytes(column), 0),
    database,
    table,
    kind === 'mergeTree' ? 'MergeTree' : 'IndexTable',
    `${part.folder}/`,
    sizeBytes,
    shard,
    deletedRows,
  ];
}

const total = (sizes: readonly (readonly [string, number])[]): number =>
  sizes.reduce((sum, [, sizeBytes]) => sum + sizeBytes, 0);

/** The value of the partition key, as ClickHouse shows it: bare when there is one, `(a,b)` when there are several. */
export function partitionText({ partitionValues }: Pick<Part, 'partitionValues'>): string {
  const [first, ...rest] = partitionValues;
  if (!first) return 'tuple()';
  if (rest.length === 0) return first.nulls?.[0] === 1 ? 'ᴺᵁᴸᴸ' : textAt(first, 0);
  const whole: Column = {
    layout: 'tuple',
    type: { kind: 'Tuple', elements: partitionValues.map(({ type }) => ({ name: undefined, type })) },
    rowCount: 1,
    fields: partitionValues,
    nulls: undefined,
  };
  return textAt(whole, 0);
}
