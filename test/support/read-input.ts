// read-input.ts — all rows of formatted data as one block.

import { type InputBlock, type InputOptions, readInput } from '../../src/formats/input.ts';
import { concatBlocks } from '../../src/types/block.ts';
import { createColumnBuilder } from '../../src/types/column-builder.ts';
import type { NamedType } from '../../src/types/column.ts';
import { ownBlock } from '../../src/types/own-block.ts';

export function readWhole(
  format: string,
  data: Uint8Array,
  columns: readonly NamedType[],
  options: InputOptions = { skipUnknownFields: false },
): InputBlock {
  const blocks = Array.from(readInput(format, data, columns, options), (block) => ({
    ...ownBlock(block),
    missing: block.missing,
  }));
  const none = columns.map(({ type }) => createColumnBuilder(type).finish());
  if (blocks.length === 0) return { rowCount: 0, columns: none, missing: columns.map(() => undefined) };
  const missing = columns.map((_, i) => {
    if (blocks.every((block) => !block.missing[i])) return undefined;
    return Buffer.concat(blocks.map((block) => block.missing[i] ?? new Uint8Array(block.rowCount)));
  });
  return { ...concatBlocks(blocks), missing };
}
