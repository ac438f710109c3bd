// columnar-storage.ts — index tables COLUMNAR: entries are rows of MergeTree parts, one set of parts per target shard.
//
// Folder of a shard:  <folder>/<shard>/<part name>/   and tmp_… while a part is written, detached/ for strangers
// The ordered store is the truth about which parts are active (part-records.ts). Part folders it does not know are
// what a crash left behind: those that an active part covers are removed, the others set aside under detached/.

import type { WinnowError } from '../base/errors.ts';
import type { Ports } from '../io/ports.ts';
import type { Kv } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import type { Committer } from '../log/committer.ts';
import { deleteRange } from '../log/delete-range.ts';
import { indexEntriesRange, positionKey, sequenceBytes } from '../log/keyspace.ts';
import type { TailOperation } from '../log/tail.ts';
import { partColumns, partSchemaOf } from '../catalog/part-schema.ts';
import { detachPart } from '../parts/detach-part.ts';
import { BITMAPS_FOLDER, PartBitmaps } from '../parts/part-bitmaps.ts';
import { Part } from '../parts/part.ts';
import { covers, formatPartName, parsePartName } from '../parts/part-name.ts';
import type { ReaderCache } from '../parts/reader-cache.ts';
import type { PartSchema } from '../parts/schema.ts';
import { publishParts, stageParts } from '../parts/write-parts.ts';
import type { DecodedRows } from '../rows/decoded-rows.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { concatBlocks, takeBlock } from '../types/block.ts';
import { blockSizeBytes, type Block } from '../types/column.ts';
import { ColumnarShard, type StagedChange } from './columnar-shard.ts';
import type { EntryLayout } from './entry-layout.ts';
import { ExpectedSums } from './expected-sums.ts';
import type { IndexStorage, ShardBatch } from './index-storage.ts';
import { KeyLocator, type ActivePart } from './locate-keys.ts';
import { PartMerger } from './part-merger.ts';
import { PartRecords, type ShardRecords } from './part-records.ts';
import { deletePositions, readReplayedTo, writeBuiltTo } from './positions.ts';

/** A part costs files and syncs, so lanes wait longer for a batch, and take more into one. */
const BATCH_DELAY_MS = 200;
const BATCH_FACTOR = 16;

/** Rows of a build that go into one part, unless they are large. */
const BUILD_PART_ROWS = 262_144;
const BUILD_PART_BYTES = 128 * 1024 * 1024;

const noRecords: ShardRecords = { nextBlock: 1, heldUpTo: 0, parts: new Map() };

export type ColumnarServices = {
  readonly kv: Kv;
  readonly committer: Committer;
  readonly ports: Ports;
  readonly readers: ReaderCache;
  readonly batchChanges: number;
  /** The index table's own. */
  readonly folder: string;
  /** Runs when every read view that is open now has ended. */
  readonly afterOpenViews: (run: () => void) => void;
  /** A merge met damaged bytes. */
  readonly onDamage: (error: WinnowError) => void;
};

export class ColumnarStorage implements IndexStorage {
  readonly batching: IndexStorage['batching'];
  /** Rows wait in memory for full parts, and the shards write theirs one by one. */
  readonly resumesBuilds = false;
  readonly sums: ExpectedSums;
  readonly schema: PartSchema;
  readonly #layout: EntryLayout;
  /** What the parts hold, as positions in the row table's column list. */
  readonly columns: readonly number[];
  readonly #services: ColumnarServices;
  readonly #shards: ColumnarShard[] = [];
  /** Bitmap indexes of the parts, by shard. */
  readonly bitmaps: readonly PartBitmaps[];
  readonly #merger: PartMerger;
  /** Rows of a build that wait for a full part, per shard. */
  #building: Block[][] = [];
  /** Removals of folders, which nobody waits for but `close`. */
  #discarding: Promise<void> = Promise.resolve();
  #discardedBytes = 0;

  private constructor(layout: EntryLayout, table: RowTableDefinition, services: ColumnarServices) {
    this.#layout = layout;
    this.#services = services;
    const { id, sharding } = layout.definition;
    this.sums = ExpectedSums.read(services.kv, id, sharding.shardCount);
    this.schema = partSchemaOf(layout.definition, table);
    this.columns = partColumns(layout.definition, table);
    this.batching = { changes: BATCH_FACTOR * services.batchChanges, delayMs: BATCH_DELAY_MS };
    this.bitmaps = Array.from(
      { length: sharding.shardCount },
      (_, shard) => new PartBitmaps({ ...services.ports, ...services }, this.#folderOf(shard), this.schema),
    );
    this.#merger = new PartMerger({
      ...services,
      schema: this.schema,
      folderOf: (shard) => this.#folderOf(shard),
      bitmapsOf: (shard) => this.bitmaps[shard]!,
    });
  }

  /** Opens what the store and the folder hold. Errors: CorruptionError naming the file. */
  static async open(
    layout: EntryLayout,
    table: RowTableDefinition,
    services: ColumnarServices,
    positions: readonly Sequence[],
  ): Promise<ColumnarStorage> {
    const storage = new ColumnarStorage(layout, table, services);
    for (const [shard, position] of positions.entries()) await storage.#openShard(shard, position);
    storage.#merger.start(storage.#shards);
    return storage;
  }

  /** A new one, complete up to `position`: it has no parts and no folder yet. */
  static create(
    layout: EntryLayout,
    table: RowTableDefinition,
    services: ColumnarServices,
    position: Sequence,
  ): ColumnarStorage {
    const storage = new ColumnarStorage(layout, table, services);
    for (let shard = 0; shard < layout.definition.sharding.shardCount; shard++)
      storage.#addShard(shard, noRecords, [], position);
    storage.#merger.start(storage.#shards);
    return storage;
  }

  get rowCount(): number {
    return this.#activeParts().reduce((total, { part, mask }) => total + part.rowCount - mask.count, 0);
  }

  async sizeBytes(): Promise<number> {
    return this.activeBytes;
  }

  #activeParts(): readonly ActivePart[] {
    return this.#shards.flatMap(({ state }) => state.parts);
  }

  /** Of parts that are not active, and that somebody may still read. */
  get discardedBytes(): number {
    return this.#discardedBytes;
  }

  get activeBytes(): number {
    return sizeOf(this.#activeParts().map(({ part }) => part));
  }

  get shards(): readonly ColumnarShard[] {
    return this.#shards;
  }

  /** Rows of puts, as blocks of `columns` (positions in the table's column list). */
  decode(puts: readonly TailOperation[], columns: readonly number[]): Block {
    const entries = puts.map(({ storedKey, value }) => [storedKey, value!] as const);
    entries.forEach((entry) => this.#layout.check(entry));
    return this.#layout.decode(entries, columns);
  }

  async apply(batches: readonly ShardBatch[]): Promise<void> {
    const idle = batches.filter(({ operations }) => operations.length === 0);
    const busy = batches.filter(({ operations }) => operations.length > 0);
    // Operations that come during a build find the rows before them in parts.
    if (busy.length > 0) await this.#flushAll();
    for (const { shard, position } of idle) this.#shards[shard]!.advance(position);
    const shards = busy.map(({ shard }) => this.#shards[shard]!);
    await exclusivelyAll(shards, () => this.#applyTogether(busy));
    this.#merger.task.wake();
  }

  /** One commit: whoever looks sees all shards before it, or all after it. */
  async #applyTogether(batches: readonly ShardBatch[]): Promise<void> {
    const { id } = this.#layout.definition;
    const decode = (puts: readonly TailOperation[]): Block => this.decode(puts, this.columns);
    const staged: StagedChange[] = [];
    for (const { shard, operations, position } of batches) {
      const change = this.#shards[shard]!.stage(operations, position, decode, (batch) => {
        batch.put(positionKey(id, shard), sequenceBytes(position));
        this.sums.count(batch, shard, operations, position);
      });
      staged.push(await change);
    }
    await this.#services.committer.apply((batch) => staged.forEach((change) => change.fill(batch)));
    for (const change of staged) change.settle();
  }

  submitted(shard: number): Sequence {
    return this.#shards[shard]!.submitted;
  }

  rewind(positions: readonly Sequence[], replayedTo: Sequence): void {
    for (const [shard, columnar] of this.#shards.entries()) columnar.rewind(positions[shard]!, replayedTo);
  }

  async clear(): Promise<void> {
    const { id, sharding } = this.#layout.definition;
    await this.#merger.pause();
    await this.#services.committer.apply((batch) => deletePositions(batch, id, sharding.shardCount));
    await deleteRange(this.#services, indexEntriesRange(id), () => true);
    await this.#services.committer.apply((batch) => this.sums.reset(batch, false));
    for (const shard of this.#shards) await shard.clear();
    this.#building = this.#shards.map(() => []);
  }

  async add(rows: DecodedRows): Promise<void> {
    const { block: whole, ofShard } = this.#layout.placed(rows, this.columns);
    for (const [shard, pending] of this.#building.entries()) {
      const chosen = ofShard[shard]!;
      if (chosen.length === 0) continue;
      pending.push(chosen.length === whole.rowCount ? whole : takeBlock(whole, chosen));
      if (isFullPart(pending)) await this.#flush(shard);
    }
  }

  async finish(position: Sequence): Promise<void> {
    const { id } = this.#layout.definition;
    await this.#flushAll();
    for (const [shard, columnar] of this.#shards.entries())
      await columnar.finishBuild(position, (batch) =>
        batch.put(positionKey(id, shard), sequenceBytes(position)),
      );
    await this.#services.committer.apply((batch) => {
      writeBuiltTo(batch, id, undefined);
      this.sums.reach(batch, position);
    });
    this.#merger.resume();
  }

  /** Merges until no shard has more than one part per partition. */
  optimize(): Promise<void> {
    return this.#merger.optimize();
  }

  async close(): Promise<void> {
    await this.#merger.close();
    for (const bitmaps of this.bitmaps) await bitmaps.close();
    await this.#discarding;
  }

  async #flushAll(): Promise<void> {
    for (const shard of this.#building.keys()) await this.#flush(shard);
  }

  async #flush(shard: number): Promise<void> {
    const pending = this.#building[shard];
    if (!pending || pending.length === 0) return;
    this.#building[shard] = [];
    await this.#shards[shard]!.add(concatBlocks(pending));
  }

  async #openShard(shard: number, position: Sequence): Promise<void> {
    const { kv, ports } = this.#services;
    const folder = this.#folderOf(shard);
    const known = await new PartRecords(this.#layout.definition.id, shard).read(kv);
    await tidyFolder(ports, folder, [...known.parts.keys()]);
    const parts: ActivePart[] = [];
    for (const [name, mask] of known.parts)
      parts.push({ part: await Part.open(ports.files, `${folder}/${name}`, this.schema), mask });
    await this.bitmaps[shard]!.tidy(parts.map(({ part }) => part));
    const heldUpTo = Math.max(known.heldUpTo, readReplayedTo(kv, this.#layout.definition.id));
    this.#addShard(shard, { ...known, heldUpTo }, parts, position);
  }

  #addShard(shard: number, known: ShardRecords, parts: readonly ActivePart[], position: Sequence): void {
    const { ports, committer, readers } = this.#services;
    const folder = this.#folderOf(shard);
    const { columns, sortingKey } = this.schema;
    const bitmaps = this.bitmaps[shard]!;
    const services = {
      records: new PartRecords(this.#layout.definition.id, shard),
      locator: new KeyLocator(
        sortingKey.map((column) => columns[column]!),
        readers,
      ),
      commit: (fill: Parameters<Committer['apply']>[0]) => committer.apply(fill),
      writeParts: async (rows: Block, takeBlock: () => number) => {
        const target = { files: ports.files, folder, schema: this.schema, sync: true };
        const added = await publishParts(target, await stageParts(target, rows, 'rows'), takeBlock);
        for (const part of added) await bitmaps.build(part);
        return added;
      },
      discard: (gone: readonly Part[]) => this.#discard(gone, bitmaps),
    };
    this.#shards.push(new ColumnarShard(services, known, parts, position));
  }

  #folderOf(shard: number): string {
    return `${this.#services.folder}/${shard}`;
  }

  #discard(parts: readonly Part[], bitmaps: PartBitmaps): void {
    const { afterOpenViews, ports, readers } = this.#services;
    if (parts.length === 0) return;
    const bytes = sizeOf(parts);
    this.#discardedBytes += bytes;
    afterOpenViews(() => {
      this.#discardedBytes -= bytes;
      for (const part of parts) {
        readers.forget(part.folder);
        // What cannot be removed now is removed, or set aside, when the store is opened again.
        this.#discarding = this.#discarding
          .then(() => ports.files.remove(part.folder))
          .then(() => bitmaps.remove(part))
          .catch(() => undefined);
      }
    });
  }
}

const sizeOf = (parts: readonly Part[]): number =>
  parts.reduce((total, { sizeBytes }) => total + sizeBytes, 0);

/** Locks are taken in the order of the shards, by everyone who takes several. */
function exclusivelyAll(shards: readonly ColumnarShard[], work: () => Promise<void>): Promise<void> {
  return shards.reduceRight((inner, shard) => () => shard.exclusively(inner), work)();
}

function isFullPart(blocks: readonly Block[]): boolean {
  const rows = blocks.reduce((total, block) => total + block.rowCount, 0);
  if (rows >= BUILD_PART_ROWS) return true;
  return blocks.reduce((total, block) => total + blockSizeBytes(block), 0) >= BUILD_PART_BYTES;
}

/** Brings a shard's folder in step with the store: what is not active goes, or is set aside. */
async function tidyFolder({ files }: Ports, folder: string, active: readonly string[]): Promise<void> {
  await files.makeDirectory(folder);
  const names = active.map(parsePartName);
  for (const entry of await files.list(folder)) {
    if (active.includes(entry) || entry === 'detached' || entry === BITMAPS_FOLDER) continue;
    const name = entry.startsWith('tmp_') ? undefined : parsePartName(entry);
    if (!name || names.some((each) => each && covers(each, name))) {
      await files.remove(`${folder}/${entry}`);
      continue;
    }
    await detachPart(files, folder, entry, `ignored_${formatPartName(name)}`);
  }
}
