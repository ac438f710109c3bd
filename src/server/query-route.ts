// query-route.ts — one statement over HTTP, from request to answer.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { WinnowError } from '../base/errors.ts';
import type { Database, QueryResult, SessionState } from '../engine/api.ts';
import type { Ports } from '../io/ports.ts';
import { authenticate } from './authenticate.ts';
import { acceptedEncoding } from './compression.ts';
import { encodeResult } from './encode-result.ts';
import { asWinnowError, exceptionText } from './exception.ts';
import type { QueryRequest } from './query-request.ts';
import { joinStatement, parseQueryRequest } from './query-request.ts';
import { readBody } from './read-body.ts';
import { createResponse } from './response.ts';
import { resultHeaders } from './result-headers.ts';
import type { RunningQueries } from './running-queries.ts';
import type { Session, Sessions } from './sessions.ts';

export type QueryRoute = {
  readonly database: Database;
  readonly sessions: Sessions;
  readonly running: RunningQueries;
  readonly ports: Pick<Ports, 'random' | 'timers'>;
  readonly maxBodyBytes: number;
  readonly readonly: boolean;
  /** Told of errors that are defects of Winnow. */
  readonly onDefect: (error: unknown) => void;
};

const bufferBytes = 1024 * 1024;
const defaultFormat = 'TabSeparated';

/** Answers one request; never throws. */
export async function handleQuery(
  route: QueryRoute,
  request: IncomingMessage,
  raw: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost').searchParams;
  try {
    const query = parseQueryRequest(request.headers, url);
    authenticate(request.headers, url);
    const queryId = query.queryId ?? randomId(route.ports, 16);
    raw.setHeader('X-ClickHouse-Query-Id', queryId);
    const running = route.running.begin(queryId);
    raw.once('close', () => running.close());
    await runQuery(route, query, { request, raw, queryId, signal: running.signal });
  } catch (thrown) {
    if (raw.destroyed) return;
    const error = asWinnowError(thrown);
    if (error.code === 'LOGICAL_ERROR') route.onDefect(thrown);
    sendError(raw, error);
  }
}

type Exchange = {
  readonly request: IncomingMessage;
  readonly raw: ServerResponse;
  readonly queryId: string;
  readonly signal: AbortSignal;
};

async function runQuery(route: QueryRoute, query: QueryRequest, exchange: Exchange): Promise<void> {
  const body = await readBody(exchange.request, route.maxBodyBytes);
  checkStore(query, route.database);
  const session = query.session && route.sessions.acquire(query.session);
  try {
    session?.sawPosition(query.position);
    const asked = askedState(query, session);
    const { sql, data } = joinStatement(query.query, body);
    const result = await route.database.execute(sql, {
      ...asked,
      position: session?.position ?? query.position,
      data,
      parameters: query.parameters,
      readonly: exchange.request.method !== 'POST' || route.readonly,
      queryId: exchange.queryId,
      signal: exchange.signal,
    });
    session?.update(result.session, asked);
    try {
      await sendResult(result, query, exchange, route);
    } finally {
      session?.sawPosition(result.position());
    }
  } finally {
    session?.release();
  }
}

/** A position means nothing in another store. Errors: BAD_ARGUMENTS. */
function checkStore({ positionStore }: QueryRequest, { storeId }: Database): void {
  if (positionStore === undefined || positionStore === storeId) return;
  throw new WinnowError('BAD_ARGUMENTS', `the position is of store ${positionStore}, not of ${storeId}`, {
    hint: 'Begin without X-Winnow-Position and X-Winnow-Store.',
  });
}

function askedState(query: QueryRequest, session: Session | undefined): SessionState {
  const settings: Record<string, string | number | boolean> = {
    ...session?.state.settings,
    ...query.settings,
  };
  if (query.format !== undefined) settings['default_format'] = query.format;
  return {
    database: query.database ?? session?.state.database ?? 'default',
    settings,
    transaction: session?.state.transaction,
  };
}

async function sendResult(
  result: QueryResult,
  query: QueryRequest,
  { request, raw, signal }: Exchange,
  { ports, database }: QueryRoute,
): Promise<void> {
  const format = result.format ?? (result.settings.default_format || defaultFormat);
  const encoded = encodeResult(result, format);
  const response = createResponse(raw, {
    bufferBytes: query.waitForEnd ? Infinity : bufferBytes,
    encoding: query.compress ? acceptedEncoding(request.headers) : undefined,
    exceptionTag: randomId(ports, 8),
    signal,
    timers: ports.timers,
    headers: () => ({ 'Content-Type': encoded.contentType, ...resultHeaders(result, format, database) }),
  });
  try {
    for await (const chunk of encoded.chunks) await response.write(chunk);
    await response.end();
  } catch (error) {
    if (!response.started) throw error;
    if (signal.aborted) raw.destroy();
    else await response.fail(asWinnowError(error));
  }
}

/** Answers with an error, unless the answer has begun or the client has gone. */
export function sendError(raw: ServerResponse, error: WinnowError): void {
  if (raw.headersSent || raw.destroyed) return;
  const body = `${exceptionText(error)}\n`;
  raw.writeHead(error.httpStatus, {
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'X-ClickHouse-Exception-Code': String(error.number),
    // The rest of a body that was not read is not worth waiting for.
    ...(raw.req.complete ? {} : { Connection: 'close' }),
  });
  raw.end(body);
}

function randomId(ports: Pick<Ports, 'random'>, sizeBytes: number): string {
  return Buffer.from(ports.random.bytes(sizeBytes)).toString('hex');
}
