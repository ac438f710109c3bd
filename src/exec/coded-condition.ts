// coded-condition.ts — a condition on one column that has few different values, decided once for each of them.
//
// The column is a dictionary, or has 8 or 16 bits. The condition is computed for all values there can be, and each row
// looks up the answer. When it fails for one of them, which perhaps no row has, the rows themselves must be asked.

import { WinnowError } from '../base/errors.ts';
import { evaluate } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { truthMask } from '../expr/masks.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Workspace } from '../kernels/workspace.ts';
import type { Block, BytesColumn, Column, DictionaryColumn, FixedColumn } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import { everyValue, hasFewBits, hasFewValues, manyRows } from './every-value.ts';

/** One byte per value; undefined when computing them failed. */
type Answers = Uint8Array | undefined;

/** Whether a column of that type may be laid out as one of few values. */
export function mayBeCoded(type: DataType): boolean {
  return type.kind === 'LowCardinality' || hasFewBits(type);
}

export class CodedCondition {
  readonly #condition: Expression;
  readonly #column: number;
  readonly #workspace: Workspace;
  readonly #ofDictionaries = new Map<BytesColumn, Answers>();
  #ofNumbers: { readonly answers: Answers } | undefined;
  #rowsSeen = 0;

  /** A condition that reads no other column. */
  constructor(condition: Expression, column: number, workspace: Workspace) {
    this.#condition = condition;
    this.#column = column;
    this.#workspace = workspace;
  }

  /** 1 in each row in which the condition is true; undefined when it has to be evaluated. */
  mask(block: Block, arena: Arena): Uint8Array | undefined {
    const column = block.columns[this.#column];
    if (column?.layout === 'dictionary') return this.#maskOfCodes(column, arena);
    if (!hasFewValues(column)) return undefined;
    this.#rowsSeen += block.rowCount;
    if (column.values.BYTES_PER_ELEMENT > 1 && this.#rowsSeen < manyRows) return undefined;
    return this.#maskOfNumbers(column, arena);
  }

  #maskOfCodes(column: DictionaryColumn, arena: Arena): Uint8Array | undefined {
    const { dictionary, rowCount } = column;
    if (!this.#ofDictionaries.has(dictionary)) {
      if (dictionary.rowCount > rowCount) return undefined;
      this.#ofDictionaries.set(dictionary, this.#answersFor({ ...dictionary, type: column.type }));
    }
    const answers = this.#ofDictionaries.get(dictionary);
    return answers && lookUp(column.codes, answers, rowCount, arena);
  }

  #maskOfNumbers(column: FixedColumn, arena: Arena): Uint8Array | undefined {
    this.#ofNumbers ??= { answers: this.#answersFor(everyValue(column)) };
    const { answers } = this.#ofNumbers;
    if (!answers) return undefined;
    const mask = lookUp(column.values, answers, column.rowCount, arena);
    if (column.nulls) {
      const { kernels } = kernelRuntime();
      const nulls = arena.take(column.nulls).byteOffset;
      const combine = answers.at(-1) === 1 ? kernels.maskOr : kernels.maskAndNot;
      combine(mask.byteOffset, nulls, column.rowCount, mask.byteOffset);
    }
    return mask;
  }

  #answersFor(values: Column): Answers {
    const columns: Column[] = [];
    columns[this.#column] = values;
    const { rowCount } = values;
    try {
      const truth = evaluate(this.#condition, { rowCount, columns });
      return this.#workspace.lasting.take(
        Uint8Array.from(truthMask(truth, rowCount, this.#workspace.scratch)),
      );
    } catch (error) {
      if (error instanceof WinnowError) return undefined;
      throw error;
    }
  }
}

/** The answer for the code of each row. */
export function lookUp(
  codes: FixedColumn['values'],
  answers: Uint8Array,
  rowCount: number,
  arena: Arena,
): Uint8Array {
  const mask = arena.u8(rowCount);
  const { kernels } = kernelRuntime();
  const kernel = (['memberU8', 'memberU16', 'memberU32'] as const)[codes.BYTES_PER_ELEMENT >> 1]!;
  kernels[kernel](arena.take(codes).byteOffset, rowCount, answers.byteOffset, mask.byteOffset);
  return mask;
}
