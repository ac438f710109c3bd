// merge-tree-table.ts — one MergeTree table: how rows come in, and the merges behind them.
//
// Keeps true: an insert is durable when it resolves, and adds nothing when it fails; merges neither wait for inserts nor
// make them wait, and change no answer. A merge that fails for the state of the disk is tried again after the next
// insert; damaged partitions are left as they are, for reads to name the damage.

import { AssertionError } from '../base/assert.ts';
import { CorruptionError, WinnowError } from '../base/errors.ts';
import type { MergeTreeDefinition } from '../catalog/definitions.ts';
import { partSchemaOf } from '../catalog/part-schema.ts';
import type { Ports } from '../io/ports.ts';
import { byPartition, MergeSelector, smallestRun } from '../parts/merge-selector.ts';
import type { FoundPart } from '../parts/found-parts.ts';
import type { PartFolder } from '../parts/part-folder.ts';
import type { PartName } from '../parts/part-name.ts';
import type { Part } from '../parts/part.ts';
import type { PartSchema } from '../parts/schema.ts';
import { hasFilesOf, hindersIndex } from '../parts/skip-index.ts';
import type { StagedPart } from '../parts/write-parts.ts';
import { BackgroundTask } from '../pipeline/background-task.ts';
import type { Block } from '../types/column.ts';

export type MergeTreeSettings = {
  /** Parts in one partition from which on inserts are delayed, the longer the more there are. */
  readonly partsToDelayInsert: number;
  /** Parts in one partition from which on inserts are refused. */
  readonly partsToThrowInsert: number;
};

export type MergeTreeServices = {
  readonly ports: Ports;
  readonly settings: MergeTreeSettings;
};

const MIN_DELAY_MS = 10;
const MAX_DELAY_MS = 1000;

export class MergeTreeTable {
  #definition: MergeTreeDefinition;
  readonly folder: PartFolder;
  readonly #services: MergeTreeServices;
  readonly #merges: BackgroundTask;
  #working: Promise<unknown> | undefined;
  readonly #damaged = new Set<string>();
  #lastFailure: Error | undefined;
  readonly #selector: MergeSelector;
  readonly #inserts = new Set<Promise<unknown>>();
  /** Why inserts are refused: the table was dropped, or the store is closed. */
  #ended: WinnowError | undefined;

  constructor(definition: MergeTreeDefinition, folder: PartFolder, services: MergeTreeServices) {
    this.#definition = definition;
    this.folder = folder;
    this.#services = services;
    this.#selector = new MergeSelector(services.ports.clock);
    this.#merges = new BackgroundTask(() => this.#mergeWhatPays());
    this.#merges.wake();
  }

  /**
   * Adds the rows of all blocks, which have the table's columns, as parts of their own: one per block and partition,
   * of which a block may have `maxPartitionsPerBlock` unless that is 0.
   * Errors: TOO_MANY_PARTS, the reason of `close`, and those of the blocks.
   */
  async insert(blocks: AsyncIterable<Block> | Iterable<Block>, maxPartitionsPerBlock: number): Promise<void> {
    const maxPartitions = maxPartitionsPerBlock || undefined;
    await this.#tracked(
      this.#add(async (stage) => {
        for await (const block of blocks) await stage(await this.folder.stage(block, maxPartitions));
      }),
    );
  }

  /** Adds copies of whole, sorted parts that lie elsewhere, all or none; answers with their rows. Errors: as `insert`. */
  async copyParts(sources: readonly FoundPart[]): Promise<number> {
    const parts = await this.#tracked(
      this.#add(async (stage) => {
        for (const source of sources) await stage([await this.folder.stageCopy(source)]);
      }),
    );
    return parts.reduce((total, { rowCount }) => total + rowCount, 0);
  }

  /**
   * Adds the parts of detached/ that `choose` answers with, all or none, as they are: it says that they are whole and sorted.
   * Errors: those of `choose`, TOO_MANY_PARTS, the reason of `close`.
   */
  attach(choose: () => Promise<readonly FoundPart[]>): Promise<void> {
    return this.#tracked(
      this.#alone(async () => {
        this.#requireOpen();
        await this.#waitForRoom();
        await this.folder.attach(await choose());
      }).then(() => this.#merges.wake()),
    );
  }

  /**
   * Moves the parts that `choose` answers with to detached/, once nobody reads them; `waits` is awaited until then.
   * Errors: those of `choose` and `waits`; BAD_DATA_PART_NAME when a name is taken there.
   */
  detach(choose: () => readonly Part[], waits: () => Promise<void>): Promise<void> {
    return this.#alone(async () => {
      this.#requireOpen();
      const parts = choose();
      await this.folder.detach(parts, async () => {
        this.#requireOpen();
        await waits();
      });
      for (const { name } of parts) this.#damaged.delete(name.partitionId);
    });
  }

  /** Merges the parts that each partition has now into one, or those of the partition that is named. */
  async optimize(partitionId: string | undefined): Promise<void> {
    for (const parts of this.#partitions()) {
      const { partitionId: id, maxBlock } = parts.at(-1)!.name;
      if (partitionId !== undefined && id !== partitionId) continue;
      const isOlder = ({ name }: Part): boolean => name.partitionId === id && name.maxBlock <= maxBlock;
      const choose = (): readonly Part[] | undefined => {
        const older = this.folder.parts.filter(isOlder);
        return older.length < 2 ? undefined : smallestRun(older, (part) => part);
      };
      while (await this.#merge(choose)) continue;
    }
  }

  /**
   * Gives the table the skip indexes of another definition, which `store` makes durable. Waits for inserts that run: what
   * they write is by the definition before. Parts that are in the way of a new index are written again first.
   */
  async changeIndexes(definition: MergeTreeDefinition, store: () => Promise<void>): Promise<void> {
    const schema = partSchemaOf(definition, definition);
    const before = this.folder.schema;
    const added = schema.skipIndexes.filter(
      ({ name }) => !before.skipIndexes.some((old) => old.name === name),
    );
    await Promise.allSettled(this.#inserts);
    await this.#alone(async () => {
      const isInTheWay = (part: Part): boolean =>
        added.some((index) => hindersIndex(part, index, schema.columns));
      for (const part of this.folder.parts.filter(isInTheWay)) await this.#rewrite(part, before);
      this.#requireOpen();
      await store();
      await this.folder.useSchema(schema);
      this.#definition = definition;
    });
  }

  /** Writes the parts of `isNamed` again that lack a skip index; makes the bitmaps that they lack. Errors: those of reading and writing, the reason of `close`. */
  async materializeIndex(index: string, isNamed: (name: PartName) => boolean): Promise<void> {
    await this.#alone(async () => {
      const { schema, bitmaps } = this.folder;
      const ofBitmaps = schema.bitmapIndexes.find(({ name }) => name === index);
      if (ofBitmaps)
        for (const part of this.folder.parts.filter(({ name }) => isNamed(name)))
          await bitmaps.materialize(part, ofBitmaps);
      if (!schema.skipIndexes.some(({ name }) => name === index)) return;
      const lacks = (part: Part): boolean => part.rowCount > 0 && !hasFilesOf(part, index);
      for (const part of this.folder.parts.filter((each) => lacks(each) && isNamed(each.name)))
        await this.#rewrite(part, schema);
    });
  }

  /** Writes the parts of `isNamed` again without a skip index, until they are merged. Errors: as `materializeIndex`. */
  async clearIndex(index: string, isNamed: (name: PartName) => boolean): Promise<void> {
    await this.#alone(async () => {
      const { schema } = this.folder;
      const without = { ...schema, skipIndexes: schema.skipIndexes.filter(({ name }) => name !== index) };
      for (const part of this.folder.parts.filter((each) => hasFilesOf(each, index) && isNamed(each.name)))
        await this.#rewrite(part, without);
    });
  }

  /** Ends merges and inserts that run, and refuses later ones, with `reason`. */
  async close(reason: WinnowError): Promise<void> {
    this.#ended = reason;
    await Promise.allSettled(this.#inserts);
    await this.#merges.close();
    await this.#working?.catch(() => undefined);
    await this.folder.close();
  }

  #tracked<T>(adding: Promise<T>): Promise<T> {
    this.#inserts.add(adding);
    const forget = (): boolean => this.#inserts.delete(adding);
    adding.then(forget, forget);
    return adding;
  }

  /** Adds what `produce` stages, all or none. */
  async #add(
    produce: (stage: (parts: readonly StagedPart[]) => Promise<void>) => Promise<void>,
  ): Promise<readonly Part[]> {
    this.#requireOpen();
    await this.#waitForRoom();
    const staged: StagedPart[] = [];
    try {
      await produce(async (parts) => {
        staged.push(...parts);
        this.#requireOpen();
      });
      return await this.folder.publish(staged);
    } catch (error) {
      await this.folder.discard(staged);
      throw error;
    } finally {
      this.#merges.wake();
    }
  }

  #requireOpen(): void {
    if (this.#ended) throw this.#ended;
  }

  async #waitForRoom(): Promise<void> {
    const { partsToDelayInsert, partsToThrowInsert } = this.#services.settings;
    if (this.folder.parts.length < Math.min(partsToDelayInsert, partsToThrowInsert)) return;
    const count = this.#partitions().reduce((most, parts) => Math.max(most, parts.length), 0);
    this.#merges.wake();
    if (count >= partsToThrowInsert) throw this.#tooManyParts(count);
    if (count < partsToDelayInsert) return;
    const share = (count - partsToDelayInsert + 1) / (partsToThrowInsert - partsToDelayInsert);
    await this.#services.ports.timers.sleep(Math.max(MIN_DELAY_MS, MAX_DELAY_MS * share));
  }

  #tooManyParts(count: number): WinnowError {
    const { database, name } = this.#definition;
    return new WinnowError('TOO_MANY_PARTS', `a partition of ${database}.${name} has ${count} parts`, {
      detail: this.#lastFailure
        ? `The last merge failed: ${this.#lastFailure.message}`
        : 'Merges come after: each insert makes a part of its own.',
      hint: 'Insert more rows at once, or less often.',
    });
  }

  /** Active parts of each partition, in block order. */
  #partitions(): Part[][] {
    return byPartition(this.folder.parts, (part) => part);
  }

  async #mergeWhatPays(): Promise<void> {
    const merged = (): Promise<boolean> => this.#merge(() => this.#chooseMerge());
    while (await this.#tolerating(merged));
  }

  /** False when there is nothing to do, or when the disk does not let it. */
  async #tolerating(merge: () => Promise<boolean>): Promise<boolean> {
    try {
      const merged = await merge();
      if (merged) this.#lastFailure = undefined;
      return merged;
    } catch (error) {
      if (error instanceof AssertionError || !(error instanceof Error)) throw error;
      this.#lastFailure = error;
      return error instanceof CorruptionError;
    }
  }

  #chooseMerge(): readonly Part[] | undefined {
    for (const parts of this.#partitions()) {
      if (this.#damaged.has(parts[0]!.name.partitionId)) continue;
      const range = this.#selector.select(parts);
      if (range) return parts.slice(range.start, range.end);
    }
    return undefined;
  }

  /** One merge at a time; the sources are chosen when it is its turn. False when there was none, or the table closes. */
  async #merge(choose: () => readonly Part[] | undefined): Promise<boolean> {
    return this.#alone(async () => {
      const sources = this.#ended ? undefined : choose();
      if (!sources) return false;
      try {
        return await this.folder.merge(sources, () => this.#goesOn());
      } catch (error) {
        if (error instanceof CorruptionError) this.#damaged.add(sources[0]!.name.partitionId);
        throw error;
      }
    });
  }

  async #rewrite(part: Part, schema: PartSchema): Promise<void> {
    await this.folder.rewrite(part, schema, () => this.#goesOn());
    this.#requireOpen();
  }

  /** Merges, rewriting, attaching and detaching come one after the other: each relies on which parts lie beside each other. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.#working) await this.#working.catch(() => undefined);
    const working = work();
    this.#working = working;
    try {
      return await working;
    } finally {
      this.#working = undefined;
    }
  }

  async #goesOn(): Promise<boolean> {
    await this.#services.ports.timers.yield();
    return this.#ended === undefined;
  }
}
