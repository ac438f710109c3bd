// value-places.ts — the values of a fixed type in their order, as whole numbers: the place of each value among all.
//
// Integers are their own places. Floats without NaN are ordered as their bits are, negative ones the other way round;
// -0 comes right before 0.

import { fixedArrays, type FixedValues } from '../types/column.ts';
import type { FixedPhysical } from '../types/data-type.ts';

export type Places = {
  readonly physical: FixedPhysical;
  readonly first: bigint;
  readonly last: bigint;
};

export function placesOf(physical: FixedPhysical): Places {
  if (physical === 'f32' || physical === 'f64') {
    const last = placeOf({ physical }, Infinity);
    return { physical, first: -last - 1n, last };
  }
  const bits = BigInt(physical.slice(1));
  return physical.startsWith('u')
    ? { physical, first: 0n, last: 2n ** bits - 1n }
    : { physical, first: -(2n ** (bits - 1n)), last: 2n ** (bits - 1n) - 1n };
}

export function placeOf({ physical }: Pick<Places, 'physical'>, value: number | bigint): bigint {
  if (physical !== 'f32' && physical !== 'f64') return BigInt(value);
  const bits = physical === 'f32' ? floatBits32(Number(value)) : floatBits64(Number(value));
  // The sign is the highest bit of the signed number.
  return bits >= 0n ? bits : -(bits & (physical === 'f32' ? 0x7fff_ffffn : 0x7fff_ffff_ffff_ffffn)) - 1n;
}

/** Where the values lie that equal this one: 0 and -0 do. */
export function placesOfEquals(
  places: Pick<Places, 'physical'>,
  value: number | bigint,
): { readonly low: bigint; readonly high: bigint } {
  const isFloatZero = places.physical.startsWith('f') && Number(value) === 0;
  if (isFloatZero) return { low: -1n, high: 0n };
  const place = placeOf(places, value);
  return { low: place, high: place };
}

export function valuesAt({ physical }: Places, places: readonly bigint[]): FixedValues {
  switch (physical) {
    case 'i64':
      return BigInt64Array.from(places);
    case 'u64':
      return BigUint64Array.from(places);
    case 'f32':
      return new Float32Array(
        Int32Array.from(places, (place) => Number(bitsAt(place, 0x8000_0000n)) | 0).buffer,
      );
    case 'f64':
      return new Float64Array(
        BigInt64Array.from(places, (place) => BigInt.asIntN(64, bitsAt(place, 2n ** 63n))).buffer,
      );
    default:
      return (fixedArrays[physical] as typeof Int32Array).from(places, Number);
  }
}

const bitsAt = (place: bigint, sign: bigint): bigint => (place >= 0n ? place : (-place - 1n) | sign);

function floatBits32(value: number): bigint {
  return BigInt(new Int32Array(Float32Array.of(value).buffer)[0]!);
}

function floatBits64(value: number): bigint {
  return new BigInt64Array(Float64Array.of(value).buffer)[0]!;
}
