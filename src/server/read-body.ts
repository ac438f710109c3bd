// read-body.ts — the whole body of a request, or an error; never a part of it.

import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { notImplemented, WinnowError } from '../base/errors.ts';

const decompressors: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * Reads and decompresses the body.
 * @param maxBytes limit after decompression
 * Errors: BODY_TOO_LARGE, INCORRECT_DATA (cannot be decompressed, or cut off), NOT_IMPLEMENTED (encoding, multipart).
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (/^multipart\//i.test(request.headers['content-type'] ?? '')) throw notImplemented('a multipart body');
  const source = decoded(request);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes <= maxBytes) chunks.push(chunk);
      // Read on without keeping, within reason: a client that is still sending would not see the answer.
      else if (sizeBytes > 2 * maxBytes + 65_536) break;
    }
  } catch (error) {
    throw new WinnowError('INCORRECT_DATA', 'the request body is cut off or cannot be decompressed', {
      cause: error,
    });
  }
  if (sizeBytes > maxBytes) {
    throw new WinnowError('BODY_TOO_LARGE', `the request body is larger than ${maxBytes} bytes`, {
      hint: 'Send the rows in several requests, or start the server with a larger --max-body-bytes.',
    });
  }
  if (!request.complete) throw new WinnowError('INCORRECT_DATA', 'the request body is cut off');
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, sizeBytes);
}

function decoded(request: IncomingMessage): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return request;
  const create = decompressors[encoding];
  if (!create) throw notImplemented(`Content-Encoding '${encoding}'`);
  const decompressor = create();
  // The error also reaches whoever reads the decompressor; the callback only keeps it from being unhandled.
  pipeline(request, decompressor, () => undefined);
  return decompressor;
}
