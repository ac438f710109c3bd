// group-numbers.ts — numbers the distinct rows of some columns: what GROUP BY, DISTINCT and uniqExact are made of.
//
// Each column has a numbering of its values; the numbers of several columns are combined pair by pair. NULL equals NULL
// and NaN equals NaN; 0 and -0 differ, as in ClickHouse.

import { assert, must } from '../../base/assert.ts';
import type { Arena } from '../../kernels/arena.ts';
import type { Workspace } from '../../kernels/workspace.ts';
import type { Column, TupleColumn } from '../../types/column.ts';
import { elementType, physicalOf, type DataType, type TupleType } from '../../types/data-type.ts';
import { gatherRows, gatherValues } from '../../types/gather.ts';
import { fixedColumn } from '../vectors.ts';
import { FixedNumbering } from './fixed-numbering.ts';
import { ListNumbering } from './list-numbering.ts';
import type { ColumnNumbering, NumberTarget } from './numbering.ts';
import { PairNumbering } from './pair-numbering.ts';
import { TextNumbering } from './text-numbering.ts';

export class GroupNumbers {
  readonly #scratch: Arena;
  readonly #columns: readonly ColumnNumbering[];
  /** For each column but the first, pairs of a number of the columns before it and its own. */
  readonly #pairs: readonly PairNumbering[];

  /** At least one type. */
  constructor(types: readonly DataType[], workspace: Workspace) {
    this.#scratch = workspace.scratch;
    this.#columns = types.map((type) => numberingOf(type, workspace));
    this.#pairs = types.slice(1).map(() => new PairNumbering(workspace));
  }

  /** Distinct rows so far. */
  get count(): number {
    return must(this.#pairs.at(-1) ?? this.#columns[0], 'at least one column').count;
  }

  /** The number of every row, and the rows in which new numbers were given, in order. Both lie in the scratch. */
  assign(
    columns: readonly Column[],
    rowCount: number,
  ): { readonly groups: Uint32Array; readonly firstRows: Uint32Array } {
    const before = this.count;
    const [groups, firstRows] = [this.#scratch.u32(rowCount), this.#scratch.u32(rowCount)];
    this.assignTo(columns, rowCount, { groups: groups.byteOffset, firstRows: firstRows.byteOffset });
    return { groups, firstRows: firstRows.subarray(0, this.count - before) };
  }

  assignTo(columns: readonly Column[], rowCount: number, target: NumberTarget): void {
    const own = columns.length > 1 ? this.#scratch.u32(rowCount).byteOffset : 0;
    let first = { pointer: target.groups, count: 0 };
    columns.forEach((column, i) => {
      const numbering = must(this.#columns[i], 'the columns of all calls are alike');
      numbering.assign(column, rowCount, i === 0 ? target : { ...target, groups: own });
      const pairs = this.#pairs[i - 1];
      pairs?.assign(first, { pointer: own, count: numbering.count }, rowCount, target);
      first = { pointer: target.groups, count: (pairs ?? numbering).count };
    });
  }

  /** What the numbers stand for, as ColumnNumbering.values: one row each. */
  values(arena: Arena): Column[] {
    const last: Column[] = [];
    let numbers: Uint32Array | undefined;
    for (let i = this.#pairs.length; i > 0; i--) {
      const { firsts, seconds } = this.#pairs[i - 1]!.pairs(arena);
      const ofColumn = numbers ? gatherValues(seconds, numbers, arena) : seconds;
      last.unshift(gatherRows(this.#columns[i]!.values(arena), ofColumn, arena));
      numbers = numbers ? gatherValues(firsts, numbers, arena) : firsts;
    }
    const first = this.#columns[0]!.values(arena);
    return [numbers ? gatherRows(first, numbers, arena) : first, ...last];
  }
}

function numberingOf(type: DataType, workspace: Workspace): ColumnNumbering {
  switch (type.kind) {
    case 'Array':
    case 'Map':
      return new ListNumbering(type, numberingOf(elementType(type), workspace), workspace);
    case 'Tuple':
      return new TupleNumbering(type, workspace);
    default:
      return physicalOf(type) === 'bytes'
        ? new TextNumbering(type, workspace)
        : new FixedNumbering(type, workspace);
  }
}

/** A tuple is numbered as a row of its fields. */
class TupleNumbering implements ColumnNumbering {
  readonly #type: TupleType;
  readonly #fields: GroupNumbers;

  constructor(type: TupleType, workspace: Workspace) {
    this.#type = type;
    const types = type.elements.map((element) => element.type);
    this.#fields = new GroupNumbers(types.length > 0 ? types : [noField], workspace);
  }

  get count(): number {
    return this.#fields.count;
  }

  assign(column: Column, rowCount: number, target: NumberTarget): void {
    assert(column.layout === 'tuple', 'the columns of one key have one layout');
    const { fields } = column;
    const none = (): Column[] => [fixedColumn(noField, new Uint8Array(rowCount), rowCount)];
    this.#fields.assignTo(fields.length > 0 ? fields : none(), rowCount, target);
  }

  values(arena: Arena): TupleColumn {
    const fields = this.#fields.values(arena).slice(0, this.#type.elements.length);
    return { layout: 'tuple', type: this.#type, rowCount: this.count, fields, nulls: undefined };
  }
}

/** All tuples without elements are equal: as if they had one, the same in all. */
const noField: DataType = { kind: 'UInt8' };
