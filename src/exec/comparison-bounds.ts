// comparison-bounds.ts — which stored values of a fixed column satisfy a comparison with a constant.
//
// However the two types meet (a Date with a text, a Decimal with a float, an UInt8 with 300), a comparison is monotone in
// the stored value. So the boundary is found by asking the comparison itself about a few values, and a kernel that
// compares stored values with it answers as the comparison would, by construction.

import { must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import { castColumn } from '../expr/cast.ts';
import type { Expression, ScalarKernel } from '../expr/expression.ts';
import { bindFunction, requireFunction } from '../expr/registry.ts';
import { fixedColumn } from '../expr/vectors.ts';
import { repeatRow } from '../types/block.ts';
import type { Column, FixedColumn, FixedValues } from '../types/column.ts';
import { physicalOf, withoutNullable, type DataType, type FixedPhysical } from '../types/data-type.ts';
import { placeOf, placesOf, valuesAt, type Places } from './value-places.ts';

type ColumnReference = Extract<Expression, { kind: 'column' }>;

/** Values below `low` are less than the constant, values above `high` are greater, those between are equal; as places. */
export type Bounds = { readonly places: Places; readonly low: bigint; readonly high: bigint };

/** Undefined when the two do not compare, or a comparison fails for some value. */
export function comparisonBounds(column: ColumnReference, constant: Column): Bounds | undefined {
  if (Number.isNaN((constant as FixedColumn).values?.[0])) return undefined;
  const type = withoutNullable(column.type);
  try {
    const places = placesOf(physicalOf(type) as FixedPhysical);
    const guess = guessOf(constant, type, places);
    const holds = (name: string): Holds => comparisonOf(name, type, constant, places);
    const low = firstFalse(holds('less'), places, guess);
    return { places, low, high: firstFalse(holds('lessOrEquals'), places, guess) - 1n };
  } catch (error) {
    if (error instanceof WinnowError) return undefined;
    throw error;
  }
}

/** For each place: is its value less than (or equal to) the constant? */
type Holds = (places: readonly bigint[]) => ArrayLike<number | bigint>;

function comparisonOf(name: string, type: DataType, constant: Column, places: Places): Holds {
  const position = { offset: 0, line: 1, column: 1 };
  const args = [
    { type, constant: undefined },
    { type: constant.type, constant },
  ];
  const entry = requireFunction(name, position);
  const { run } = bindFunction(entry, { name, args, position, nowMs: 0, currentDatabase: '' });
  return (asked) => askAbout(run, fixedColumn(type, valuesAt(places, asked), asked.length), constant);
}

function askAbout(run: ScalarKernel, column: FixedColumn, constant: Column): FixedValues {
  const { rowCount } = column;
  const answer = run([column, repeatRow(constant, 0, rowCount)], rowCount);
  return (answer as FixedColumn).values;
}

/** Where the boundary most likely is: at the constant as a value of the column's type. */
function guessOf(constant: Column, type: DataType, places: Places): bigint {
  try {
    const cast = castColumn(constant, type);
    return cast.layout === 'fixed' ? placeOf(places, must(cast.values[0], 'one row')) : places.first;
  } catch (error) {
    if (error instanceof WinnowError) return places.first;
    throw error;
  }
}

/** Most values asked about at once. */
const probeCount = 64n;

/** The first place for which `holds` is false, when it is true before it and false behind; one past the last when there is none. */
function firstFalse(holds: Holds, { first, last }: Places, guess: bigint): bigint {
  let [low, high] = [first, last + 1n];
  let probes = [guess - 1n, guess, guess + 1n].filter((place) => place >= low && place < high);
  while (low < high) {
    const answers = holds(probes);
    probes.forEach((place, i) => {
      if (Number(answers[i]) === 1) low = place >= low ? place + 1n : low;
      else high = place < high ? place : high;
    });
    const step = (high - low) / probeCount + 1n;
    probes = [];
    for (let place = low + step - 1n; place < high; place += step) probes.push(place);
  }
  return low;
}
