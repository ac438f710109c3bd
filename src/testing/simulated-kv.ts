// simulated-kv.ts — the key-value store in memory, with a disk that forgets.
//
// Keeps true:
//   - a version of the store is one immutable sorted array, so a snapshot is a reference to it;
//   - a write becomes durable and visible in one step, some time before its promise resolves;
//   - after a crash the store is the last synced version plus a prefix of the later batches, each of them whole.

import { assert } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Timers } from '../io/ports.ts';
import type { Kv, KvBatch, KvEntry, KvIterator, KvRange, KvReader, KvSnapshot } from '../kv/kv.ts';

type Operation = { readonly key: Uint8Array; readonly value: Uint8Array | undefined };
type Version = readonly KvEntry[];

export type SimulatedKvOptions = {
  /** Where writes and reads wait; without it they take a turn of the event loop. */
  readonly timers?: Timers;
  /** Draws how long each write takes, up to `maxWriteMs`; without it writes take no time. */
  readonly random?: Random;
  readonly maxWriteMs?: number;
  /** Sees every key at the moment it is put into a batch. */
  readonly onPut?: ((key: Uint8Array) => void) | undefined;
  /** Asked before each write takes effect; the text it answers becomes a failure of the disk. */
  readonly failWrite?: (write: { readonly index: number; readonly sizeBytes: number }) => string | undefined;
};

export interface SimulatedKv extends Kv {
  /** Writes as another thread does on a handle of its own, which alone fails: beside the owner's writes. */
  writeBeside(batch: KvBatch): Promise<void>;
  /** The process dies: this store never answers again, what the disk kept opens as a new one. */
  crash(random: Random, options?: SimulatedKvOptions): SimulatedKv;
  /** Opens what the disk holds after `close` or `crash`, as a new process would. */
  reopen(options?: SimulatedKvOptions): SimulatedKv;
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const nextTurn: Timers = { sleep: soon, rest: soon, yield: soon };

/** An empty store. */
export function createSimulatedKv(options: SimulatedKvOptions = {}): SimulatedKv {
  return new MemoryKv([], options);
}

class MemoryKv implements SimulatedKv {
  readonly sharedPath = 'simulated';
  readonly #options: SimulatedKvOptions;
  readonly #timers: Timers;
  #current: Version;
  #synced: Version;
  /** Batches since the last sync, with the one in flight last. */
  #unsynced: MemoryBatch[] = [];
  #writing: Promise<void> | undefined;
  readonly #beside = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;
  #writeCount = 0;
  readonly #openReads = new Set<Promise<unknown>>();
  #state: 'open' | 'failed' | 'closed' | 'crashed' = 'open';

  constructor(entries: Version, options: SimulatedKvOptions) {
    this.#current = entries;
    this.#synced = entries;
    this.#options = options;
    this.#timers = options.timers ?? nextTurn;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#assertUsable();
    return find(this.#current, key);
  }

  iterate(range: KvRange, options?: { readonly reverse?: boolean }): KvIterator {
    this.#assertUsable();
    return this.#iterate(this.#current, range, options?.reverse ?? false);
  }

  batch(): KvBatch {
    this.#assertUsable();
    return new MemoryBatch(this.#options.onPut);
  }

  write(batch: KvBatch, options: { readonly sync: boolean }): Promise<void> {
    try {
      this.#assertUsable();
      assert(this.#writing === undefined, 'one batch is in flight at a time');
      assert(
        batch instanceof MemoryBatch && !batch.written,
        'a batch is written once, to the store that made it',
      );
      batch.written = true;
      this.#writing = this.#writeAsOwner(batch, options.sync);
      return this.#writing;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #writeAsOwner(batch: MemoryBatch, sync: boolean): Promise<void> {
    try {
      await this.#write(batch, sync);
    } catch (error) {
      this.#state = 'failed';
      throw error;
    } finally {
      this.#writing = undefined;
    }
  }

  async writeBeside(batch: KvBatch): Promise<void> {
    this.#assertUsable();
    assert(batch instanceof MemoryBatch && !batch.written, 'a batch is written once');
    batch.written = true;
    const writing = this.#write(batch, true);
    this.#beside.add(writing);
    await writing.finally(() => this.#beside.delete(writing));
  }

  async #write(batch: MemoryBatch, sync: boolean): Promise<void> {
    this.#unsynced.push(batch);
    await this.#timers.sleep(this.#latencyMs());
    await this.#untilCrash();
    const failure = this.#options.failWrite?.({ index: this.#writeCount++, sizeBytes: batch.sizeBytes });
    await this.#untilCrash();
    if (failure !== undefined)
      throw new WinnowError('STORE_FAILED', 'a write to the simulated store failed', { detail: failure });
    this.#current = applyBatch(this.#current, batch.operations);
    if (sync) {
      this.#synced = this.#current;
      this.#unsynced = [];
    }
    await this.#timers.sleep(this.#latencyMs());
    await this.#untilCrash();
  }

  snapshot(): KvSnapshot {
    this.#assertUsable();
    const version = this.#current;
    let released = false;
    const assertUsable = (): void => {
      this.#assertUsable();
      assert(!released, 'a snapshot is not read after its release');
    };
    const reader: KvReader = {
      get: (key) => {
        assertUsable();
        return find(version, key);
      },
      iterate: (range, options) => {
        assertUsable();
        return this.#iterate(version, range, options?.reverse ?? false);
      },
    };
    return { ...reader, release: () => void (released = true) };
  }

  async approximateSizeBytes(range: KvRange): Promise<number> {
    this.#assertUsable();
    const { start, end } = slots(this.#current, range);
    let sizeBytes = 0;
    for (let slot = start; slot < end; slot++) {
      const [key, value] = this.#current[slot]!;
      sizeBytes += key.length + value.length;
    }
    return sizeBytes;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#state !== 'crashed') this.#state = 'closed';
    await this.#untilCrash();
    await this.#writing?.catch(() => undefined);
    await Promise.allSettled(this.#beside);
    await Promise.all(this.#openReads);
  }

  crash(random: Random, options: SimulatedKvOptions = this.#options): SimulatedKv {
    const survivorCount = random.int(this.#unsynced.length + 1);
    this.#state = 'crashed';
    let survived = this.#synced;
    for (const batch of this.#unsynced.slice(0, survivorCount))
      survived = applyBatch(survived, batch.operations);
    return new MemoryKv(survived, options);
  }

  reopen(options: SimulatedKvOptions = this.#options): SimulatedKv {
    const isAtRest = this.#state === 'closed' || (this.#state === 'open' && this.#writeCount === 0);
    assert(isAtRest && this.#writing === undefined, 'a store at rest is opened again');
    return new MemoryKv(this.#current, options);
  }

  #iterate(version: Version, range: KvRange, reverse: boolean): KvIterator {
    let { start, end } = slots(version, range);
    const next = async (count: number): Promise<KvEntry[]> => {
      this.#assertUsable();
      await this.#timers.yield();
      await this.#untilCrash();
      const taken = Math.min(Math.max(1, count), end - start);
      if (reverse) {
        end -= taken;
        return version.slice(end, end + taken).reverse();
      }
      start += taken;
      return version.slice(start - taken, start);
    };
    return {
      next: (count) => {
        const reading = next(count);
        const settled = reading.catch(() => undefined);
        this.#openReads.add(settled);
        void settled.then(() => this.#openReads.delete(settled));
        return reading;
      },
      close: async () => undefined,
    };
  }

  #latencyMs(): number {
    const { random, maxWriteMs = 4 } = this.#options;
    return random ? random.int(maxWriteMs + 1) : 0;
  }

  /** Never resolves once the process died: nobody is told anything after a crash. */
  async #untilCrash(): Promise<void> {
    if (this.#state === 'crashed') await new Promise<never>(() => undefined);
  }

  #assertUsable(): void {
    if (this.#state === 'open') return;
    if (this.#state === 'failed') {
      throw new WinnowError('STORE_FAILED', 'an earlier write to the simulated store failed');
    }
    throw new WinnowError('STORE_CLOSED', `the simulated store is ${this.#state}`);
  }
}

class MemoryBatch implements KvBatch {
  readonly operations: Operation[] = [];
  readonly #onPut: ((key: Uint8Array) => void) | undefined;
  sizeBytes = 0;
  written = false;

  constructor(onPut: ((key: Uint8Array) => void) | undefined) {
    this.#onPut = onPut;
  }

  get count(): number {
    return this.operations.length;
  }

  // Keys and values are copied, as LevelDB does: callers may use their buffers again.
  put(key: Uint8Array, value: Uint8Array): void {
    this.#onPut?.(key);
    this.operations.push({ key: Uint8Array.from(key), value: Uint8Array.from(value) });
    this.sizeBytes += key.length + value.length;
  }

  delete(key: Uint8Array): void {
    this.operations.push({ key: Uint8Array.from(key), value: undefined });
    this.sizeBytes += key.length;
  }
}

/** The version after the operations, of which the last one on a key counts. */
function applyBatch(version: Version, operations: readonly Operation[]): Version {
  // Sorting is stable, so operations on one key keep their order.
  const sorted = [...operations].sort((a, b) => Buffer.compare(a.key, b.key));
  const result: KvEntry[] = [];
  let copied = 0;
  for (const [index, { key, value }] of sorted.entries()) {
    const following = sorted[index + 1];
    if (following && Buffer.compare(following.key, key) === 0) continue;
    const slot = lowerBound(version, key, copied);
    for (; copied < slot; copied++) result.push(version[copied]!);
    if (value) result.push([key, value]);
    const replaced = version[slot];
    if (replaced && Buffer.compare(replaced[0], key) === 0) copied++;
  }
  for (; copied < version.length; copied++) result.push(version[copied]!);
  return result;
}

function find(version: Version, key: Uint8Array): Uint8Array | undefined {
  const entry = version[lowerBound(version, key)];
  return entry && Buffer.compare(entry[0], key) === 0 ? entry[1] : undefined;
}

function slots(version: Version, range: KvRange): { start: number; end: number } {
  const start = lowerBound(version, range.start);
  return { start, end: Math.max(start, lowerBound(version, range.end)) };
}

/** The first slot, from `from` on, whose key is not below `key`. */
function lowerBound(version: Version, key: Uint8Array, from = 0): number {
  let low = from;
  let high = version.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Buffer.compare(version[middle]![0], key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
