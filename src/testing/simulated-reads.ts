// simulated-reads.ts — the rows of a row table and the entries of an index table, read through a view, in the words of the model.

import { must } from '../base/assert.ts';
import type { IndexTableMoment, ReadView } from '../catalog/access.ts';
import { columnsOfPath, entryColumns, type IndexTableDefinition } from '../catalog/definitions.ts';
import type { Store } from '../engine/store.ts';
import { readMorsel } from '../exec/scan-parts.ts';
import { Arena } from '../kernels/arena.ts';
import type { KeyRange, RowTableDefinition } from '../rows/definition.ts';
import type { Block } from '../types/column.ts';
import { createKeyCodec, prefixEnd } from '../types/key-codec.ts';
import { columnOf } from '../types/value.ts';
import type { ModelRow } from './history.ts';
import {
  allColumns,
  entryOf,
  firstValueOf,
  objectsOf,
  rowsOf,
  typeOf,
  type ColumnName,
  type Entry,
  type KeyValue,
  type ModelIndex,
} from './model.ts';

const everything: KeyRange = { start: new Uint8Array(), end: undefined };

const shardsOf = (count: number): number[] => Array.from({ length: count }, (_, shard) => shard);

export const rowTableNamed = (store: Store, name: string): RowTableDefinition =>
  store.find('default', name) as RowTableDefinition;

/** An index table as it was in the turn in which a view was opened: it may be altered while the view is read. */
export type OpenIndex = {
  readonly index: ModelIndex;
  readonly path: IndexTableDefinition;
  readonly moment: IndexTableMoment;
  readonly columns: readonly number[];
  readonly names: readonly ColumnName[];
};

export function openIndex(store: Store, view: ReadView, index: ModelIndex): OpenIndex {
  const path = store.find('default', index.name) as IndexTableDefinition;
  const { definition } = store.rowTable(path.rowTableId);
  const columns = entryColumns(path, definition);
  const all = columnsOfPath(path, definition);
  const names = columns.map((column) => all[column]!.name as ColumnName);
  return { index, path, moment: must(view.moment(path.id), 'it is older than the view'), columns, names };
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

export type EntriesRequest = {
  /** undefined = all. */
  readonly shards?: readonly number[] | undefined;
  /** Of the first column of the key; undefined = all entries. */
  readonly value?: KeyValue | undefined;
  readonly appliedOnly: boolean;
};

export async function readEntries(
  store: Store,
  view: ReadView,
  { path, columns, names }: OpenIndex,
  { shards = shardsOf(path.sharding.shardCount), value, appliedOnly }: EntriesRequest,
): Promise<Entry[]> {
  const ranges = [value === undefined ? everything : rangeOf(names[0]!, value)];
  const request = { path, shards, columns, ranges, appliedOnly };
  const blocks =
    path.layout === 'COLUMNAR'
      ? readColumnar(store, view, request, names)
      : view.scan({ ...request, reverse: false, limit: undefined, ordered: false });
  const entries: Entry[] = [];
  for await (const block of blocks) {
    const rows = objectsOf(block, names);
    // Parts of a columnar index table come whole: its granules are chosen by the executor, not by the view.
    const wanted = value === undefined ? rows : rows.filter((row) => firstValueOf(row, names) === value);
    entries.push(...wanted.map((row) => entryOf(row, names)));
  }
  return entries;
}

function rangeOf(column: ColumnName, value: KeyValue): KeyRange {
  const type = typeOf(column);
  const start = createKeyCodec([type]).encode([columnOf(type, [value])], 0);
  return { start, end: prefixEnd(start) };
}

async function* readColumnar(
  store: Store,
  view: ReadView,
  request: Parameters<ReadView['parts']>[0],
  names: readonly string[],
): AsyncGenerator<Block> {
  const arena = new Arena();
  const lease = store.readers.lease();
  const held = lease.columns();
  try {
    for (const { parts, tail } of await view.parts(request)) {
      for (const { part, mask } of parts) {
        arena.rewind();
        held.release();
        const granules = { start: 0, end: part.granuleRows.length };
        yield readMorsel({ part, granules, mask, selected: undefined, isDecided: true }, names, held, arena);
      }
      yield* tail;
    }
  } finally {
    arena.release();
    held.release();
    lease.release();
  }
}
