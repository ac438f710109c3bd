// server.ts — a Winnow store over HTTP, in ClickHouse's dialect of it.
//
// There are no passwords yet, so the server listens on loopback only and lets no unknown Host or Origin in.

import type { FastifyInstance } from 'fastify';
import { fastify } from 'fastify';
import { WinnowError } from '../base/errors.ts';
import type { Database } from '../engine/api.ts';
import type { Ports } from '../io/ports.ts';
import { nodePorts } from '../io/node-ports.ts';
import { asWinnowError } from './exception.ts';
import type { Guard } from './guard.ts';
import { checkHostAndOrigin, isLoopback, sendPreflight, setCorsHeaders } from './guard.ts';
import type { QueryRoute } from './query-route.ts';
import { handleQuery, sendError } from './query-route.ts';
import { createRunningQueries } from './running-queries.ts';
import { createSessions } from './sessions.ts';

export type ServerOptions = {
  /** Loopback address; default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 8123; 0 takes a free one. */
  readonly port?: number | undefined;
  /** Host names beside localhost, without port, that requests may name. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Origins whose pages may use the server: `https://app.example.com`. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Limit of a request's body, decompressed; default 256 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Refuse every write; default false. */
  readonly readonly?: boolean | undefined;
  /** How long `close` waits for running queries; default 10 000. */
  readonly graceMs?: number | undefined;
  /** Told of errors that are defects of Winnow; default: standard error. */
  readonly onDefect?: ((error: unknown) => void) | undefined;
  readonly ports?: Pick<Ports, 'clock' | 'timers' | 'random'> | undefined;
};

export type RunningServer = {
  /** `http://127.0.0.1:8123` */
  readonly url: string;
  readonly port: number;
  /** Fails /readyz, lets running queries finish, then closes all connections. The database stays open. */
  close(): Promise<void>;
};

/** Serves the database until `close`. Errors: BAD_ARGUMENTS (host is not loopback), NETWORK_ERROR (port taken). */
export async function startServer(database: Database, options: ServerOptions = {}): Promise<RunningServer> {
  const host = options.host ?? '127.0.0.1';
  if (!isLoopback(host)) {
    throw new WinnowError('BAD_ARGUMENTS', `refusing to listen on ${host}: passwords are not supported yet`, {
      hint: 'Listen on 127.0.0.1 and reach it by `ssh -L 8123:127.0.0.1:8123 <machine>`.',
    });
  }
  const ports = options.ports ?? nodePorts;
  const route: QueryRoute = {
    database,
    sessions: createSessions(ports),
    running: createRunningQueries(),
    ports,
    maxBodyBytes: options.maxBodyBytes ?? 256 * 1024 * 1024,
    readonly: options.readonly ?? false,
    onDefect: options.onDefect ?? ((error) => console.error(error)),
  };
  const app = createApp(route, {
    allowedHosts: options.allowedHosts ?? [],
    allowedOrigins: options.allowedOrigins ?? [],
  });
  await listen(app, host, options.port ?? 8123);
  const { port } = app.server.address() as { port: number };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    async close() {
      await route.running.drain(options.graceMs ?? 10_000, ports.timers);
      await app.close();
      route.sessions.close();
    },
  };
}

function createApp(route: QueryRoute, guard: Guard): FastifyInstance {
  const app = fastify({
    forceCloseConnections: true,
    keepAliveTimeout: 10_000,
    // Statements may stand in the URL.
    http: { maxHeaderSize: 1024 * 1024 },
  });
  // Bodies are read by the route, so that encodings, limits and cut-off bodies are handled in one place.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  app.addHook('onRequest', async (request, reply) => {
    const { raw } = reply;
    raw.setHeader('X-ClickHouse-Server-Display-Name', 'winnow');
    raw.setHeader('X-ClickHouse-Timezone', 'UTC');
    raw.setHeader('X-Content-Type-Options', 'nosniff');
    try {
      checkHostAndOrigin(guard, request.raw);
    } catch (error) {
      reply.hijack();
      return sendError(raw, asWinnowError(error));
    }
    setCorsHeaders(request.raw, raw);
    if (request.method !== 'OPTIONS') return;
    reply.hijack();
    sendPreflight(raw);
  });
  addHealthRoutes(app, route);
  app.route({
    method: ['GET', 'POST'],
    url: '/',
    handler: async (request, reply) => {
      const isGreeting =
        request.method !== 'POST' && !new URL(request.url, 'http://localhost').searchParams.has('query');
      if (isGreeting) return reply.type('text/plain; charset=UTF-8').send('Ok.\n');
      reply.hijack();
      return handleQuery(route, request.raw, reply.raw);
    },
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .type('text/plain; charset=UTF-8')
      .send(
        `There is no ${request.method} ${request.url.split('?')[0]}. Statements go to /, health checks to /ping, /livez and /readyz, numbers are at /metrics.\n`,
      ),
  );
  return app;
}

function addHealthRoutes(app: FastifyInstance, { database, running }: QueryRoute): void {
  for (const path of ['/ping', '/livez']) {
    app.get(path, (_request, reply) => reply.type('text/plain; charset=UTF-8').send('Ok.\n'));
  }
  app.get('/readyz', (_request, reply) => {
    const reasons = [...(running.draining ? ['the server is shutting down'] : []), ...database.notReady()];
    return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons });
  });
  app.get('/metrics', (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(database.metrics()),
  );
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new WinnowError(
      'NETWORK_ERROR',
      `port ${port} on ${host} is taken: ${await whoListens(host, port)}`,
      {
        hint: 'Choose another one with --port.',
        cause: error,
      },
    );
  }
}

/** Asks the other side what it is. */
async function whoListens(host: string, port: number): Promise<string> {
  try {
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/ping`;
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    if (response.headers.get('x-clickhouse-server-display-name') === 'winnow')
      return 'a Winnow server answers there';
    if ((await response.text()) === 'Ok.\n') return 'a ClickHouse-compatible server answers there';
    return 'an HTTP server answers there';
  } catch {
    return 'another program listens there';
  }
}
