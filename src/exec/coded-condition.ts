// coded-condition.ts — a condition on one column that has few different values, decided once for each of them.
//
// The column is a dictionary, or has 8 or 16 bits. The condition is computed for all values there can be, and each row
// looks up the answer. When it fails for one of them, which perhaps no row has, the rows themselves must be asked.

import { WinnowError } from '../base/errors.ts';
import { evaluate } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { truthMask } from '../expr/masks.ts';
import { fixed, fixedColumn, newValues } from '../expr/vectors.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Workspace } from '../kernels/workspace.ts';
import type { Block, BytesColumn, Column, DictionaryColumn, FixedColumn } from '../types/column.ts';
import { defaultRow } from '../types/column-builder.ts';
import {
  isNullable,
  physicalOf,
  withoutNullable,
  type DataType,
  type FixedPhysical,
} from '../types/data-type.ts';
import { placesOf } from './value-places.ts';

/** Where the answers for all values lie, one byte each; undefined when computing them failed. */
type Answers = number | undefined;

/** From so many rows on it pays to compute the answers for all values of 16 bits. */
const manyRows = 32_768;

export class CodedCondition {
  readonly #condition: Expression;
  readonly #column: number;
  readonly #workspace: Workspace;
  readonly #ofDictionaries = new Map<BytesColumn, Answers>();
  #ofNumbers: { readonly answers: Answers; readonly ofNull: boolean } | undefined;
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
    if (column?.layout !== 'fixed' || column.values.BYTES_PER_ELEMENT > 2) return undefined;
    this.#rowsSeen += block.rowCount;
    if (column.values.BYTES_PER_ELEMENT === 2 && this.#rowsSeen < manyRows) return undefined;
    return this.#maskOfNumbers(column, arena);
  }

  #maskOfCodes(column: DictionaryColumn, arena: Arena): Uint8Array | undefined {
    const { dictionary, rowCount } = column;
    const isKnown = this.#ofDictionaries.has(dictionary);
    if (!isKnown && dictionary.rowCount > rowCount) return undefined;
    if (!isKnown) {
      const values: Column = { ...dictionary, type: column.type };
      this.#ofDictionaries.set(dictionary, this.#keep(this.#answersFor(values)));
    }
    const answers = this.#ofDictionaries.get(dictionary);
    return answers === undefined ? undefined : lookUp(column.codes, answers, rowCount, arena);
  }

  #maskOfNumbers(column: FixedColumn, arena: Arena): Uint8Array | undefined {
    this.#ofNumbers ??= this.#answersForNumbers(column);
    const { answers, ofNull } = this.#ofNumbers;
    if (answers === undefined) return undefined;
    const mask = lookUp(column.values, answers, column.rowCount, arena);
    if (column.nulls) {
      const { kernels } = kernelRuntime();
      const nulls = arena.take(column.nulls).byteOffset;
      const combine = ofNull ? kernels.maskOr : kernels.maskAndNot;
      combine(mask.byteOffset, nulls, column.rowCount, mask.byteOffset);
    }
    return mask;
  }

  /** By the bits of each value. */
  #answersForNumbers({ type, values }: FixedColumn): { answers: Answers; ofNull: boolean } {
    const all = allValues(type);
    const answers = this.#answersFor(all);
    if (!answers) return { answers: undefined, ofNull: false };
    const byBits = new Uint8Array(2 ** (8 * values.BYTES_PER_ELEMENT));
    const bits = byBits.length - 1;
    for (let row = 0; row < all.rowCount; row++)
      if (all.nulls?.[row] !== 1) byBits[Number(all.values[row]) & bits] = answers[row]!;
    return { answers: this.#keep(byBits), ofNull: isNullable(type) && answers.at(-1) === 1 };
  }

  #answersFor(values: Column): Uint8Array | undefined {
    const columns: Column[] = [];
    columns[this.#column] = values;
    try {
      const truth = evaluate(this.#condition, { rowCount: values.rowCount, columns });
      return truthMask(truth, values.rowCount, this.#workspace.scratch);
    } catch (error) {
      if (error instanceof WinnowError) return undefined;
      throw error;
    }
  }

  #keep(answers: Uint8Array | undefined): Answers {
    return answers && this.#workspace.kept(Uint8Array.from(answers)).byteOffset;
  }
}

function lookUp(codes: FixedColumn['values'], answers: number, rowCount: number, arena: Arena): Uint8Array {
  const mask = arena.u8(rowCount);
  const { kernels } = kernelRuntime();
  const kernel = (['memberU8', 'memberU16', 'memberU32'] as const)[codes.BYTES_PER_ELEMENT >> 1]!;
  kernels[kernel](arena.take(codes).byteOffset, rowCount, answers, mask.byteOffset);
  return mask;
}

/** Every value of a type of 8 or 16 bits; of a Nullable type NULL comes last. */
function allValues(type: DataType): FixedColumn {
  const numbers = numbersOf(withoutNullable(type));
  const rowCount = numbers.length + (isNullable(type) ? 1 : 0);
  const values = newValues(physicalOf(type) as FixedPhysical, rowCount);
  values.set(numbers as never);
  const nulls = isNullable(type) ? new Uint8Array(rowCount) : undefined;
  if (nulls) {
    nulls[rowCount - 1] = 1;
    values[rowCount - 1] = fixed(defaultRow(type)).values[0] as never;
  }
  return { ...fixedColumn(type, values, rowCount), nulls };
}

function numbersOf(type: DataType): number[] {
  if (type.kind === 'Enum8') return type.entries.map(({ value }) => value);
  if (type.kind === 'Bool') return [0, 1];
  const { first, last } = placesOf(physicalOf(type) as FixedPhysical);
  return Array.from({ length: Number(last - first) + 1 }, (_, i) => Number(first) + i);
}
