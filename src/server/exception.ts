// exception.ts — errors on the wire, in the shapes ClickHouse's clients parse.
//
// Before the body:  status from the error table, header X-ClickHouse-Exception-Code, the text as the body.
// After it began:   a block at the very end, then the connection breaks without the closing chunk, so that no client
//                   takes half an answer for a whole one:
//                     \r\n__exception__\r\n<tag>\r\n<text>\n<bytes of text with its newline> <tag>\r\n__exception__\r\n

import { WinnowError } from '../base/errors.ts';
import { clickhouseVersion } from '../base/version.ts';

const maxLateTextBytes = 8 * 1024;

/** `Code: 60. DB::Exception: text. (UNKNOWN_TABLE) (version …)`, without a newline at its end. */
export function exceptionText(error: WinnowError): string {
  // Clients take the first capitals in brackets for the name, so a message's own get quotes.
  const text = error.fullMessage.replace(/\(([A-Z\d_]*[A-Z]{3}[A-Z\d_]*)\)/g, "('$1')");
  const stop = /[.?!]$/.test(text) ? '' : '.';
  return `Code: ${error.number}. DB::Exception: ${text}${stop} (${error.code}) (version ${clickhouseVersion} (official build))`;
}

/** Anything thrown, as an error with a number; what is not a WinnowError is a defect. */
export function asWinnowError(error: unknown): WinnowError {
  if (error instanceof WinnowError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new WinnowError('LOGICAL_ERROR', `internal error: ${message}`, { cause: error });
}

/** The block that ends a broken answer. `tag` is the one sent as X-ClickHouse-Exception-Tag. */
export function lateExceptionBlock(error: WinnowError, tag: string): Buffer {
  const text = Buffer.from(exceptionText(error)).subarray(0, maxLateTextBytes);
  return Buffer.concat([
    Buffer.from(`\r\n__exception__\r\n${tag}\r\n`),
    text,
    Buffer.from(`\n${text.length + 1} ${tag}\r\n__exception__\r\n`),
  ]);
}
