// index-moment.ts — one index table and its row table at one moment, for work that compares them whole.
//
// Keeps true: rows, log, positions and entries are those of one snapshot of the store, so that
//   rows at `sequence` = applied entries with the log above their positions laid over them
// is exact, whatever lanes and writers do meanwhile. It holds no tail back, as a read view does: a moment may last long.
// Parts of a columnar index table are those in memory in the same turn; their position may be another than the one in
// the snapshot, and the log from there on is in the snapshot all the same, because it is trimmed behind positions only.

import { byteString } from '../base/byte-string.ts';
import { WinnowError } from '../base/errors.ts';
import type { Kv, KvEntry, KvSnapshot } from '../kv/kv.ts';
import { rangeChunks } from '../kv/range-chunks.ts';
import type { Sequence } from '../log/change.ts';
import {
  ALL_RESERVED_KEY_BYTES,
  allReservedKey,
  detailKey,
  detailShardRange,
  entryShardRange,
  headIn,
  indexReservationsRange,
  keyOfDetail,
  rowShardRange,
  SHARD_PREFIX_BYTES,
} from '../log/keyspace.ts';
import { rowCountIn } from '../log/table-state.ts';
import { readLog } from '../log/row-log.ts';
import type { TailOperation } from '../log/tail.ts';
import type { ReaderCache } from '../parts/reader-cache.ts';
import { ChangedRows, DecodedRows } from '../rows/decoded-rows.ts';
import type { RowLayout } from '../rows/row-layout.ts';
import type { ShardState } from './columnar-shard.ts';
import { ColumnarStorage } from './columnar-storage.ts';
import type { Entry } from './entry-layout.ts';
import { type ExpectedSum, readExpectedSum } from './expected-sums.ts';
import type { IndexTable } from './index-table.ts';
import { partEntries } from './part-entries.ts';
import { readPositions } from './positions.ts';
import { reservationHolder, type Reservations, shardOfRowName } from './reservations.ts';
import type { ViewRegistry } from './view-registry.ts';

const CHUNK_ROWS = 1024;

/** Parts that wait for removal, beside half of what the active ones have. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

export type MomentServices = {
  readonly kv: Kv;
  readonly readers: ReaderCache;
  /** Keeps parts on disk. */
  readonly partHolds: ViewRegistry;
};

/** An entry, or a reservation. */
type Expected = { readonly storedKey: Uint8Array; readonly value: Uint8Array };

/** Operations that a shard has not applied, the last one per entry key. */
export type Unapplied = ReadonlyMap<string, TailOperation>;

export class IndexMoment {
  readonly index: IndexTable;
  readonly rows: RowLayout;
  /** Of the sums (expected-sums.ts): what is found out here is of the past when it has risen since. */
  readonly generation: number;
  /** The newest commit that is seen. */
  readonly sequence: Sequence;
  /** Of a UNIQUE index table all whose rows have theirs. */
  readonly reservations: Reservations | undefined;
  readonly #services: MomentServices;
  readonly #snapshot: KvSnapshot;
  /** Of a columnar index table. */
  readonly #states: readonly ShardState[] | undefined;
  /** A shard that had nothing to apply is further than its parts say. */
  readonly #applied: readonly Sequence[];
  readonly #hold: number;

  /** Release it in `finally`. `index` has been built. */
  constructor(
    index: IndexTable,
    rows: RowLayout,
    reservations: Reservations | undefined,
    services: MomentServices,
  ) {
    const { storage } = index;
    this.index = index;
    this.rows = rows;
    this.generation = storage.sums.generation;
    this.#services = services;
    this.#applied = index.applied;
    this.#hold = services.partHolds.open();
    this.#snapshot = services.kv.snapshot();
    this.#states = storage instanceof ColumnarStorage ? storage.shards.map(({ state }) => state) : undefined;
    this.sequence = headIn(this.#snapshot);
    const isReserved = reservations && this.#snapshot.get(allReservedKey(index.definition.id));
    this.reservations = isReserved && reservations;
  }

  release(): void {
    this.#snapshot.release();
    this.#services.partHolds.close(this.#hold);
  }

  /** Whether more is kept on disk for this moment than it is worth. */
  holdsMuch(): boolean {
    const { storage } = this.index;
    return (
      storage instanceof ColumnarStorage && storage.discardedBytes > MAX_HELD_BYTES + storage.activeBytes / 2
    );
  }

  /** Of the row table, all shards. */
  get rowCount(): number {
    const { id, sharding } = this.rows.definition;
    return rowCountIn(this.#snapshot, id, sharding.shardCount);
  }

  /**
   * Entries that the rows of some shards of the row table make, and their reservations.
   * Errors: CorruptionError of a damaged row.
   */
  async *expected(rowShards: readonly number[]): AsyncGenerator<{ rowCount: number; entries: Expected[] }> {
    for (const shard of rowShards) {
      const range = rowShardRange(this.rows.definition.id, shard);
      for await (const rows of rangeChunks(this.#snapshot, range, CHUNK_ROWS)) {
        rows.forEach((row) => this.rows.check(row));
        const decoded = new DecodedRows(this.rows, rows);
        const entries = this.index.layout.entriesOf(decoded).filter((entry) => entry !== undefined);
        const reservations = this.reservations?.entriesOf(decoded) ?? [];
        const asEntries = reservations.map(([storedKey, value]) => ({ storedKey, value }));
        yield { rowCount: rows.length, entries: [...entries, ...asEntries] };
      }
    }
  }

  /** Reservations of rows in these shards of the row table, undefined = all; and those of which that cannot be told. */
  async *heldReservations(rowShards: readonly number[] | undefined): AsyncGenerator<readonly KvEntry[]> {
    if (!this.reservations) return;
    const shards = rowShards && new Set(rowShards);
    const range = indexReservationsRange(this.index.definition.id);
    for await (const entries of rangeChunks(this.#snapshot, range, CHUNK_ROWS))
      yield entries.filter((entry) => {
        if (entry[0].length === ALL_RESERVED_KEY_BYTES) return false;
        const holder = reservationHolder(entry);
        return !shards || !holder || shards.has(shardOfRowName(holder));
      });
  }

  /** Entries of a target shard as they were last applied. Errors: CorruptionError naming a file of a part. */
  applied(shard: number): AsyncGenerator<readonly KvEntry[]> {
    const { definition, layout, storage } = this.index;
    if (!(storage instanceof ColumnarStorage)) {
      return definition.layout === 'SPLIT' ? this.#withDetails(shard) : this.#entries(shard);
    }
    const { parts } = this.#states![shard]!;
    return partEntries({ layout, storage, readers: this.#services.readers, shard, parts });
  }

  #entries(shard: number): AsyncGenerator<readonly KvEntry[]> {
    const range = entryShardRange(this.index.definition.id, shard);
    return rangeChunks(this.#snapshot, range, CHUNK_ROWS);
  }

  /** Entries whose detail is not as it should be are not as they should be; nor is a detail without an entry. */
  async *#withDetails(shard: number): AsyncGenerator<readonly KvEntry[]> {
    const { layout, definition } = this.index;
    for await (const entries of this.#entries(shard))
      yield entries.map((entry) => {
        const detail = this.#snapshot.get(detailKey(entry[0]));
        return layout.fitsDetail(entry, detail) ? entry : wrongEntry(entry[0]);
      });
    for await (const details of rangeChunks(
      this.#snapshot,
      detailShardRange(definition.id, shard),
      CHUNK_ROWS,
    )) {
      const keys = details.map(([key]) => keyOfDetail(key));
      yield keys.filter((key) => !this.#snapshot.get(key)).map(wrongEntry);
    }
  }

  /** What the row behind an entry key makes of it; undefined when it has no such entry. Errors: as `expected`. */
  expectedEntry(storedKey: Uint8Array): Entry | undefined {
    const { layout } = this.index;
    const { columns } = layout.decode([[storedKey, new Uint8Array()]], this.rows.definition.primaryKey);
    const rowKey = this.rows.storedKey(this.rows.addressAt(columns, 0));
    const image = this.#snapshot.get(rowKey);
    if (!image) return undefined;
    this.rows.check([rowKey, image]);
    const entries = layout.entriesOf(new DecodedRows(this.rows, [[rowKey, image]]));
    return entries.find((entry) => entry?.storedKey.equals(storedKey));
  }

  /** Per target shard. Errors: CorruptionError when the log has a gap. */
  async unapplied(): Promise<readonly Unapplied[]> {
    const positions = this.positions();
    const last = positions.map(() => new Map<string, TailOperation>());
    const { id, sharding } = this.rows.definition;
    const log = { reader: this.#snapshot, tableId: id, shardCount: sharding.shardCount };
    for await (const records of readLog(log, Math.min(...positions))) {
      for (const { sequence, changes } of records) {
        for (const operation of this.index.layout.split(sequence, new ChangedRows(this.rows, changes)))
          if (sequence > positions[operation.shard]!) last[operation.shard]!.set(operation.name, operation);
      }
    }
    return last;
  }

  /** What the operations say that a target shard holds, at its `upTo`. */
  expectedSum(shard: number): ExpectedSum {
    return readExpectedSum(this.#snapshot, this.index.definition.id, shard);
  }

  /** Entries of a target shard at `sequence`. */
  async *held(shard: number, unapplied: Unapplied): AsyncGenerator<readonly KvEntry[]> {
    for await (const entries of this.applied(shard))
      yield unapplied.size === 0
        ? entries
        : entries.filter(([key]) => !unapplied.has(byteString(key, SHARD_PREFIX_BYTES)));
    yield [...unapplied.values()].flatMap(({ storedKey, value }) =>
      value ? [[storedKey, value] as const] : [],
    );
  }

  /** Per target shard: operations up to here are applied. Errors: INDEX_NOT_USABLE while it is being created. */
  positions(): readonly Sequence[] {
    if (this.#states)
      return this.#states.map(({ position }, shard) => Math.max(position, this.#applied[shard]!));
    const { id, database, name, sharding } = this.index.definition;
    const stored = readPositions(this.#snapshot, id, sharding.shardCount);
    if (stored) return stored;
    throw new WinnowError('INDEX_NOT_USABLE', `index table ${database}.${name} is being created`);
  }
}

/** Under that key, and with no checksum that could be right. */
const wrongEntry = (storedKey: Uint8Array): KvEntry => [storedKey, Buffer.alloc(0)];
