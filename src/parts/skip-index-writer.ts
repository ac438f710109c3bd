// skip-index-writer.ts — one skip index of a part: `skp_idx_<name>.idx` or `.idx2`, and the marks beside it.
//
// Keeps true: a granule of the index has the rows of `granularity` granules of the part, the last one those that are left,
// and one mark.

import { evaluate } from '../expr/evaluate.ts';
import { Workspace } from '../kernels/workspace.ts';
import type { Block, Column } from '../types/column.ts';
import { expandCodes, takeColumnTo } from '../types/gather.ts';
import { BloomGranules } from './bloom-granules.ts';
import type { IndexGranules } from './index-granules.ts';
import { MinmaxGranules } from './minmax-granules.ts';
import { SetGranules } from './set-granules.ts';
import type { SkipIndex } from './skip-index.ts';
import type { StreamWriter } from './stream-writer.ts';
import { TextFilterGranules } from './text-filter-granules.ts';

export class SkipIndexWriter {
  readonly index: SkipIndex;
  readonly stream: StreamWriter;
  readonly #granules: IndexGranules;
  readonly #workspace = new Workspace();
  #columns: readonly Column[] = [];
  /** Of the granule of the index: how many of the part it has so far. */
  #partGranules = 0;
  #count = 0;

  constructor(index: SkipIndex, stream: StreamWriter) {
    this.index = index;
    this.stream = stream;
    this.#granules = granulesOf(index, this.#workspace);
  }

  /** Granules of the index so far. */
  get count(): number {
    return this.#count;
  }

  /** The block whose rows come next. */
  begin(block: Block): void {
    const { scratch } = this.#workspace;
    scratch.rewind();
    this.#columns = this.index.expressions.map((expression) => {
      const column = expandCodes(takeColumnTo(evaluate(expression, block), scratch), scratch);
      if (column.layout !== 'array') return column;
      return { ...column, elements: expandCodes(takeColumnTo(column.elements, scratch), scratch) };
    });
  }

  /** A granule of the part begins. */
  mark(): void {
    if (this.#partGranules > 0) this.#granules.endPartGranule();
    if (this.#partGranules === this.index.granularity) this.#finishGranule();
    this.#partGranules++;
  }

  /** Rows [start, end) of the block. */
  append(start: number, end: number): void {
    this.#granules.add(this.#columns, start, end);
  }

  /** All rows were appended. */
  finish(): void {
    if (this.#partGranules === 0) return;
    this.#granules.endPartGranule();
    this.#finishGranule();
  }

  release(): void {
    this.#granules.release();
    this.#workspace.close();
  }

  #finishGranule(): void {
    this.stream.mark();
    this.#granules.finish(this.stream);
    this.#partGranules = 0;
    this.#count++;
  }
}

function granulesOf({ type, expressions }: SkipIndex, workspace: Workspace): IndexGranules {
  const types = expressions.map((expression) => expression.type);
  switch (type.kind) {
    case 'minmax':
      return new MinmaxGranules(types.length);
    case 'set':
      return new SetGranules(types, type.maxRows);
    case 'bloom_filter':
      return new BloomGranules(types.length, type.falsePositiveRate);
    case 'ngrambf_v1':
      return new TextFilterGranules(types.length, type.filter, type.ngramLength, workspace);
    case 'tokenbf_v1':
      return new TextFilterGranules(types.length, type.filter, undefined, workspace);
  }
}
