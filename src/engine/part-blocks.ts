// part-blocks.ts — blocks of a size that is worth a part: small ones joined, large ones cut.

import { concatBlocks, sliceBlock } from '../types/block.ts';
import { blockSizeBytes, type Block } from '../types/column.ts';
import { ownBlock } from '../types/own-block.ts';

/** Rows of a block, at most; as in ClickHouse, each becomes a part per partition. */
const MAX_ROWS = 1_048_576;
/** A block of fewer rows is full at this size. */
const FULL_BYTES = 256 * 1024 * 1024;

/** The same rows in the same order. The blocks of the input may be lent, those of the result stay. */
export async function* partBlocks(blocks: AsyncIterable<Block>): AsyncGenerator<Block> {
  let kept: Block[] = [];
  let rowCount = 0;
  let sizeBytes = 0;
  for await (const block of blocks) {
    for (let start = 0; start < block.rowCount;) {
      const end = Math.min(block.rowCount, start + MAX_ROWS - rowCount);
      const piece = ownBlock(sliceBlock(block, start, end));
      kept.push(piece);
      rowCount += piece.rowCount;
      sizeBytes += blockSizeBytes(piece);
      start = end;
      if (rowCount < MAX_ROWS && sizeBytes < FULL_BYTES) continue;
      yield concatBlocks(kept);
      kept = [];
      rowCount = 0;
      sizeBytes = 0;
    }
  }
  if (rowCount > 0) yield concatBlocks(kept);
}
