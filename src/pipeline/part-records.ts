// part-records.ts — what the ordered store holds of one shard of a columnar index table: the truth about its parts.
//
//   entry space, index u32 · shard u16 · then
//     b                          next block number u64 BE
//     f                          of older stores: as replayedTo in positions.ts, u64 BE
//     p part name                the part is active
//     m part name · 00 · u32 BE  one group of the part's deleted rows (parts/row-mask.ts)
// Every value begins with the crc32c u32 LE of its key and the bytes after it. Part names have no zero byte.

import { addTo } from '../base/multimap.ts';
import type { Kv, KvBatch } from '../kv/kv.ts';
import { rangeChunks } from '../kv/range-chunks.ts';
import type { Sequence } from '../log/change.ts';
import {
  entryKey,
  entryShardRange,
  readSequence,
  sequenceBytes,
  SHARD_PREFIX_BYTES,
} from '../log/keyspace.ts';
import { RowMask } from '../parts/row-mask.ts';
import { sealed, unsealed } from './sealed-value.ts';

export type ShardRecords = {
  readonly nextBlock: number;
  /** Operations up to here may be in the parts although they look new; 0 = none. */
  readonly heldUpTo: Sequence;
  /** Active parts by name, with their deleted rows. */
  readonly parts: ReadonlyMap<string, RowMask>;
};

/** Reads and writes the records of one shard. */
export class PartRecords {
  readonly #indexId: number;
  readonly #shard: number;

  constructor(indexId: number, shard: number) {
    this.#indexId = indexId;
    this.#shard = shard;
  }

  putNextBlock(batch: KvBatch, block: number): void {
    this.#put(batch, 'b', sequenceBytes(block));
  }

  putPart(batch: KvBatch, name: string): void {
    this.#put(batch, `p${name}`, Buffer.alloc(0));
  }

  deletePart(batch: KvBatch, name: string, mask: RowMask): void {
    batch.delete(this.#key(`p${name}`));
    for (const group of mask.groupNumbers()) batch.delete(this.#maskKey(name, group));
  }

  /** Writes the groups of `mask` that `rows` lie in. */
  putMask(batch: KvBatch, name: string, mask: RowMask, groups: Iterable<number>): void {
    for (const group of groups) this.#putAt(batch, this.#maskKey(name, group), mask.encodeGroup(group));
  }

  /** Errors: CorruptionError naming the shard. */
  async read(kv: Kv): Promise<ShardRecords> {
    const where = `part records of index table ${this.#indexId}, shard ${this.#shard}`;
    const names: string[] = [];
    const groups = new Map<string, [number, Uint8Array][]>();
    let nextBlock = 1;
    let heldUpTo = 0;
    const take = (key: Buffer, body: Buffer): void => {
      const kind = key.toString('latin1', SHARD_PREFIX_BYTES, SHARD_PREFIX_BYTES + 1);
      if (kind === 'b') nextBlock = readSequence(body, 0);
      else if (kind === 'f') heldUpTo = readSequence(body, 0);
      else if (kind === 'p') names.push(key.toString('latin1', SHARD_PREFIX_BYTES + 1));
      else {
        const name = key.toString('latin1', SHARD_PREFIX_BYTES + 1, key.length - 5);
        addTo(groups, name, [key.readUInt32BE(key.length - 4), body]);
      }
    };
    const range = entryShardRange(this.#indexId, this.#shard);
    for await (const entries of rangeChunks(kv, range, 1000))
      for (const entry of entries) take(Buffer.from(entry[0]), unsealed(entry, where));
    const parts = new Map(names.map((name) => [name, RowMask.decode(groups.get(name) ?? [], where)]));
    return { nextBlock, heldUpTo, parts };
  }

  #key(name: string): Buffer {
    return entryKey(this.#indexId, this.#shard, Buffer.from(name, 'latin1'));
  }

  #maskKey(name: string, group: number): Buffer {
    const suffix = Buffer.alloc(5);
    suffix.writeUInt32BE(group, 1);
    return entryKey(this.#indexId, this.#shard, Buffer.concat([Buffer.from(`m${name}`, 'latin1'), suffix]));
  }

  #put(batch: KvBatch, name: string, body: Uint8Array): void {
    this.#putAt(batch, this.#key(name), body);
  }

  #putAt(batch: KvBatch, key: Buffer, body: Uint8Array): void {
    batch.put(key, sealed(key, body));
  }
}
