// own-writes.ts — what an open transaction has written, as tails that its own reads lay over its snapshot.
//
// Keeps true:
//   - the operations of statement n carry the sequence `snapshot + n`: they read as if each statement had been committed
//     right after the snapshot, so overlay, masks and second hop need to know nothing about transactions;
//   - a read sees the statements that were done when it began, whatever is written while its answer is read.
// Operations of index tables are made when one is first read: most transactions never do.

import { must } from '../base/assert.ts';
import type { Change, Sequence } from '../log/change.ts';
import { SHARD_PREFIX_BYTES } from '../log/keyspace.ts';
import { ShardTail, type TailOperation } from '../log/tail.ts';
import { ChangedRows } from '../rows/decoded-rows.ts';
import type { RowTable } from '../rows/row-table.ts';
import { EntryError } from './entry-rows.ts';
import type { IndexTable } from './index-table.ts';

/** A row that the transaction has written: as the snapshot holds it, and as it is now. */
export type WrittenRow = {
  readonly table: RowTable;
  readonly shard: number;
  readonly storedKey: Buffer;
  readonly base: Uint8Array | undefined;
  readonly now: Uint8Array | undefined;
};

type Statement = { readonly sequence: Sequence; readonly changed: ChangedRows };

type OwnTable = {
  readonly rowTails: readonly ShardTail[];
  readonly statements: Statement[];
  /** By index table: its tails, and how many statements they hold. */
  readonly indexTails: Map<number, { readonly tails: readonly ShardTail[]; statementCount: number }>;
  rowCountChange: number;
};

export class OwnWrites {
  #sequence: Sequence;
  #sizeBytes = 0;
  readonly #tables = new Map<number, OwnTable>();
  readonly #rows = new Map<string, WrittenRow>();
  /** Index tables in which a row written here has no entry. */
  readonly #withoutEntries = new Set<number>();

  /** `snapshot`: the sequence they lie above. */
  constructor(snapshot: Sequence) {
    this.#sequence = snapshot;
  }

  /** Reads up to here see every statement so far. */
  get sequence(): Sequence {
    return this.#sequence;
  }

  /** Keys and images in memory. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Every row written, with its state now. */
  get rows(): Iterable<WrittenRow> {
    return this.#rows.values();
  }

  row(storedKey: Buffer): WrittenRow | undefined {
    return this.#rows.get(storedKey.toString('latin1'));
  }

  /** Rows that the transaction has added to the table, less those it has deleted. */
  rowCountChange(tableId: number): number {
    return this.#tables.get(tableId)?.rowCountChange ?? 0;
  }

  /** Takes the changes of one statement; `before` of each is the row as the transaction saw it. */
  add(table: RowTable, changes: readonly Change[]): void {
    const own = this.#ownTable(table);
    const sequence = ++this.#sequence;
    for (const change of changes) {
      const { shard, storedKey, before, after } = change;
      const name = Buffer.from(storedKey).toString('latin1');
      const first = this.#rows.get(name);
      const key = first?.storedKey ?? Buffer.from(storedKey);
      this.#rows.set(name, { table, shard, storedKey: key, base: first ? first.base : before, now: after });
      this.#sizeBytes += changeSizeBytes(change);
      own.rowCountChange += (after ? 1 : 0) - (before ? 1 : 0);
      const tail = must(own.rowTails[shard], 'a change lies in a shard of its table');
      tail.append({
        sequence,
        shard,
        name: name.slice(SHARD_PREFIX_BYTES),
        storedKey,
        value: after,
        // Only what is applied needs to know.
        replaced: undefined,
        movedTo: undefined,
      });
    }
    own.statements.push({ sequence, changed: new ChangedRows(table.layout, changes) });
  }

  /** By shard; undefined when nothing of the table was written. */
  rowTails(tableId: number): readonly ShardTail[] | undefined {
    return this.#tables.get(tableId)?.rowTails;
  }

  /** By target shard: what the writes do to the entries of an index table. */
  indexTails(index: IndexTable): readonly ShardTail[] | undefined {
    const { definition } = index;
    const own = this.#tables.get(definition.rowTableId);
    if (!own) return undefined;
    const found = own.indexTails.get(definition.id) ?? {
      tails: newTails(definition.sharding.shardCount),
      statementCount: 0,
    };
    own.indexTails.set(definition.id, found);
    for (const { sequence, changed } of own.statements.slice(found.statementCount))
      for (const operation of this.#split(index, sequence, changed))
        found.tails[operation.shard]!.append(operation);
    found.statementCount = own.statements.length;
    return found.tails;
  }

  /** True once `indexTails` has met a row that has no entry in the index table, which then cannot be read here. */
  lacksEntriesIn(indexTableId: number): boolean {
    return this.#withoutEntries.has(indexTableId);
  }

  #split(
    { definition, layout }: IndexTable,
    sequence: Sequence,
    changed: ChangedRows,
  ): readonly TailOperation[] {
    try {
      return layout.split(sequence, changed);
    } catch (error) {
      if (!(error instanceof EntryError)) throw error;
      this.#withoutEntries.add(definition.id);
      return [];
    }
  }

  #ownTable({ definition }: RowTable): OwnTable {
    const known = this.#tables.get(definition.id);
    if (known) return known;
    const rowTails = newTails(definition.sharding.shardCount);
    const own: OwnTable = { rowTails, statements: [], indexTails: new Map(), rowCountChange: 0 };
    this.#tables.set(definition.id, own);
    return own;
  }
}

export const changeSizeBytes = ({ storedKey, before, after }: Change): number =>
  storedKey.length + (before?.length ?? 0) + (after?.length ?? 0);

const newTails = (shardCount: number): ShardTail[] =>
  Array.from({ length: shardCount }, () => new ShardTail());
