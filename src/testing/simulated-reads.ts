// simulated-reads.ts — the rows of a row table and the entries of an index table, read through a view, in the words of the model.

import { must } from '../base/assert.ts';
import type { IndexTableMoment, ReadView } from '../catalog/access.ts';
import { entryColumns, type IndexTableDefinition } from '../catalog/definitions.ts';
import type { Store } from '../engine/store.ts';
import { readMorsel } from '../exec/scan-parts.ts';
import { Arena } from '../kernels/arena.ts';
import type { KeyRange, RowTableDefinition } from '../rows/definition.ts';
import type { Block } from '../types/column.ts';
import { createKeyCodec, prefixEnd } from '../types/key-codec.ts';
import { columnOf, valueAt } from '../types/value.ts';
import type { ModelRow } from './history.ts';
import { allColumns, columnNames, entryOf, rowsOf, typeOf, type Entry, type ModelIndex } from './model.ts';

const everything: KeyRange = { start: new Uint8Array(), end: undefined };

export const shardsOf = (count: number): number[] => Array.from({ length: count }, (_, shard) => shard);

export const rowTableNamed = (store: Store, name: string): RowTableDefinition =>
  store.find('default', name) as RowTableDefinition;

export const indexTableNamed = (store: Store, name: string): IndexTableDefinition =>
  store.find('default', name) as IndexTableDefinition;

export function momentOf(store: Store, view: ReadView, index: ModelIndex): IndexTableMoment {
  return must(view.moment(indexTableNamed(store, index.name).id), 'an index table is older than its readers');
}

/** Keys whose first column has this value. */
function rangeOf({ key }: ModelIndex, value: KeyValue): KeyRange {
  const type = typeOf(key[0]!);
  const start = createKeyCodec([type]).encode([columnOf(type, [value])], 0);
  return { start, end: prefixEnd(start) };
}

export async function readRows(
  view: ReadView,
  path: RowTableDefinition,
  { reverse, ordered }: { readonly reverse: boolean; readonly ordered: boolean },
): Promise<ModelRow[]> {
  const rows: ModelRow[] = [];
  const shards = shardsOf(path.sharding.shardCount);
  const request = { path, shards, ranges: [everything], columns: allColumns, limit: undefined };
  for await (const block of view.scan({ ...request, reverse, ordered, appliedOnly: false }))
    rows.push(...rowsOf(block));
  return rows;
}

/** A value of a column that begins a key. */
export type KeyValue = number | string | null;

export type EntriesRequest = {
  readonly index: ModelIndex;
  readonly shards: readonly number[];
  /** Of the first column of the key; undefined = all entries. */
  readonly value?: KeyValue | undefined;
  readonly appliedOnly: boolean;
};

export async function readEntries(store: Store, view: ReadView, request: EntriesRequest): Promise<Entry[]> {
  const path = indexTableNamed(store, request.index.name);
  const table = store.rowTable(path.rowTableId).definition;
  const columns = entryColumns(path, table);
  const { index, shards, value, appliedOnly } = request;
  const ranges = [value === undefined ? everything : rangeOf(index, value)];
  const blocks =
    path.layout === 'COLUMNAR'
      ? readColumnar(store, view, { path, shards, columns, ranges, appliedOnly })
      : view.scan({
          path,
          shards,
          columns,
          ranges,
          reverse: false,
          limit: undefined,
          ordered: false,
          appliedOnly,
        });
  const entries: Entry[] = [];
  for await (const block of blocks) {
    const rows = entryRows(block, columns);
    // Parts of a columnar index table come whole: its granules are chosen by the executor, not by the view.
    const wanted = value === undefined ? rows : rows.filter((row) => row[index.key[0]!] === value);
    entries.push(...wanted.map((row) => entryOf(row, index.columns)));
  }
  return entries;
}

/** The columns that entries have. */
function entryRows(block: Block, columns: readonly number[]): ModelRow[] {
  return Array.from({ length: block.rowCount }, (_, row) => {
    const values = columns.map(
      (column, i) => [columnNames[column]!, valueAt(block.columns[i]!, row)] as const,
    );
    return Object.fromEntries(values) as ModelRow;
  });
}

async function* readColumnar(
  store: Store,
  view: ReadView,
  request: Parameters<ReadView['parts']>[0],
): AsyncGenerator<Block> {
  const names = request.columns.map((column) => columnNames[column]!);
  const arena = new Arena();
  const lease = store.readers.lease();
  const held = lease.columns();
  try {
    for (const { parts, tail } of await view.parts(request)) {
      for (const { part, mask } of parts) {
        arena.rewind();
        held.release();
        const granules = { start: 0, end: part.granuleRows.length };
        yield readMorsel({ part, granules, mask }, names, held, arena);
      }
      yield* tail;
    }
  } finally {
    arena.release();
    held.release();
    lease.release();
  }
}
