// expression.ts — bound expressions: typed trees over the columns of a Block.

import type { Block, Column } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';

export type Expression =
  /** Column `index` of the input block. */
  | { readonly kind: 'column'; readonly index: number; readonly name: string; readonly type: DataType }
  /** `value` has one row. */
  | { readonly kind: 'literal'; readonly value: Column; readonly type: DataType }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly run: ScalarKernel;
      readonly args: readonly Expression[];
      readonly type: DataType;
      /** Of IN over tuples: the columns among whose rows those of the arguments are looked up. */
      readonly set?: readonly Column[];
    }
  /** `operand IN set`: the set's values as one column of the operand's type (nulls never match). */
  | {
      readonly kind: 'in';
      readonly negated: boolean;
      readonly operand: Expression;
      readonly set: Column;
      readonly run: ScalarKernel;
      readonly type: DataType;
    };

/** Computes a function over whole columns of `rowCount` rows; pure. No argument is a dictionary (column.ts). */
export type ScalarKernel = (args: readonly Column[], rowCount: number) => Column;

/** Evaluates over a block; the result has the block's row count. Literals are spread. */
export type Evaluate = (expression: Expression, block: Block) => Column;

/** What a name means where an expression stands. */
export interface Scope {
  /** The column or expression of that name, or undefined. */
  resolve(parts: readonly string[]): Expression | undefined;
  /** Names in scope, for suggestions. */
  names(): readonly string[];
}
