// show-index.ts — SHOW INDEX: the primary key and every index table, one row per column of the key, as MySQL shows them.

import { columnsOfPath } from '../catalog/definitions.ts';
import { isNullable } from '../types/data-type.ts';
import { answerOfRows, nullableText, text, typed } from './answers.ts';
import { findTable, namesOf } from './names.ts';
import type { IndexTableStatus } from '../catalog/access.ts';
import type { TableDefinition } from '../catalog/definitions.ts';
import type { NamedType, ValueInput } from '../types/column.ts';
import type { Answer, StatementContext, StatementOf } from './context.ts';

// Spelled as MySQL spells them: its clients and mappers are who asks, and they look up `Key_name` as it is written.
// (ClickHouse has the same columns in lower case.)
const indexColumns: readonly NamedType[] = [
  text('Table'),
  typed('Non_unique', 'UInt8'),
  text('Key_name'),
  typed('Seq_in_index', 'UInt64'),
  nullableText('Column_name'),
  nullableText('Collation'),
  { name: 'Cardinality', type: { kind: 'Nullable', inner: { kind: 'UInt64' } } },
  nullableText('Sub_part'),
  nullableText('Packed'),
  text('Null'),
  text('Index_type'),
  text('Comment'),
  text('Index_comment'),
  text('Visible'),
  nullableText('Expression'),
];

/** Of an index table, those of its row table. */
export function showIndex(statement: StatementOf<'showIndex'>, context: StatementContext): Answer {
  const names = namesOf(context);
  const found = findTable(names, statement.table);
  const table = found.kind === 'indexTable' ? names.store.rowTable(found.rowTableId).definition : found;
  const { indexTables, rowCount } = names.store.status(table.id);
  return answerOfRows(indexColumns, [
    ...primaryKeyRows(table, rowCount),
    ...indexTables.flatMap((index) => indexTableRows(table, index)),
  ]);
}

type Key = {
  readonly name: string;
  /** Rows with the same value of the whole key: one. */
  readonly unique: boolean;
  readonly type: string;
  /** How many values of the whole key there are, when that is known. */
  readonly cardinality: number | null;
  /** Anything but `live`. */
  readonly state: string;
  readonly comment: string;
};

function primaryKeyRows(table: TableDefinition, rowCount: number): ValueInput[][] {
  // A key of a MergeTree table sorts its rows and is not unique.
  const unique = table.kind === 'rowTable';
  const cardinality = unique ? rowCount : null;
  const key: Key = { name: 'PRIMARY', unique, type: 'PRIMARY', cardinality, state: '', comment: '' };
  return table.primaryKey.map((position, i) =>
    keyRow(table, key, { column: table.columns[position]!, i, count: table.primaryKey.length }),
  );
}

function indexTableRows(table: TableDefinition, { definition, state }: IndexTableStatus): ValueInput[][] {
  const { name, layout, keyColumns, whereSql, computed } = definition;
  const columns = columnsOfPath(definition, table);
  const key: Key = {
    name,
    unique: definition.unique ?? false,
    type: layout,
    cardinality: null,
    state: state === 'live' ? '' : state,
    comment: whereSql === undefined ? '' : `WHERE ${whereSql}`,
  };
  return keyColumns.map((position, i) => {
    const expression = computed?.[position - table.columns.length]?.sql;
    return keyRow(table, key, { column: columns[position]!, expression, i, count: keyColumns.length });
  });
}

type KeyColumn = {
  readonly column: NamedType;
  /** SQL text of one that is computed: it has no name in the table, as in MySQL. */
  readonly expression?: string | undefined;
  readonly i: number;
  readonly count: number;
};

function keyRow(table: TableDefinition, key: Key, { column, expression, i, count }: KeyColumn): ValueInput[] {
  return [
    table.name,
    key.unique ? 0 : 1,
    key.name,
    i + 1,
    expression === undefined ? column.name : null,
    'A',
    i === count - 1 ? key.cardinality : null,
    null,
    null,
    isNullable(column.type) ? 'YES' : '',
    key.type,
    key.state,
    key.comment,
    key.state === '' ? 'YES' : 'NO',
    expression ?? null,
  ];
}
