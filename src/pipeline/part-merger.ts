// part-merger.ts — merges parts of a columnar index table in the background, beside reads and lanes.
//
// A merge reads the parts as they are when it begins, without their deleted rows; rows deleted while it runs are
// deleted in its result when it takes the sources' place (ColumnarShard.replace). When a merge fails, the parts stay as they
// are and the shard is merged no more until the index table is built again, which damaged bytes lead to at once, or the
// store is opened again.

import { Arena } from '../kernels/arena.ts';
import { CorruptionError, type WinnowError } from '../base/errors.ts';
import type { Ports } from '../io/ports.ts';
import { writeMergedPart } from '../parts/merged-part.ts';
import { byPartition, MergeSelector, smallestRun } from '../parts/merge-selector.ts';
import type { PartBitmaps } from '../parts/part-bitmaps.ts';
import type { Part } from '../parts/part.ts';
import { comparePartNames } from '../parts/part-name.ts';
import type { ReaderCache } from '../parts/reader-cache.ts';
import type { PartSchema } from '../parts/schema.ts';
import { expandDictionary } from '../types/block.ts';
import { createKeyCodec } from '../types/key-codec.ts';
import { BackgroundTask } from './background-task.ts';
import type { ColumnarShard } from './columnar-shard.ts';
import type { ActivePart } from './locate-keys.ts';
import { isIndexFailure } from './store-gone.ts';

export type MergerServices = {
  readonly ports: Ports;
  readonly readers: ReaderCache;
  readonly schema: PartSchema;
  readonly folderOf: (shard: number) => string;
  readonly bitmapsOf: (shard: number) => PartBitmaps;
  readonly onDamage: (error: WinnowError) => void;
};

/** Parts of one partition that follow one another; undefined: nothing is to be merged. */
type Sources = readonly ActivePart[] | undefined;

export class PartMerger {
  readonly task: BackgroundTask;
  readonly #services: MergerServices;
  #shards: readonly ColumnarShard[] = [];
  readonly #failed = new Set<ColumnarShard>();
  readonly #selector: MergeSelector;
  #paused = false;
  #running: Promise<void> | undefined;

  constructor(services: MergerServices) {
    this.#services = services;
    this.#selector = new MergeSelector(services.ports.clock);
    this.task = new BackgroundTask(() => this.#mergeAll());
  }

  start(shards: readonly ColumnarShard[]): void {
    this.#shards = shards;
    this.task.wake();
  }

  /** Resolves when no merge runs; none begins until `resume`. */
  async pause(): Promise<void> {
    this.#paused = true;
    while (this.#running) await this.#running.catch(() => undefined);
  }

  /** The index table was built again. */
  resume(): void {
    this.#paused = false;
    this.#failed.clear();
    this.task.wake();
  }

  /**
   * Merges what each partition of every shard holds now into one part, without its deleted rows; what is applied meanwhile is
   * left alone. Errors: those of reading and writing.
   */
  async optimize(): Promise<void> {
    for (const [number, shard] of this.#shards.entries()) {
      const choose = towardsOnePart(shard.state.parts);
      while (await this.#mergeNext(number, shard, choose));
    }
  }

  close(): Promise<void> {
    return this.task.close();
  }

  async #mergeAll(): Promise<void> {
    const choose = (parts: readonly ActivePart[]): Sources => this.#choose(parts);
    for (const [number, shard] of this.#shards.entries()) {
      try {
        while (!this.#failed.has(shard) && (await this.#mergeNext(number, shard, choose)));
      } catch (error) {
        if (!isIndexFailure(error)) throw error;
        this.#failed.add(shard);
      }
    }
  }

  /** False when there is nothing to merge in the shard. */
  async #mergeNext(
    number: number,
    shard: ColumnarShard,
    choose: (parts: readonly ActivePart[]) => Sources,
  ): Promise<boolean> {
    while (this.#running) await this.#running.catch(() => undefined);
    if (this.#paused || this.task.closed) return false;
    const sources = choose(shard.state.parts);
    if (!sources) return false;
    this.#running = this.#merge(shard, number, sources);
    await this.#running.finally(() => (this.#running = undefined));
    return true;
  }

  #choose(parts: readonly ActivePart[]): Sources {
    for (const ofPartition of partitionsOf(parts)) {
      const chosen = this.#selector.select(ofPartition.map(({ part }) => part));
      if (chosen) return ofPartition.slice(chosen.start, chosen.end);
    }
    return undefined;
  }

  async #merge(shard: ColumnarShard, number: number, sources: readonly ActivePart[]): Promise<void> {
    const { folderOf, bitmapsOf, ports, readers, schema } = this.#services;
    const goesOn = async (): Promise<boolean> => {
      await ports.timers.yield();
      return !this.task.closed && !this.#paused;
    };
    const target = { files: ports.files, folder: folderOf(number), schema, sync: true };
    try {
      const merged = await writeMergedPart(target, sources, { readers, goesOn });
      if (merged === 'stopped') return;
      if (merged) await bitmapsOf(number).build(merged);
      await shard.replace(sources, merged, (part, rows) => this.#keysOf(part, rows));
    } catch (error) {
      if (error instanceof CorruptionError) this.#services.onDamage(error);
      throw error;
    }
  }

  /** Encoded sorting keys of some rows of a part. */
  #keysOf(part: Part, rows: Uint32Array): string[] {
    const { schema, readers } = this.#services;
    const key = schema.sortingKey.map((column) => schema.columns[column]!);
    const codec = createKeyCodec(key.map(({ type }) => type));
    const lease = readers.lease();
    const reader = lease.of(part);
    const arena = new Arena();
    try {
      const names: string[] = [];
      for (let granule = 0; granule < part.granuleRows.length; granule++) {
        const [start, end] = [part.granuleStarts[granule]!, part.granuleStarts[granule + 1]!];
        const inGranule = rows.filter((row) => row >= start && row < end);
        if (inGranule.length === 0) continue;
        arena.rewind();
        const granules = { start: granule, end: granule + 1 };
        const columns = key.map(({ name }) => expandDictionary(reader.read(name, granules, arena)));
        for (const row of inGranule) names.push(codec.encode(columns, row - start).toString('latin1'));
      }
      return names;
    } finally {
      arena.release();
      lease.release();
    }
  }
}

/** Parts of each partition, in block order. */
function partitionsOf(parts: readonly ActivePart[]): ActivePart[][] {
  const inOrder = [...parts].sort((a, b) => comparePartNames(a.part.name, b.part.name));
  return byPartition(inOrder, ({ part }) => part);
}

/** Chooses what to merge next until all that the partitions hold `now` is in one part each, without its deleted rows. */
export function towardsOnePart(now: readonly ActivePart[]): (parts: readonly ActivePart[]) => Sources {
  const lastBlock = now.reduce((last, { part }) => Math.max(last, part.name.maxBlock), 0);
  const unmerged = new Set(now.map(({ part }) => part));
  return (parts) => {
    const older = parts.filter(({ part }) => part.name.maxBlock <= lastBlock);
    const unfinished = partitionsOf(older).find(
      ([first, ...others]) => others.length > 0 || (first!.mask.count > 0 && unmerged.has(first!.part)),
    );
    return unfinished && smallestRun(unfinished, ({ part }) => part);
  };
}
