import type { QueryResult } from '../engine/api.ts';
import type { Settings } from '../engine/settings.ts';
import type { OutputFormat, OutputOptions } from '../formats/output.ts';
import { createOutput } from '../formats/output.ts';

export type EncodedResult = {
  readonly contentType: string;
  /** The answer piece by piece; nothing for a statement without one. Ending early ends the query. */
  readonly chunks: AsyncIterable<Buffer>;
};

/** The answer in a format. Errors: UNKNOWN_FORMAT. */
export function encodeResult(result: QueryResult, format: string): EncodedResult {
  const output = createOutput(
    result.columns.length === 0 ? 'Null' : format,
    result.columns,
    outputOptions(result.settings),
  );
  return { contentType: output.contentType, chunks: encodedChunks(result, output) };
}

async function* encodedChunks(result: QueryResult, output: OutputFormat): AsyncGenerator<Buffer> {
  yield bytes(output.start());
  for await (const block of result.blocks) yield bytes(output.block(block));
  const { readRows, readBytes, elapsedMs } = result.summary;
  yield bytes(output.end({ readRows, readBytes, elapsedMs }));
}

const bytes = (piece: string | Buffer): Buffer => (typeof piece === 'string' ? Buffer.from(piece) : piece);

function outputOptions(settings: Settings): OutputOptions {
  return {
    quote64BitIntegers: settings.output_format_json_quote_64bit_integers,
    quoteDenormals: settings.output_format_json_quote_denormals,
  };
}
