import type { Block } from '../types/column.ts';

/** Writes one answer: `start`, then its blocks, then `end`. */
export interface OutputFormat {
  /** For HTTP's Content-Type. */
  readonly contentType: string;
  start(): string | Buffer;
  block(block: Block): string | Buffer;
  end(summary: OutputSummary): string | Buffer;
}

export type OutputSummary = {
  readonly readRows: number;
  readonly readBytes: number;
  readonly elapsedMs: number;
};

export type OutputOptions = {
  /** output_format_json_quote_64bit_integers */
  readonly quote64BitIntegers: boolean;
  /** output_format_json_quote_denormals */
  readonly quoteDenormals: boolean;
};
