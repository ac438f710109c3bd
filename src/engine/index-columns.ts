// index-columns.ts — the columns that CREATE INDEX TABLE names: those of the row table, and expressions over them.

import { WinnowError, type SourcePosition } from '../base/errors.ts';
import type { ComputedColumn } from '../catalog/definitions.ts';
import { bindStored } from '../catalog/stored-expression.ts';
import { columnName } from '../plan/column-name.ts';
import type { DefinedPipeline } from '../pipeline/define-pipeline.ts';
import type { ColumnDefinition, RowTableDefinition } from '../rows/definition.ts';
import type { Expression } from '../sql/ast.ts';
import { printExpression } from '../sql/printer.ts';
import { withoutNullable } from '../types/data-type.ts';
import { columnPosition } from './names.ts';
import { plainExpression, refuseVarying } from './stored-text.ts';

/** Collects computed columns while the clauses of one statement are resolved. With a filter there are its columns. */
export class IndexColumns {
  readonly #table: RowTableDefinition;
  readonly #pipeline: DefinedPipeline | undefined;
  readonly #computed: ComputedColumn[];

  /** Errors: DUPLICATE_COLUMN when a column of the filter has the name of one of the primary key. */
  constructor(table: RowTableDefinition, pipeline?: DefinedPipeline) {
    this.#table = table;
    this.#pipeline = pipeline;
    this.#computed = [...(pipeline?.columns ?? [])];
    const taken = table.primaryKey.map((column) => table.columns[column]!.name);
    const twice = this.#computed.find(({ name }) => pipeline && taken.includes(name));
    if (!twice) return;
    throw new WinnowError(
      'DUPLICATE_COLUMN',
      `pipeline ${pipeline!.name} gives ${twice.name}, as the primary key does`,
      { hint: 'Every index table has the primary key; give the column another name.' },
    );
  }

  get computed(): readonly ComputedColumn[] | undefined {
    return this.#computed.length > 0 ? this.#computed : undefined;
  }

  /** What positions mean, so far. Beside a filter's columns only the primary key can be named. */
  get columns(): readonly ColumnDefinition[] {
    const { columns, primaryKey } = this.#table;
    const own = this.#pipeline
      ? columns.map((column, i) => (primaryKey.includes(i) ? column : { ...column, name: '' }))
      : columns;
    const added = this.#computed.map(({ name, type }) => ({
      name,
      type,
      defaultSql: undefined,
      comment: '',
    }));
    return [...own, ...added];
  }

  /** All columns that there are beside those of `key` and the primary key. */
  rest(key: readonly number[]): number[] {
    const { columns, primaryKey } = this.#table;
    const [start, end] = this.#pipeline ? [columns.length, this.columns.length] : [0, columns.length];
    const all = Array.from({ length: end - start }, (_, i) => start + i);
    return all.filter((column) => !key.includes(column) && !primaryKey.includes(column));
  }

  /** Errors: as `position`, DUPLICATE_COLUMN when two are the same. */
  positions(list: readonly Expression[]): number[] {
    const positions = list.map((e) => this.position(e));
    const twice = positions.findIndex((column, i) => positions.indexOf(column) !== i);
    if (twice < 0) return positions;
    const { name } = this.columns[positions[twice]!]!;
    throw new WinnowError('DUPLICATE_COLUMN', `Column ${name} is named twice`, {
      position: list[twice]!.position,
    });
  }

  /**
   * A column by its name, or a computed one: `lower(email) AS mail`, `note AS remark`. Without AS its name is that of the
   * expression. Errors: NO_SUCH_COLUMN_IN_TABLE, DUPLICATE_COLUMN when the name is taken, those of binding.
   */
  position(e: Expression): number {
    const plain = plainExpression(e, this.#table);
    const alias = e.kind === 'alias' ? e.name : undefined;
    const isName = plain.kind === 'identifier' && plain.parts.length === 1;
    if (isName && (alias === undefined || alias === plain.parts[0]))
      return columnPosition({ name: this.#table.name, columns: this.columns }, plain.parts[0]!, e.position);
    if (this.#pipeline)
      throw new WinnowError(
        'BAD_ARGUMENTS',
        `with USING ${this.#pipeline.name} the lists name its columns, not expressions`,
        { position: e.position },
      );
    const sql = printExpression(plain);
    const known = this.#computed.findIndex(
      (column) => column.sql === sql && (alias === undefined || alias === column.name),
    );
    if (known >= 0) return this.#table.columns.length + known;
    return this.#add(plain, sql, alias ?? columnName(plain), e.position);
  }

  #add(plain: Expression, sql: string, name: string, position: SourcePosition): number {
    if (this.columns.some((column) => column.name === name)) {
      throw new WinnowError('DUPLICATE_COLUMN', `there is another column ${name}`, {
        position,
        hint: 'Give the computed column a name of its own with AS.',
      });
    }
    refuseVarying(plain, 'a computed column');
    const { type } = bindStored(plain, this.#table.columns);
    if (withoutNullable(type).kind === 'Nothing')
      throw new WinnowError('BAD_ARGUMENTS', `column ${name} is always NULL`, { position });
    this.#computed.push({ name, type, sql });
    return this.columns.length - 1;
  }
}
