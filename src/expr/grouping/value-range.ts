// value-range.ts — the least and the greatest of whole numbers.

import type { Arena } from '../../kernels/arena.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import type { FixedValues } from '../../types/column.ts';
import type { FixedPhysical } from '../../types/data-type.ts';
import { fixedArrayIn } from '../kernel-arrays.ts';

/** At least one value; they lie in the kernels' memory. */
export function rangeOf(
  physical: FixedPhysical,
  values: FixedValues,
  scratch: Arena,
): { readonly least: bigint; readonly greatest: bigint } {
  const { kernels } = kernelRuntime();
  const seen = scratch.u8(1);
  const best = fixedArrayIn(scratch, physical, 1);
  const name = physical.toUpperCase() as Uppercase<FixedPhysical>;
  const [least, greatest] = ([`leastOfAll${name}`, `greatestOfAll${name}`] as const).map((kernel) => {
    seen[0] = 0;
    kernels[kernel](values.byteOffset, values.length, best.byteOffset, seen.byteOffset);
    return BigInt(best[0]!);
  });
  return { least: least!, greatest: greatest! };
}
