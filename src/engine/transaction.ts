// transaction.ts — one transaction over row tables: a snapshot, its own writes over it, and a commit that keeps all or
// nothing.
//
// Keeps true:
//   - it reads the snapshot with its own writes, through every access path, whatever others commit meanwhile;
//   - it is kept only when every row it wrote is still as in its snapshot (the first committer wins), as one commit:
//     readers see all of it or nothing, and index tables follow as behind any other commit;
//   - a statement that fails has changed nothing of it;
//   - it holds no snapshot once it has ended, however it ended.

import { WinnowError } from '../base/errors.ts';
import type { ReadView, TableStatus } from '../catalog/access.ts';
import type { Clock, Timers } from '../io/ports.ts';
import type { Change, Sequence } from '../log/change.ts';
import type { Committer } from '../log/committer.ts';
import { changeSizeBytes, OwnWrites, type WrittenRow } from '../pipeline/own-writes.ts';
import type { ReadPoint } from '../pipeline/read-view.ts';
import type { Row, RowInput, RowTable, RowTransaction } from '../rows/row-table.ts';
import type { RowAccess } from './row-access.ts';

export type TransactionServices = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly committer: Committer;
  readonly status: (tableId: number) => TableStatus;
  /** Tables with ids from here on did not exist when it began. */
  readonly nextTableId: number;
};

export type TransactionLimits = {
  /** Without use for so long it is rolled back; 0: never. */
  readonly timeoutMs: number;
  /** Memory its writes may hold; 0: no limit. */
  readonly maxBytes: number;
};

export class OpenTransaction implements RowAccess {
  readonly #point: ReadPoint;
  readonly #services: TransactionServices;
  readonly #limits: TransactionLimits;
  readonly #own: OwnWrites;
  readonly #ending = new AbortController();
  /** Why nothing more can be done with it. */
  #ended: WinnowError | undefined;
  #lastUseMs = 0;

  constructor(point: ReadPoint, services: TransactionServices, limits: TransactionLimits) {
    this.#point = point;
    this.#services = services;
    this.#limits = limits;
    this.#own = new OwnWrites(point.sequence);
    this.#noteUse();
    if (limits.timeoutMs > 0) void this.#endWhenIdle(limits.timeoutMs);
  }

  /** Aborts when it has ended. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** The sequence it reads at. */
  get snapshot(): Sequence {
    return this.#point.sequence;
  }

  get hasWrites(): boolean {
    return this.#own.sequence > this.#point.sequence;
  }

  /** Errors: INVALID_TRANSACTION, saying how it ended. */
  assertOpen(): void {
    if (this.#ended) throw this.#ended;
  }

  status(tableId: number): TableStatus {
    this.#noteUse();
    if (tableId >= this.#services.nextTableId) {
      throw new WinnowError('SERIALIZATION_ERROR', 'the table was made after the transaction began', {
        hint: 'Roll back and begin again.',
      });
    }
    const now = this.#services.status(tableId);
    if (now.definition.kind !== 'rowTable') return now;
    const rowCount = this.#point.rowCount(now.definition) + this.#own.rowCountChange(tableId);
    const indexTables = now.indexTables.flatMap((index) => {
      const moment = this.#point.moment(index.definition.id, this.#own);
      return moment ? [{ ...index, ...moment }] : [];
    });
    return { ...now, rowCount, indexTables };
  }

  readView(): ReadView {
    this.#noteUse();
    const view = this.#point.view(this.#own);
    return {
      ...view,
      release: () => {
        view.release();
        if (!this.#ended) this.#noteUse();
      },
    };
  }

  get(table: RowTable, key: RowInput): Row | undefined {
    this.#noteUse();
    table.assertExists();
    const storedKey = table.layout.storedKey(table.layout.addressOf(key));
    const image = this.#image(storedKey);
    return image && table.layout.decodeRow([storedKey, image]);
  }

  /** The answer's sequence is the snapshot's: the transaction gets its own by COMMIT. */
  async write<T>(
    table: RowTable,
    work: (transaction: RowTransaction) => T,
  ): Promise<{ sequence: Sequence; value: T }> {
    this.#noteUse();
    const changes = new Map<string, { -readonly [K in keyof Change]: Change[K] }>();
    const context = {
      sequence: this.#own.sequence + 1,
      read: (storedKey: Buffer) => {
        const pending = changes.get(storedKey.toString('latin1'));
        return pending ? pending.after : this.#image(storedKey);
      },
      write: (_: number, shard: number, storedKey: Buffer, after: Uint8Array | undefined) => {
        const name = storedKey.toString('latin1');
        const pending = changes.get(name) ?? { shard, storedKey, before: this.#image(storedKey), after };
        pending.after = after;
        changes.set(name, pending);
        return pending.before;
      },
    };
    const value = table.run(context, work);
    this.#checkSize(changes.values());
    if (changes.size > 0) this.#own.add(table, [...changes.values()]);
    return { sequence: this.#point.sequence, value };
  }

  /**
   * Keeps everything, durably, or nothing. Without writes there is nothing to keep, and no sequence is taken.
   * Errors: SERIALIZATION_ERROR naming a row that another transaction has changed since; UNKNOWN_TABLE.
   */
  async commit(): Promise<{ readonly sequence: Sequence } | undefined> {
    this.assertOpen();
    const { hasWrites } = this;
    // Its snapshot is given back before it waits for anything.
    this.#end(new WinnowError('INVALID_TRANSACTION', 'the transaction has ended'));
    if (!hasWrites) return undefined;
    const rows = [...this.#own.rows];
    const tables = new Set(rows.map(({ table }) => table));
    const tableIds = [...tables].map(({ definition }) => definition.id);
    const { sequence } = await this.#services.committer.commit(tableIds, (context) => {
      for (const table of tables) table.assertExists();
      for (const row of rows) {
        const { table, shard, storedKey, base, now } = row;
        const image = now && table.layout.stamped(storedKey, now, context.sequence);
        if (!sameImage(context.write(table.definition.id, shard, storedKey, image), base))
          throw conflict(row);
      }
    });
    return { sequence };
  }

  /** Forgets its writes; no error when it has ended already. */
  rollback(reason = 'the transaction has ended'): void {
    if (!this.#ended) this.#end(new WinnowError('INVALID_TRANSACTION', reason));
  }

  #image(storedKey: Buffer): Uint8Array | undefined {
    const own = this.#own.row(storedKey);
    return own ? own.now : this.#point.image(storedKey);
  }

  #noteUse(): void {
    this.assertOpen();
    this.#lastUseMs = this.#services.clock.monotonicMs();
  }

  #end(reason: WinnowError): void {
    this.#ended = reason;
    this.#point.release();
    this.#ending.abort();
  }

  /** A read that lasts is use, too. */
  async #endWhenIdle(timeoutMs: number): Promise<void> {
    const { clock, timers } = this.#services;
    while (!this.#ended) {
      const leftMs = this.#lastUseMs + timeoutMs - clock.monotonicMs();
      if (leftMs <= 0 && !this.#point.inUse)
        return this.rollback(
          `the transaction was rolled back: no statement used it for transaction_timeout_ms = ${timeoutMs}`,
        );
      await timers.sleep(leftMs > 0 ? leftMs : timeoutMs, this.#ending.signal);
    }
  }

  /** Errors: MEMORY_LIMIT_EXCEEDED. */
  #checkSize(added: Iterable<Change>): void {
    const { maxBytes } = this.#limits;
    if (maxBytes === 0) return;
    let sizeBytes = this.#own.sizeBytes;
    for (const change of added) sizeBytes += changeSizeBytes(change);
    if (sizeBytes <= maxBytes) return;
    throw new WinnowError(
      'MEMORY_LIMIT_EXCEEDED',
      `the writes of the transaction hold more than max_memory_usage = ${maxBytes} bytes`,
      {
        hint: 'The statement was undone. Commit in several transactions, or raise the setting before BEGIN.',
      },
    );
  }
}

function sameImage(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a && b ? Buffer.compare(a, b) === 0 : a === b;
}

function conflict({ table, storedKey }: WrittenRow): WinnowError {
  const { database, name } = table.definition;
  const row = `row (${table.layout.keyText(storedKey)}) of ${database}.${name}`;
  return new WinnowError('SERIALIZATION_ERROR', `another transaction changed ${row} since this one began`, {
    hint: 'Nothing was kept. Run the transaction again.',
  });
}
