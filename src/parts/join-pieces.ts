// join-pieces.ts — one column of codes from pieces that were written with dictionaries of their own.
//
// Where all pieces use one dictionary as it is, that is the result's, and the same object for every read of one reader.
// Otherwise the result has a dictionary that is put together: an empty text (of other keys, zero), or NULL, and then every
// dictionary met.

import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { BytesColumn, DictionaryColumn } from '../types/column.ts';
import { type DataType, isNullable, nullable } from '../types/data-type.ts';

/** Rows that were written together. */
export type DictionaryPiece = {
  readonly rowCount: number;
  /** Bytes of a code. */
  readonly width: 1 | 2 | 4;
  /** Pointer to codes, each below the number of texts. */
  readonly codes: number;
  readonly shared: BytesColumn | undefined;
  /** Their codes follow those of the shared dictionary. */
  readonly additional: BytesColumn | undefined;
};

/** The column of type `type`, LowCardinality, of all pieces; keys that are no texts have `keyBytes` bytes each. */
export function joinPieces(
  type: DataType,
  keyBytes: number | undefined,
  pieces: readonly DictionaryPiece[],
  rowCount: number,
  arena: Arena,
): DictionaryColumn {
  const first = pieces[0]?.shared;
  const isOne = first && pieces.every(({ shared, additional }) => shared === first && !additional);
  const { codes, dictionary } = isOne
    ? { codes: joinCodes(pieces, rowCount, arena), dictionary: first }
    : joinAll({ isNullable: isNullable(type), keyBytes: keyBytes ?? 0 }, pieces, rowCount, arena);
  return { layout: 'dictionary', type, rowCount, codes, dictionary, nulls: undefined };
}

/** Codes of one dictionary, as wide as the widest. */
function joinCodes(
  pieces: readonly DictionaryPiece[],
  rowCount: number,
  arena: Arena,
): DictionaryColumn['codes'] {
  const width = Math.max(...pieces.map((piece) => piece.width));
  if (width === 4)
    return rebased(pieces, rowCount, arena, () => ({ keep: 0, shared: 0, sharedShift: 0, shift: 0 }));
  const memory = new Uint8Array(kernelRuntime().memory.buffer);
  const codes = width === 1 ? arena.u8(rowCount) : arena.u16(rowCount);
  const bytes = new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength);
  let row = 0;
  for (const piece of pieces) {
    const source = memory.subarray(piece.codes, piece.codes + piece.rowCount * piece.width);
    if (piece.width === width) bytes.set(source, row * width);
    else codes.set(source, row);
    row += piece.rowCount;
  }
  return codes;
}

/** Whether the first key stands for NULL; and its bytes, where it does not stand for the empty text. */
type FirstKey = { readonly isNullable: boolean; readonly keyBytes: number };

function joinAll(
  firstKey: FirstKey,
  pieces: readonly DictionaryPiece[],
  rowCount: number,
  arena: Arena,
): { codes: Uint32Array; dictionary: BytesColumn } {
  const dictionaries = new Map<BytesColumn, number>();
  // Row 0 is an empty text, or NULL.
  let textCount = 1;
  for (const { shared, additional } of pieces) {
    for (const texts of [shared, additional]) {
      if (!texts || dictionaries.has(texts)) continue;
      dictionaries.set(texts, textCount);
      textCount += texts.rowCount;
    }
  }
  const keep = firstKey.isNullable ? 1 : 0;
  const codes = rebased(pieces, rowCount, arena, ({ shared, additional }) => ({
    keep,
    shared: shared?.rowCount ?? 0,
    sharedShift: shared ? dictionaries.get(shared)! : 0,
    shift: additional ? dictionaries.get(additional)! - (shared?.rowCount ?? 0) : 0,
  }));
  return { codes, dictionary: joinTexts([...dictionaries.keys()], textCount, firstKey, arena) };
}

type Shifts = {
  /** Codes below it stay. */
  readonly keep: number;
  /** Codes below it are shifted by `sharedShift`, the rest by `shift`. */
  readonly shared: number;
  readonly sharedShift: number;
  readonly shift: number;
};

function rebased(
  pieces: readonly DictionaryPiece[],
  rowCount: number,
  arena: Arena,
  shiftsOf: (piece: DictionaryPiece) => Shifts,
): Uint32Array {
  const { kernels } = kernelRuntime();
  const rebase = { 1: kernels.rebaseCodes8, 2: kernels.rebaseCodes16, 4: kernels.rebaseCodes32 };
  const codes = arena.u32(rowCount);
  let target = codes.byteOffset;
  for (const piece of pieces) {
    const { keep, shared, sharedShift, shift } = shiftsOf(piece);
    rebase[piece.width](piece.codes, piece.rowCount, keep, shared, sharedShift, shift, target);
    target += 4 * piece.rowCount;
  }
  return codes;
}

function joinTexts(
  dictionaries: readonly BytesColumn[],
  textCount: number,
  { isNullable: isNullableType, keyBytes }: FirstKey,
  arena: Arena,
): BytesColumn {
  const offsets = arena.u32(textCount + 1);
  const sizeBytes = dictionaries.reduce((total, texts) => total + texts.offsets[texts.rowCount]!, keyBytes);
  const bytes = arena.bytes(sizeBytes);
  let row = 0;
  let size = keyBytes;
  offsets[row++] = 0;
  offsets[row++] = keyBytes;
  bytes.fill(0, 0, keyBytes);
  for (const { offsets: ends, bytes: texts, rowCount } of dictionaries) {
    for (let i = 1; i <= rowCount; i++) offsets[row++] = size + ends[i]!;
    bytes.set(texts.subarray(0, ends[rowCount]), size);
    size += ends[rowCount]!;
  }
  const column = { layout: 'bytes', rowCount: textCount, offsets, bytes } as const;
  if (!isNullableType) return { ...column, type: { kind: 'String' }, nulls: undefined };
  const nulls = arena.u8(textCount).fill(0);
  nulls[0] = 1;
  return { ...column, type: nullable({ kind: 'String' }), nulls };
}
