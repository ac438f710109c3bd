// kernels.ts — what the compiled module exports, as types.
//
// Every kernel is a plain function over pointers into the shared memory. It allocates nothing, keeps no state between
// calls and never throws; sizes and counts are whole numbers from 0. A kernel may read and write up to 32 bytes behind
// its arrays, which is the slack that every allocation of an Arena has; so what it writes must be an allocation, not a
// piece of one. WebAssembly hands 32-bit results over signed: `>>> 0` makes a pointer or a size of one that may pass 2^31.

import type { AggregateKernels } from './aggregate-kernels.ts';
import type { BitmapKernels } from './bitmap-kernels.ts';
import type { BloomKernels } from './bloom-kernels.ts';
import type { CodecKernels } from './codec-kernels.ts';
import type { GroupKernels } from './group-kernels.ts';
import type { MaskKernels } from './mask-kernels.ts';
import type { OrderKernels } from './order-kernels.ts';
import type { PartKernels } from './part-kernels.ts';
import type { RowKernels } from './row-kernels.ts';
import type { StateKernels } from './state-kernels.ts';
import type { TextInputKernels } from './text-input-kernels.ts';

/** The module's exports. */
export type Kernels = AggregateKernels &
  BitmapKernels &
  BloomKernels &
  CodecKernels &
  GroupKernels &
  MaskKernels &
  OrderKernels &
  PartKernels &
  RowKernels &
  StateKernels &
  TextInputKernels & {
    /** Where the module's own constants end: a size in bytes from the start of the memory. */
    constantsEnd(): number;
  };
