// row-table.ts — one row table: reading and writing its rows.

import { WinnowError } from '../base/errors.ts';
import type { Kv, KvEntry } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import type { Committer, WriteContext } from '../log/committer.ts';
import type { Block, Value, ValueInput } from '../types/column.ts';
import type { RowAddress, RowTableDefinition } from './definition.ts';
import { RowLayout } from './row-layout.ts';

export type Row = Record<string, Value>;
export type RowInput = Record<string, ValueInput>;

/** Work on one table inside a transaction: runs alone, sees the newest rows, is kept whole or not at all. */
export interface RowTransaction {
  readonly sequence: Sequence;
  /** The current rows of the addresses, absent ones left out: `present[i]` is 1 when address i has its row in the block. */
  read(
    addresses: readonly RowAddress[],
    columns: readonly number[],
  ): { readonly block: Block; readonly present: Uint8Array };
  /** Writes rows; the block has all columns of the table, in order. A later row of the same key wins. */
  put(block: Block): void;
  delete(addresses: readonly RowAddress[]): void;
}

/** What reading and writing rows takes of a transaction. */
type RowContext = Pick<WriteContext, 'sequence' | 'read' | 'write'>;

export class RowTable {
  readonly definition: RowTableDefinition;
  readonly layout: RowLayout;
  readonly #kv: Kv;
  readonly #committer: Committer;
  #dropped = false;

  constructor(definition: RowTableDefinition, services: { readonly kv: Kv; readonly committer: Committer }) {
    this.definition = definition;
    this.layout = new RowLayout(definition);
    this.#kv = services.kv;
    this.#committer = services.committer;
  }

  get rowCount(): number {
    return this.#committer.tableState(this.definition.id).rowCount;
  }

  /** From now on reads and writes fail with UNKNOWN_TABLE. */
  markDropped(): void {
    this.#dropped = true;
  }

  get dropped(): boolean {
    return this.#dropped;
  }

  /** The newest committed row. */
  get(key: RowInput): Row | undefined {
    this.assertExists();
    const storedKey = this.layout.storedKey(this.layout.addressOf(key));
    const image = this.#kv.get(storedKey);
    return image && this.layout.decodeRow([storedKey, image]);
  }

  /**
   * Runs `work` (synchronous) as one transaction and resolves when it is durable. When `work` throws, nothing is kept.
   * Errors: ROW_TOO_LARGE, KEY_TOO_LARGE, STORE_FAILED, STORE_CLOSED, UNKNOWN_TABLE when the table was dropped.
   */
  write<T>(
    work: (transaction: RowTransaction) => T,
  ): Promise<{ readonly sequence: Sequence; readonly value: T }> {
    return this.#committer.commit([this.definition.id], (context) => this.run(context, work));
  }

  /** Runs `work` on this table inside a transaction of the caller's. */
  run<T>(context: RowContext, work: (transaction: RowTransaction) => T): T {
    this.assertExists();
    return work(this.#transaction(context));
  }

  #transaction(context: RowContext): RowTransaction {
    const { id } = this.definition;
    return {
      sequence: context.sequence,
      read: (addresses, columns) => this.#readCurrent(context, addresses, columns),
      put: (block) => {
        const encoder = this.layout.encoder(block);
        for (let row = 0; row < block.rowCount; row++) {
          const { shard, storedKey } = encoder.storedKeyAt(row);
          context.write(id, shard, storedKey, encoder.imageAt(row, storedKey, context.sequence));
        }
      },
      delete: (addresses) => {
        for (const address of addresses)
          context.write(id, address.shard, this.layout.storedKey(address), undefined);
      },
    };
  }

  #readCurrent(
    context: RowContext,
    addresses: readonly RowAddress[],
    columns: readonly number[],
  ): { block: Block; present: Uint8Array } {
    const present = new Uint8Array(addresses.length);
    const rows: KvEntry[] = [];
    addresses.forEach((address, i) => {
      const storedKey = this.layout.storedKey(address);
      const image = context.read(storedKey);
      if (!image) return;
      present[i] = 1;
      rows.push([storedKey, image]);
    });
    rows.forEach((row) => this.layout.check(row));
    return { block: this.layout.decode(rows, columns), present };
  }

  /** Errors: UNKNOWN_TABLE when the table was dropped. */
  assertExists(): void {
    if (!this.#dropped) return;
    const { database, name } = this.definition;
    throw new WinnowError('UNKNOWN_TABLE', `Table ${database}.${name} does not exist`, {
      detail: 'It was dropped.',
    });
  }
}
