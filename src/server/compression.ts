import type { IncomingHttpHeaders } from 'node:http';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';

/** Fast levels: the server shares its thread with the queries. */
const compressors = {
  gzip: () => createGzip({ level: 3 }),
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }),
  deflate: () => createDeflate({ level: 3 }),
};

export type Encoding = keyof typeof compressors;
export type Compressor = ReturnType<(typeof compressors)[Encoding]>;

/** The first encoding of Accept-Encoding that the server knows and the client does not refuse by `q=0`. */
export function acceptedEncoding(headers: IncomingHttpHeaders): Encoding | undefined {
  const accepted = String(headers['accept-encoding'] ?? '')
    .toLowerCase()
    .split(',');
  for (const item of accepted) {
    const [name = '', quality = ''] = item.trim().split(/\s*;\s*/);
    if (Object.hasOwn(compressors, name) && !/^q=0(\.0*)?$/.test(quality)) return name as Encoding;
  }
  return undefined;
}

export function createCompressor(encoding: Encoding): Compressor {
  return compressors[encoding]();
}

/** Hands over everything written so far. */
export function flushCompressor(compressor: Compressor): Promise<void> {
  return new Promise((resolve) => compressor.flush(resolve));
}
