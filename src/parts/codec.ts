// codec.ts — what blocks can be compressed by, and how their headers name it.

/** One step of a chain. `width`: bytes of a number. */
export type Codec =
  | { readonly name: 'NONE' | 'LZ4' }
  /** `attempts`: earlier places that are compared at each one. */
  | { readonly name: 'LZ4HC'; readonly attempts: number }
  | { readonly name: 'Delta' | 'DoubleDelta' | 'Gorilla'; readonly width: number }
  | { readonly name: 'T64'; readonly type: T64Type; readonly hasBitPlanes: boolean };

/** At least one; the first sees the content. */
export type CodecChain = readonly Codec[];

export const LZ4_CHAIN: CodecChain = [{ name: 'LZ4' }];

export const methods = {
  NONE: 0x02,
  LZ4: 0x82,
  LZ4HC: 0x82,
  ZSTD: 0x90,
  Multiple: 0x91,
  Delta: 0x92,
  T64: 0x93,
  DoubleDelta: 0x94,
  Gorilla: 0x95,
} as const;

/** Methods of ClickHouse that Winnow does not read. */
export const otherMethods: ReadonlyMap<number, string> = new Map([
  [0x96, 'AES_128_GCM_SIV'],
  [0x97, 'AES_256_GCM_SIV'],
  [0x98, 'FPC'],
  [0x9a, 'GCD'],
  [0x9b, 'ZSTD_QPL'],
  [0x9c, 'SZ3'],
]);

/** In a Multiple block the blocks inside have no hash, only: method u8 · size of header and payload u32 · content u32. */
export const HEADER_BYTES = 9;

/** A type as T64 blocks name it. */
export type T64Type = { readonly code: number; readonly width: number; readonly isSigned: boolean };

const t64 = (code: number, width: number, isSigned: boolean): T64Type => ({ code, width, isSigned });

/** By the name of the type; Enum8 and Enum16 count as numbers without a sign. */
export const t64Types = {
  UInt8: t64(1, 1, false),
  UInt16: t64(2, 2, false),
  UInt32: t64(3, 4, false),
  UInt64: t64(4, 8, false),
  Int8: t64(6, 1, true),
  Int16: t64(7, 2, true),
  Int32: t64(8, 4, true),
  Int64: t64(9, 8, true),
  Date: t64(13, 2, false),
  DateTime: t64(14, 4, false),
  DateTime64: t64(15, 8, true),
  Enum8: t64(17, 1, false),
  Enum16: t64(18, 2, false),
  Decimal32: t64(19, 4, true),
  Decimal64: t64(20, 8, true),
  IPv4: t64(21, 4, false),
  Date32: t64(22, 4, true),
  Time: t64(23, 4, true),
  Time64: t64(24, 8, true),
} as const;

/** In the byte that names the type. */
export const T64_BIT_PLANES = 0x80;

export const t64ByCode: ReadonlyMap<number, T64Type> = new Map(
  Object.values(t64Types).map((type) => [type.code, type]),
);
