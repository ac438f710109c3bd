// hops.ts — the second hop of a read: from entries to rows by primary key, or to the entries' details.
//
// Keeps true: what is fetched is of the read point, like the entries; a shard is asked once for all keys of one call, and
// shards that own none of them are not touched.

import { addTo } from '../base/multimap.ts';
import { byteString } from '../base/byte-string.ts';
import type { DetailsRequest } from '../catalog/access.ts';
import type { KvEntry } from '../kv/kv.ts';
import { detailKey, SHARD_PREFIX_BYTES } from '../log/keyspace.ts';
import { rangeOver, type TailLayer, type TailOperation } from '../log/tail.ts';
import type { RowAddress, RowTableDefinition } from '../rows/definition.ts';
import type { Block } from '../types/column.ts';
import { blame } from './blame.ts';
import { ownLayer, readable, usable, type View } from './view-scans.ts';

/** Rows in the order of the keys, absent ones left out. Errors: CorruptionError of a damaged one. */
export function lookUpRows(
  view: View,
  { id }: RowTableDefinition,
  keys: readonly RowAddress[],
  columns: readonly number[],
): Block {
  const { layout } = view.services.rowTable(id);
  const stored = keys.map((address) => ({ shard: address.shard, storedKey: layout.storedKey(address) }));
  const own = view.own?.writes.rowTails(id);
  const images = fetchByShard(view, stored, {
    layers: (shard) => ownLayer(view, own, shard),
    unapplied: ({ value }) => value,
    keyOf: (storedKey) => storedKey,
  });
  const rows = stored.flatMap(({ shard, storedKey }, i): KvEntry[] => {
    view.counters.lookupShards.add(shard);
    const image = images[i];
    return image ? [[storedKey, image]] : [];
  });
  rows.forEach((row) => layout.check(row));
  view.counters.rowsLookedUp += keys.length;
  return layout.decode(rows, columns);
}

/** Errors: IndexDamage of a damaged or absent detail, INDEX_NOT_USABLE. */
export function fetchDetails(view: View, request: DetailsRequest): Block {
  try {
    return checkedDetails(view, request);
  } catch (error) {
    throw blame(view, request.path, error);
  }
}

function checkedDetails(view: View, request: DetailsRequest): Block {
  const { path, entries, entryColumns, columns } = request;
  const { layout } = usable(view, view.services.pipeline.indexTable(path.id), path);
  const { layers } = readable(view, request, path);
  const keys = layout.addresses(entries, entryColumns);
  const details = fetchByShard(view, keys, { layers, unapplied: ({ detail }) => detail, keyOf: detailKey });
  view.counters.detailsFetched += keys.length;
  return layout.decodeDetails(
    keys.map(({ storedKey }, i) => [detailKey(storedKey), details[i] ?? Buffer.alloc(0)]),
    columns,
  );
}

type HopKey = { readonly shard: number; readonly storedKey: Buffer };

type HopTarget = {
  /** What lies over the stored values of a shard. */
  readonly layers: (shard: number) => readonly TailLayer[];
  /** What the last operation on a key says; undefined: there is nothing. */
  readonly unapplied: (operation: TailOperation) => Uint8Array | undefined;
  /** Where the value is stored. */
  readonly keyOf: (storedKey: Buffer) => Buffer;
};

/** The values of keys, in the order of the keys. */
function fetchByShard(
  { snapshot, counters }: View,
  keys: readonly HopKey[],
  { layers, unapplied, keyOf }: HopTarget,
): (Uint8Array | undefined)[] {
  const byShard = new Map<number, number[]>();
  for (const [place, { shard }] of keys.entries()) addTo(byShard, shard, place);
  const values = new Array<Uint8Array | undefined>(keys.length).fill(undefined);
  for (const [shard, places] of byShard) {
    const over = layers(shard);
    for (const place of places) {
      const { storedKey } = keys[place]!;
      const operation = over.length === 0 ? undefined : lastOperation(over, storedKey);
      const value = operation ? unapplied(operation) : snapshot.get(keyOf(storedKey));
      values[place] = value;
      counters.bytesRead += value?.length ?? 0;
    }
  }
  return values;
}

function lastOperation(layers: readonly TailLayer[], storedKey: Buffer): TailOperation | undefined {
  const name = byteString(storedKey, SHARD_PREFIX_BYTES);
  return rangeOver(layers, name, `${name}\0`)[0];
}
