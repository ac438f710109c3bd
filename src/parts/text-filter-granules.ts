// text-filter-granules.ts — granules of ngrambf_v1 and tokenbf_v1 indexes: of each column a filter of one size, with the
// bits of all n-grams or tokens of its texts.

import { assert } from '../base/assert.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Workspace } from '../kernels/workspace.ts';
import type { Column } from '../types/column.ts';
import type { BloomParameters } from './skip-index.ts';
import { type IndexGranules, valuesOfRows } from './index-granules.ts';
import type { StreamWriter } from './stream-writer.ts';

export class TextFilterGranules implements IndexGranules {
  readonly #parameters: BloomParameters;
  readonly #ngramLength: number | undefined;
  readonly #filters: readonly Uint8Array[];

  /** Of tokens when `ngramLength` is undefined. */
  constructor(
    columnCount: number,
    parameters: BloomParameters,
    ngramLength: number | undefined,
    workspace: Workspace,
  ) {
    this.#parameters = parameters;
    this.#ngramLength = ngramLength;
    const { sizeBytes } = parameters;
    this.#filters = Array.from({ length: columnCount }, () => workspace.lasting.u8(sizeBytes).fill(0));
  }

  add(columns: readonly Column[], start: number, end: number): void {
    const { kernels } = kernelRuntime();
    const { sizeBytes, hashCount, seed } = this.#parameters;
    columns.forEach((column, i) => {
      const rows = valuesOfRows(column, start, end);
      assert(rows.values.layout === 'bytes', 'texts are laid out as bytes');
      const { offsets, bytes } = rows.values;
      const texts = [offsets.byteOffset + 4 * rows.start, bytes.byteOffset, rows.end - rows.start] as const;
      const filter = [seed, hashCount, this.#filters[i]!.byteOffset, sizeBytes] as const;
      if (this.#ngramLength === undefined) kernels.addTokens(...texts, ...filter);
      else kernels.addNgrams(...texts, this.#ngramLength, ...filter);
    });
  }

  endPartGranule(): void {}

  finish(stream: StreamWriter): void {
    for (const filter of this.#filters) {
      stream.append(filter);
      filter.fill(0);
    }
  }

  release(): void {}
}
