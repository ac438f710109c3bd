// write-entry.ts — an entry goes into a batch together with its detail, and out of it.

import type { KvBatch } from '../kv/kv.ts';
import { detailKey } from '../log/keyspace.ts';

export type EntryWrite = {
  readonly storedKey: Uint8Array;
  readonly value: Uint8Array;
  readonly detail?: Uint8Array | undefined;
};

export function putEntry(batch: KvBatch, { storedKey, value, detail }: EntryWrite): void {
  batch.put(storedKey, value);
  if (detail) batch.put(detailKey(storedKey), detail);
}

export function deleteEntry(batch: KvBatch, storedKey: Uint8Array, hasDetails: boolean): void {
  batch.delete(storedKey);
  if (hasDetails) batch.delete(detailKey(storedKey));
}
