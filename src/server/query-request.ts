// query-request.ts — what a request to `/` asks for, as a value; everything ClickHouse lets a client say in URL and headers.

import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { notImplemented, WinnowError } from '../base/errors.ts';
import { parseStatement } from '../sql/parser.ts';
import { EscapedText } from '../types/escaped-text.ts';

export type QueryRequest = {
  /** The `query` parameter; the body follows it. */
  readonly query: string;
  readonly queryId: string | undefined;
  readonly database: string | undefined;
  readonly format: string | undefined;
  readonly parameters: Readonly<Record<string, EscapedText>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly session: SessionRequest | undefined;
  /** The newest position that the client has seen, and the store that gave it. */
  readonly position: number | undefined;
  readonly positionStore: string | undefined;
  /** Compress the answer when the client accepts it. */
  readonly compress: boolean;
  /** Begin the answer only when it is complete, so that an error can still become its status. */
  readonly waitForEnd: boolean;
};

export type SessionRequest = {
  readonly id: string;
  readonly timeoutSeconds: number;
  readonly mustExist: boolean;
};

const defaultSessionTimeoutSeconds = 60;
const maxSessionTimeoutSeconds = 3600;

/** Parameters with a meaning of their own; all others are settings. `add_http_cors_header` holds for configured origins always. */
const ownParameters = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'session_id',
  'session_timeout',
  'session_check',
  'user',
  'password',
  'enable_http_compression',
  'wait_end_of_query',
  'add_http_cors_header',
]);
const unsupportedParameters = new Set(['compress', 'decompress', 'role', 'quota_key', 'stacktrace']);

/** Reads URL and headers. Errors: BAD_ARGUMENTS, INVALID_SESSION_TIMEOUT, NOT_IMPLEMENTED. */
export function parseQueryRequest(headers: IncomingHttpHeaders, url: URLSearchParams): QueryRequest {
  const parameters: Record<string, EscapedText> = {};
  const settings: Record<string, string> = {};
  for (const [name, value] of url) {
    if (name.startsWith('param_')) parameters[name.slice('param_'.length)] = new EscapedText(value);
    else if (unsupportedParameters.has(name) && value !== '0')
      throw notImplemented(`the URL parameter '${name}'`);
    else if (!ownParameters.has(name) && !unsupportedParameters.has(name)) settings[name] = value;
  }
  return {
    query: url.get('query') ?? '',
    queryId: checkQueryId(url.get('query_id') || undefined),
    database: url.get('database') || header(headers['x-clickhouse-database']),
    format: header(headers['x-clickhouse-format']) ?? (url.get('default_format') || undefined),
    parameters,
    settings,
    session: sessionRequest(url),
    position: positionIn(header(headers['x-winnow-position'])),
    positionStore: header(headers['x-winnow-store']),
    compress: isOn(url, 'enable_http_compression'),
    waitForEnd: isOn(url, 'wait_end_of_query'),
  };
}

const header = (value: string | string[] | undefined): string | undefined =>
  (Array.isArray(value) ? value[0] : value) || undefined;

const isOn = (url: URLSearchParams, name: string): boolean =>
  !['0', 'false', ''].includes(url.get(name) ?? '');

/** It goes back in a header, so it must be able to. */
function checkQueryId(id: string | undefined): string | undefined {
  if (id !== undefined && !/^[\x21-\x7e]{1,256}$/.test(id)) {
    throw new WinnowError('BAD_ARGUMENTS', 'query_id takes 1 to 256 visible ASCII characters');
  }
  return id;
}

function positionIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new WinnowError('BAD_ARGUMENTS', `X-Winnow-Position takes the value of an answer, not '${text}'`);
}

function sessionRequest(url: URLSearchParams): SessionRequest | undefined {
  const id = url.get('session_id');
  if (!id) return undefined;
  const timeout = url.get('session_timeout') ?? String(defaultSessionTimeoutSeconds);
  if (!/^\d{1,9}$/.test(timeout) || Number(timeout) > maxSessionTimeoutSeconds) {
    throw new WinnowError(
      'INVALID_SESSION_TIMEOUT',
      `session_timeout takes 0 to ${maxSessionTimeoutSeconds} seconds, not '${timeout}'`,
    );
  }
  return { id, timeoutSeconds: Number(timeout), mustExist: isOn(url, 'session_check') };
}

/**
 * Joins the `query` parameter and the body as ClickHouse does: parameter, newline, body. The data of an INSERT … FORMAT
 * stays bytes, so that strings that are not UTF-8 survive.
 */
export function joinStatement(
  query: string,
  body: Buffer,
): { readonly sql: string; readonly data: Buffer | undefined } {
  if (body.length === 0) return { sql: query, data: undefined };
  if (query === '') return isUtf8(body) ? { sql: body.toString(), data: undefined } : splitInsert(body);
  if (endsInFormat(query)) return { sql: query, data: body };
  return { sql: `${query}\n${body.toString()}`, data: undefined };
}

/** True for an INSERT … FORMAT whose data is still to come. */
export function endsInFormat(query: string): boolean {
  if (!/\bFORMAT\s+\w+\s*$/i.test(query)) return false;
  const statement = parseStatement(query);
  return statement.kind === 'insert' && statement.source.kind === 'format';
}

function splitInsert(body: Buffer): { readonly sql: string; readonly data: Buffer | undefined } {
  const text = body.toString();
  const statement = parseStatement(text);
  if (statement.kind !== 'insert' || statement.source.kind !== 'format')
    return { sql: text, data: undefined };
  const sql = text.slice(0, statement.source.offset);
  return { sql, data: body.subarray(Buffer.byteLength(sql)) };
}
