// table.ts — typed access to one row table: db.table('shop.orders').

import { WinnowError } from '../base/errors.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { checkCondition } from './condition.ts';
import { increased } from './increment.ts';
import { columnPosition, rowTableByName } from './names.ts';
import { rangeRows } from './range.ts';
import { blocksOf } from './row-input.ts';
import type { KeyRange, RowTableDefinition } from '../rows/definition.ts';
import type { RowLayout } from '../rows/row-layout.ts';
import type { Row, RowInput, RowTable, RowTransaction } from '../rows/row-table.ts';
import type { Block, Column } from '../types/column.ts';
import type { RangeOptions, Table, WriteCondition, WriteResult } from './api.ts';
import type { Engine } from './context.ts';
import type { RowAccess } from './row-access.ts';

/**
 * A row table by name, `orders` or `shop.orders`; the name is looked up at every call, so that a table created
 * later, or again, is found. Errors of all methods: UNKNOWN_TABLE, INDEX_TABLE_READ_ONLY.
 */
export function openTable<T extends RowInput>(engine: Engine, name: string, rows: () => RowAccess): Table<T> {
  return new TypedTable(engine, name, rows) as unknown as Table<T>;
}

class TypedTable implements Table {
  readonly #engine: Engine;
  readonly #name: string;
  readonly #rows: () => RowAccess;
  #found: RowTable | undefined;

  constructor(engine: Engine, name: string, rows: () => RowAccess) {
    this.#engine = engine;
    this.#name = name;
    this.#rows = rows;
  }

  // Async so that every error is a rejection.
  async get(key: RowInput): Promise<Row | undefined> {
    return this.#rows().get(this.#table(), key);
  }

  async getMany(keys: readonly RowInput[]): Promise<(Row | undefined)[]> {
    const table = this.#table();
    const rows = this.#rows();
    return keys.map((key) => rows.get(table, key));
  }

  async *range(options: RangeOptions = {}): AsyncGenerator<Row> {
    const table = this.#table();
    const { limit, reverse = false } = options;
    yield* rangeRows(this.#rows(), table, keyRange(table.layout, options), { limit, reverse });
  }

  async put(row: RowInput, condition?: WriteCondition): Promise<WriteResult> {
    const table = this.#table();
    const block = blocksOf(table.definition, [row], this.#engine.ports.clock.nowMs())[0]!;
    return this.#write(table, 1, (transaction) => {
      if (condition)
        checkCondition(
          readRow(transaction, table, keyOf(table.definition, row)),
          table.definition,
          condition,
        );
      transaction.put(block);
    });
  }

  async putMany(rows: readonly RowInput[]): Promise<WriteResult> {
    const table = this.#table();
    if (rows.length === 0) return { sequence: this.#engine.store.head };
    const blocks = blocksOf(table.definition, rows, this.#engine.ports.clock.nowMs());
    return this.#write(table, rows.length, (transaction) =>
      blocks.forEach((block) => transaction.put(block)),
    );
  }

  async update(key: RowInput, changes: RowInput, condition?: WriteCondition): Promise<WriteResult> {
    const table = this.#table();
    const changed = changedColumns(table.definition, changes);
    return this.#write(table, 1, (transaction) => {
      const row = existingRow(transaction, table, key);
      if (condition) checkCondition(row, table.definition, condition);
      transaction.put(replaceColumns(row, changed));
    });
  }

  async increment(key: RowInput, by: Record<string, number | bigint>): Promise<Row> {
    const table = this.#table();
    const { definition } = table;
    const positions = Object.keys(by).map((name) =>
      checkChangeable(definition, columnPosition(definition, name)),
    );
    const answer: Row = {};
    await this.#write(table, 1, (transaction) => {
      const row = existingRow(transaction, table, key);
      const changed = new Map<number, Column>();
      for (const position of positions) {
        const { name, type } = definition.columns[position]!;
        const column = increased(row.columns[position]!, by[name]!, { name, type });
        changed.set(position, column);
        answer[name] = valueAt(column, 0);
      }
      transaction.put(replaceColumns(row, changed));
    });
    return answer;
  }

  async delete(key: RowInput, condition?: WriteCondition): Promise<WriteResult> {
    const table = this.#table();
    const address = table.layout.addressOf(key);
    return this.#write(table, 1, (transaction) => {
      if (condition) checkCondition(readRow(transaction, table, key), table.definition, condition);
      transaction.delete([address]);
    });
  }

  #table(): RowTable {
    const { store } = this.#engine;
    const known = this.#found;
    if (known && store.findById(known.definition.id) === known.definition) return known;
    this.#found = store.rowTable(rowTableByName(store, this.#name).id);
    return this.#found;
  }

  async #write(
    table: RowTable,
    rowCount: number,
    work: (transaction: RowTransaction) => void,
  ): Promise<WriteResult> {
    if (this.#engine.settings.readonly > 0)
      throw new WinnowError('READONLY', 'the store was opened with readonly');
    const { sequence } = await this.#rows().write(table, work);
    this.#engine.metrics.rowWrites += rowCount;
    return { sequence };
  }
}

function keyOf(definition: RowTableDefinition, row: RowInput): RowInput {
  return Object.fromEntries(
    definition.primaryKey
      .map((position) => definition.columns[position]!.name)
      .map((name) => [name, row[name]]),
  );
}

/** The whole current row as a block of one row, or undefined. */
function readRow(
  transaction: RowTransaction,
  { layout, definition }: RowTable,
  key: RowInput,
): Block | undefined {
  const { block } = transaction.read(
    [layout.addressOf(key)],
    definition.columns.map((_, i) => i),
  );
  return block.rowCount === 1 ? block : undefined;
}

function existingRow(transaction: RowTransaction, table: RowTable, key: RowInput): Block {
  const row = readRow(transaction, table, key);
  if (row) return row;
  throw new WinnowError('CONDITION_FAILED', `table ${table.definition.name} has no row of that key`);
}

function changedColumns(definition: RowTableDefinition, changes: RowInput): Map<number, Column> {
  const changed = new Map<number, Column>();
  for (const [name, value] of Object.entries(changes)) {
    const position = checkChangeable(definition, columnPosition(definition, name));
    if (value !== undefined) changed.set(position, columnOf(definition.columns[position]!.type, [value]));
  }
  return changed;
}

/** Errors: CANNOT_UPDATE_COLUMN for a column of the primary key. */
function checkChangeable(definition: RowTableDefinition, position: number): number {
  if (!definition.primaryKey.includes(position)) return position;
  throw new WinnowError(
    'CANNOT_UPDATE_COLUMN',
    `${definition.columns[position]!.name} is part of the primary key and cannot be changed`,
    {
      hint: 'Write a new row and delete the old one.',
    },
  );
}

function replaceColumns(row: Block, changed: ReadonlyMap<number, Column>): Block {
  return { rowCount: row.rowCount, columns: row.columns.map((column, i) => changed.get(i) ?? column) };
}

function keyRange(layout: RowLayout, { start, end }: RangeOptions): KeyRange {
  return {
    start: start ? encodePrefix(layout, start) : Buffer.alloc(0),
    end: end && encodePrefix(layout, end),
  };
}

/** The smallest key that begins with these values. */
function encodePrefix({ definition, keyCodec }: RowLayout, values: RowInput): Uint8Array {
  const keys = definition.primaryKey.map((position) => definition.columns[position]!);
  const named = Object.keys(values).filter((name) => values[name] !== undefined);
  const prefix = keys.slice(0, named.length);
  const missing = prefix.find(({ name }) => values[name] === undefined);
  if (missing || named.length > keys.length) {
    throw new WinnowError(
      'BAD_ARGUMENTS',
      `a range of ${definition.name} takes values of the first columns of its primary key`,
      {
        detail: `The primary key is (${keys.map(({ name }) => name).join(', ')}).`,
      },
    );
  }
  return keyCodec.encode(
    prefix.map(({ name, type }) => columnOf(type, [values[name]])),
    0,
  );
}
