// target.ts — where SQL runs: a store opened by this process, or a server.

import type { ErrorCode } from '../base/errors.ts';
import { errorTable, WinnowError } from '../base/errors.ts';
import type { Database } from '../engine/api.ts';
import { encodeResult } from '../server/encode-result.ts';

export type RunOptions = {
  /** Used when neither statement nor settings name one. */
  readonly format: string;
  /** Data of an INSERT … FORMAT. */
  readonly data: Uint8Array | undefined;
  readonly signal: AbortSignal;
};

/** How a statement went. */
export type Outcome = {
  readonly resultRows: number;
  readonly writtenRows: number;
  readonly elapsedMs: number;
  /** Absent when no table was read. */
  readonly freshness: { readonly accessPath: string; readonly ageMs: number } | undefined;
};

export interface Target {
  /** Runs one statement; USE, SET and BEGIN hold for the next ones. The answer comes piece by piece, at its end the outcome. */
  run(statement: string, options: RunOptions): AsyncGenerator<Uint8Array, Outcome>;
  close(): Promise<void>;
}

export function localTarget(database: Database, databaseName: string): Target {
  const session = database.session({ database: databaseName });
  return {
    async *run(statement, { format, data, signal }) {
      const result = await session.execute(statement, { data, signal });
      yield* encodeResult(result, result.format ?? (result.settings.default_format || format)).chunks;
      return { ...result.summary, freshness: result.freshness() };
    },
    close: () => database.close(),
  };
}

/** @param sessionId unique per run of the command */
export function remoteTarget(url: string, databaseName: string, sessionId: string): Target {
  let selected = databaseName === 'default';
  let mayBeInTransaction = false;
  async function* run(
    statement: string,
    { format, data, signal }: RunOptions,
  ): AsyncGenerator<Uint8Array, Outcome> {
    const address = new URL(url);
    address.searchParams.set('default_format', format);
    address.searchParams.set('session_id', sessionId);
    address.searchParams.set('session_timeout', '3600');
    if (data) address.searchParams.set('query', statement);
    const response = await send(address, data ?? statement, signal);
    if (!response.ok) throw serverError(await response.text());
    yield* untilException(response);
    return outcomeOf(response.headers);
  }
  return {
    async *run(statement, options) {
      if (!selected) {
        const use = run(`USE \`${databaseName.replaceAll('`', '\\`')}\``, { ...options, data: undefined });
        for await (const _ of use) continue;
        selected = true;
      }
      mayBeInTransaction ||= /^\s*(BEGIN|START)\b/i.test(statement);
      return yield* run(statement, options);
    },
    async close() {
      if (!mayBeInTransaction) return;
      const options = { format: 'TabSeparated', data: undefined, signal: new AbortController().signal };
      // It may have ended; and a server that is gone has rolled it back.
      for await (const _ of run('ROLLBACK', options)) continue;
    },
  };
}

async function send(address: URL, body: Uint8Array | string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(address, { method: 'POST', body, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new WinnowError('NETWORK_ERROR', `no server answers at ${address.origin}`, { cause: error });
  }
}

/** The body, up to the block that a server ends a broken answer with. */
async function* untilException(response: Response): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const tag = response.headers.get('x-clickhouse-exception-tag');
  for await (const chunk of response.body) {
    const piece = Buffer.from(chunk);
    const at = tag === null ? -1 : piece.indexOf(`\r\n__exception__\r\n${tag}\r\n`);
    yield at < 0 ? piece : piece.subarray(0, at);
    if (at >= 0) throw serverError(piece.subarray(at).toString());
  }
}

/** The error in a server's text, `Code: 60. DB::Exception: text. (UNKNOWN_TABLE) (version …)`. */
function serverError(text: string): WinnowError {
  const [, message, code] = /Exception: ([\s\S]+?)\.? \(([A-Z][A-Z0-9_]{2,})\)/.exec(text) ?? [];
  if (message === undefined || code === undefined) {
    return new WinnowError(
      'NETWORK_ERROR',
      `not an answer of a ClickHouse-compatible server: ${text.trim().slice(0, 200)}`,
    );
  }
  if (Object.hasOwn(errorTable, code)) return new WinnowError(code as ErrorCode, message);
  return new WinnowError('NETWORK_ERROR', `the server refused: ${message} (${code})`);
}

function outcomeOf(headers: Headers): Outcome {
  const summary = JSON.parse(headers.get('x-clickhouse-summary') ?? '{}') as Record<string, string>;
  const freshness = headers.get('x-winnow-freshness');
  const { access_path: accessPath, age_ms: ageMs } = JSON.parse(freshness ?? '{}') as {
    access_path: string;
    age_ms: number;
  };
  return {
    resultRows: Number(summary['result_rows'] ?? 0),
    writtenRows: Number(summary['written_rows'] ?? 0),
    elapsedMs: Number(summary['elapsed_ns'] ?? 0) / 1e6,
    freshness: freshness === null ? undefined : { accessPath, ageMs },
  };
}
