// check-index.ts — whether an index table holds exactly the entries that its row table's rows make, and which ones differ.
// Reservations of a UNIQUE one are compared as entries are, and are not counted as such.
//
// Rows come in the order of their keys and entries in the order of theirs, so the two are compared without an order: per
// bucket of entry keys, the sum of the entries that should be there against the sum of those that are (entry-sum.ts).
// Buckets that differ are read again, at the same moment, and their entries compared one by one.

import { byteString } from '../base/byte-string.ts';
import type { KvEntry } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import { checksumIn } from './sealed-value.ts';
import { EntryBuckets } from './entry-buckets.ts';
import { type IndexMoment, type Unapplied } from './index-moment.ts';

/** Entries that are compared one by one in one reading, and readings for that. */
const MAX_COMPARED = 200_000;
const MAX_COMPARISONS = 8;

/**
 * missing: a row's entry is not there. orphaned: an entry is there that no row makes, or twice.
 * different: the entry's key is right, what it holds is not.
 */
export type DriftKind = 'missing' | 'orphaned' | 'different';

export type IndexCheck = {
  /** The comparison is exact at this commit. */
  readonly sequence: Sequence;
  readonly rows: number;
  readonly entries: number;
  /** Exact, unless more than 1.6 million entries have to be compared one by one: then at least so many. */
  readonly drift: Readonly<Record<DriftKind, number>>;
};

export type CheckOptions = {
  /** Shards of the row table: their rows, and the entries of rows in them. undefined = all. */
  readonly rowShards?: readonly number[] | undefined;
  /** Called after each chunk: lets others run; what it throws ends the check. */
  readonly breathe: () => Promise<void>;
  /** Called for each entry that differs. */
  readonly onDrift?: ((drift: Drift) => void) | undefined;
};

export type Drift = {
  readonly kind: DriftKind;
  readonly storedKey: Uint8Array;
  /** What should be there; undefined of an orphan. */
  readonly expected: Uint8Array | undefined;
};

type Sides = {
  readonly expected: (entries: readonly { storedKey: Uint8Array; value: Uint8Array }[], rows: number) => void;
  /** `count`: how many of them are entries. */
  readonly held: (entries: readonly KvEntry[], count: number) => void;
};

/** Errors: CorruptionError of a damaged row, part or log record; damage of an entry is drift. */
export async function checkIndex(moment: IndexMoment, options: CheckOptions): Promise<IndexCheck> {
  const unapplied = await moment.unapplied();
  const read = (sides: Sides): Promise<void> => readBoth(moment, unapplied, options, sides);
  const buckets = new EntryBuckets(moment.rowCount);
  const drift = { missing: 0, orphaned: 0, different: 0 };
  let [rows, entries] = [0, 0];
  await read({
    expected: (list, rowCount) => {
      rows += rowCount;
      for (const { storedKey, value } of list) buckets.expect(storedKey, checksumIn(value));
    },
    held: (list, count) => {
      entries += count;
      for (const entry of list) buckets.find(entry[0], moment.index.layout.fingerprint(entry));
    },
  });
  const groups = buckets.unequal(MAX_COMPARED);
  for (const group of groups.slice(0, MAX_COMPARISONS)) {
    const comparison = new Comparison(moment, (storedKey) => group.has(buckets.of(storedKey)));
    await read(comparison);
    comparison.finish((each) => {
      drift[each.kind]++;
      options.onDrift?.(each);
    });
  }
  for (const bucket of groups.slice(MAX_COMPARISONS).flatMap((group) => [...group])) {
    const surplus = buckets.surplus(bucket);
    drift[surplus < 0 ? 'missing' : surplus > 0 ? 'orphaned' : 'different'] += Math.abs(surplus) || 1;
  }
  return { sequence: moment.sequence, rows, entries, drift };
}

/** Entries that differ. */
export const driftOf = ({ drift }: IndexCheck): number => drift.missing + drift.orphaned + drift.different;

async function readBoth(
  moment: IndexMoment,
  unapplied: readonly Unapplied[],
  { rowShards, breathe }: CheckOptions,
  sides: Sides,
): Promise<void> {
  const { shardCount } = moment.rows.definition.sharding;
  const all = Array.from({ length: shardCount }, (_, shard) => shard);
  for await (const { entries, rowCount } of moment.expected(rowShards ?? all)) {
    sides.expected(entries, rowCount);
    await breathe();
  }
  const isWanted = rowShards && entryFilter(moment, new Set(rowShards));
  for (const [shard, operations] of unapplied.entries()) {
    for await (const entries of moment.held(shard, operations)) {
      const wanted = isWanted ? isWanted(entries) : entries;
      sides.held(wanted, wanted.length);
      await breathe();
    }
  }
  for await (const reservations of moment.heldReservations(rowShards)) {
    sides.held(reservations, 0);
    await breathe();
  }
}

/** Entries whose row lies in one of these shards of the row table. */
function entryFilter(
  { rows, index }: IndexMoment,
  shards: ReadonlySet<number>,
): (entries: readonly KvEntry[]) => KvEntry[] {
  return (entries) => {
    const { columns } = index.layout.decode(entries, rows.definition.primaryKey);
    return entries.filter((_, row) => shards.has(rows.addressAt(columns, row).shard));
  };
}

/** Compares some of the entries one by one: first all that should be there, then all that are. */
class Comparison implements Sides {
  readonly #moment: IndexMoment;
  readonly #isWanted: (storedKey: Uint8Array) => boolean;
  /** Not found yet, by stored key: an entry in a wrong shard is another entry. */
  readonly #missing = new Map<string, { readonly storedKey: Uint8Array; readonly expected: Uint8Array }>();
  readonly #drift: Drift[] = [];

  constructor(moment: IndexMoment, isWanted: (storedKey: Uint8Array) => boolean) {
    this.#moment = moment;
    this.#isWanted = isWanted;
  }

  readonly expected: Sides['expected'] = (entries) => {
    for (const { storedKey, value } of entries) {
      if (!this.#isWanted(storedKey)) continue;
      this.#missing.set(byteString(storedKey), { storedKey, expected: value });
    }
  };

  readonly held: Sides['held'] = (entries) => {
    for (const entry of entries) {
      const [storedKey] = entry;
      if (!this.#isWanted(storedKey)) continue;
      const name = byteString(storedKey);
      const wanted = this.#missing.get(name);
      this.#missing.delete(name);
      if (!wanted) this.#drift.push({ kind: 'orphaned', storedKey, expected: undefined });
      else if (checksumIn(wanted.expected) !== this.#moment.index.layout.fingerprint(entry))
        this.#drift.push({ kind: 'different', ...wanted });
    }
  };

  finish(tell: (drift: Drift) => void): void {
    for (const drift of this.#drift) tell(drift);
    for (const entry of this.#missing.values()) tell({ kind: 'missing', ...entry });
  }
}
