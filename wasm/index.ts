// index.ts — everything the compiled module exports (typed and described in src/kernels/kernels.ts).
//
// Compiled once, instantiated by every thread over one shared memory. So no kernel keeps state: no globals that change,
// and static data is constant.

export * from './city-hash';
export * from './lz4-compress';
export * from './lz4-decompress';
export * from './string-codec';

/** Where the constants end. */
export function constantsEnd(): usize {
  return __heap_base;
}
