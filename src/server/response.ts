// response.ts — one answer: buffered while it is small, then streamed with back-pressure.
//
// A buffered answer has final headers and a length, and an error still becomes its status. Once streaming began the
// headers hold what was known then, and an error can only break the body off (see exception.ts).

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { WinnowError } from '../base/errors.ts';
import type { Timers } from '../io/ports.ts';
import type { Compressor, Encoding } from './compression.ts';
import { createCompressor, flushCompressor } from './compression.ts';
import { lateExceptionBlock } from './exception.ts';

/** Time a reader has to see the text of a late error before the connection breaks. */
const lingerMs = 200;

export type ResponseOptions = {
  /** Bytes held back before streaming begins. */
  readonly bufferBytes: number;
  readonly encoding: Encoding | undefined;
  /** Sent with a streamed answer as X-ClickHouse-Exception-Tag. */
  readonly exceptionTag: string;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  readonly timers: Timers;
  /** Called once, when the head is sent. */
  readonly headers: () => Record<string, string>;
};

export interface Response {
  readonly started: boolean;
  /** Resolves when the client can take more. */
  write(chunk: Buffer): Promise<void>;
  end(): Promise<void>;
  /** Breaks off an answer that has started. */
  fail(error: WinnowError): Promise<void>;
}

export function createResponse(raw: ServerResponse, options: ResponseOptions): Response {
  const { encoding, signal } = options;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let started = false;
  let compressor: Compressor | undefined;

  const head = (extra: Record<string, string>): void => {
    raw.writeHead(200, { ...options.headers(), ...extra, ...(encoding && { 'Content-Encoding': encoding }) });
  };
  const send = async (chunk: Buffer): Promise<void> => {
    const sink = compressor ?? raw;
    if (!sink.write(chunk)) await once(sink, 'drain', { signal });
  };
  const start = async (): Promise<void> => {
    started = true;
    head({ 'X-ClickHouse-Exception-Tag': options.exceptionTag });
    if (encoding) {
      compressor = createCompressor(encoding);
      // Not ended with the compressor: a broken answer must not get its closing chunk.
      compressor.pipe(raw, { end: false });
    }
    const chunks = pending;
    pending = [];
    for (const chunk of chunks) await send(chunk);
  };

  return {
    get started() {
      return started;
    },
    async write(chunk) {
      if (started) return send(chunk);
      pending.push(chunk);
      pendingBytes += chunk.length;
      if (pendingBytes > options.bufferBytes) await start();
    },
    async end() {
      if (!started) {
        const body = await compressed(Buffer.concat(pending), encoding);
        started = true;
        head({ 'Content-Length': String(body.length) });
        raw.end(body);
        return;
      }
      if (compressor) {
        compressor.end();
        await once(compressor, 'end', { signal });
      }
      raw.end();
    },
    async fail(error) {
      // In one piece: clients look for the whole block in one chunk.
      if (compressor) await flushCompressor(compressor);
      await send(lateExceptionBlock(error, options.exceptionTag));
      if (compressor) {
        compressor.end();
        await once(compressor, 'end', { signal });
      }
      // A reader drops what it has not looked at when the connection breaks.
      await options.timers.sleep(lingerMs, signal);
      raw.socket?.destroySoon();
    },
  };
}

async function compressed(body: Buffer, encoding: Encoding | undefined): Promise<Buffer> {
  if (!encoding) return body;
  const compressor = createCompressor(encoding);
  compressor.end(body);
  return Buffer.concat(await compressor.toArray());
}
