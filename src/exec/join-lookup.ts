// join-lookup.ts — from the keys of left rows to what the right side's path has to read for them, in the shards that can hold it.
//
// Keeps true: every right row whose keys equal those of a left row is inside what is read. More may be: the keys are
// compared again.

import { assert } from '../base/assert.ts';
import { addTo } from '../base/multimap.ts';
import { columnsOfPath, entryKeyColumns } from '../catalog/definitions.ts';
import { isColocated } from '../plan/colocation.ts';
import type { JoinCounters } from '../plan/funnel.ts';
import type { JoinSource, KeyLookup, ShardRanges, TableSource } from '../plan/plan.ts';
import type { KeyRange, Sharding } from '../rows/definition.ts';
import { Sharder } from '../rows/sharding.ts';
import { expandDictionary } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import { createKeyCodec, prefixEnd, type KeyCodec } from '../types/key-codec.ts';
import { rowsWithoutNull } from './join-keys.ts';

/** Where no shard can be told from the key. */
const EVERY_SHARD = -1;

export class KeyRanges {
  readonly #source: TableSource;
  readonly #lookup: KeyLookup;
  readonly #counters: JoinCounters;
  readonly #codec: KeyCodec;
  readonly #sharder: Sharder;
  /** By the sharding of the left side's table. */
  readonly #leftSharder: Sharder | undefined;

  constructor({ right, lookup }: JoinSource & { readonly lookup: KeyLookup }, counters: JoinCounters) {
    assert(right.source.kind === 'table', 'rows are looked up in a table');
    this.#source = right.source;
    this.#lookup = lookup;
    this.#counters = counters;
    const { path, table } = right.source.access;
    assert(path.kind !== 'mergeTree', 'rows are looked up by the key of a row table or an index table');
    const keyColumns = path.kind === 'indexTable' ? entryKeyColumns(path, table) : path.primaryKey;
    const columns = columnsOfPath(path, table);
    const typeOf = (column: number): DataType => columns[column]!.type;
    this.#codec = createKeyCodec(keyColumns.slice(0, lookup.prefix.length).map(typeOf));
    const shardTypes = path.sharding.columns.map(typeOf);
    const sharderOf = (sharding: Sharding): Sharder => new Sharder(sharding, shardTypes);
    this.#sharder = sharderOf(path.sharding);
    const { colocation } = lookup;
    if (colocation && isColocated(lookup)) this.#leftSharder = sharderOf(colocation.sharding);
  }

  /** The right side narrowed to the keys of these left rows; undefined when they all have a NULL. `keys`: those of the join. */
  of(keys: readonly Column[], rowCount: number): TableSource | undefined {
    const { shards, isEmpty } = this.#ranges(keys.map(expandDictionary), rowCount);
    if (isEmpty) return undefined;
    const { access } = this.#source;
    const every = Array.from({ length: access.path.sharding.shardCount }, (_, shard) => shard);
    const scans = [...shards].map(([shard, ranges]): ShardRanges => {
      return { shards: shard === EVERY_SHARD ? every : [shard], ranges: ranges.sort(byStart) };
    });
    for (const scan of scans) for (const shard of scan.shards) this.#counters.shards.add(shard);
    if (!this.#lookup.isPoint) return { ...this.#source, access: { ...access, scans } };
    const points = scans.flatMap(({ shards: [shard], ranges }) =>
      ranges.map(({ start }) => ({ shard: shard!, key: start })),
    );
    return { ...this.#source, access: { ...access, points } };
  }

  #ranges(
    keys: readonly Column[],
    rowCount: number,
  ): { readonly shards: ReadonlyMap<number, KeyRange[]>; readonly isEmpty: boolean } {
    const { prefix, shardColumns } = this.#lookup;
    const columns = prefix.map((key) => keys[key]!);
    const sharded = shardColumns?.map((place) => columns[place]!);
    const shards = new Map<number, KeyRange[]>();
    const seen = new Set<string>();
    for (const row of rowsWithoutNull(keys, rowCount)) {
      const shard = sharded ? this.#sharder.shardOf(sharded, row) : EVERY_SHARD;
      this.#countCrossing(keys, row, shard);
      const start = this.#codec.encode(columns, row);
      const name = start.toString('latin1');
      if (seen.has(name)) continue;
      seen.add(name);
      addTo(shards, shard, { start, end: prefixEnd(start) });
    }
    return { shards, isEmpty: seen.size === 0 };
  }

  /** A left row of a co-located join whose matches do not lie in its own shard: there is none, and that is counted. */
  #countCrossing(keys: readonly Column[], row: number, shard: number): void {
    const { colocation } = this.#lookup;
    if (!colocation || !this.#leftSharder) return;
    const own = this.#leftSharder.shardOf(
      colocation.columns.map((key) => keys[key]!),
      row,
    );
    if (own !== shard) this.#counters.rowsCrossing++;
  }
}

const byStart = (a: KeyRange, b: KeyRange): number => Buffer.compare(a.start, b.start);
