// index.ts — everything the compiled module exports (typed and described in src/kernels/kernels.ts).
//
// Compiled once, instantiated by every thread over one shared memory. So no kernel keeps state: no globals that change,
// and static data is constant.

export * from './aggregate-count';
export * from './aggregate-extreme';
export * from './aggregate-result';
export * from './aggregate-state';
export * from './aggregate-sum';
export * from './bitmap';
export * from './bloom';
export * from './city-hash';
export * from './codes';
export * from './compare-constant';
export * from './delta';
export * from './double-delta';
export * from './copy-cells';
export * from './gather';
export * from './gather-sources';
export * from './gorilla';
export * from './group-by-offset';
export * from './group-hashed';
export * from './group-pairs';
export * from './group-texts';
export * from './hash';
export * from './lz4-compress';
export * from './lz4-compress-high';
export * from './lz4-decompress';
export * from './mask';
export * from './merge-runs';
export * from './numbered-values';
export * from './parse-numbers';
export * from './parse-times';
export * from './part-columns';
export * from './sip-hash';
export * from './sort-rows';
export * from './sorted-rows';
export * from './sparse';
export * from './split-delimited';
export * from './string-codec';
export * from './string-match';
export * from './t64';
export * from './text-dictionary';
export * from './top-rows';

/** Where the constants end. */
export function constantsEnd(): usize {
  return __heap_base;
}
