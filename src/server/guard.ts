// guard.ts — which browsers may talk to a server that has no password.
//
// A page on the internet can make a browser send requests to 127.0.0.1. Two headers it cannot forge protect against
// that: Host (a rebound DNS name shows there) and Origin (set on every cross-origin request that may write).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { WinnowError } from '../base/errors.ts';

export type Guard = {
  /** Host names without port, beside localhost, 127.0.0.1 and [::1]. */
  readonly allowedHosts: readonly string[];
  /** Origins as browsers send them: `https://app.example.com`. */
  readonly allowedOrigins: readonly string[];
};

const loopbackHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** True for the names and addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return loopbackHosts.includes(host.toLowerCase()) || host === '::1';
}

/** The host of a Host header, lower case and without port; undefined when it is malformed. */
function hostName(header: string | undefined): string | undefined {
  return /^(\[[\da-f:.]+\]|[^\s:/@[\]]+)(:\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase();
}

/** Refuses requests whose Host or Origin is not known. Errors: HOST_NOT_ALLOWED, ORIGIN_NOT_ALLOWED. */
export function checkHostAndOrigin(guard: Guard, request: IncomingMessage): void {
  const host = hostName(request.headers.host);
  const known =
    host !== undefined && (isLoopback(host) || guard.allowedHosts.some((h) => h.toLowerCase() === host));
  if (!known) {
    throw new WinnowError('HOST_NOT_ALLOWED', `the Host header names '${request.headers.host ?? ''}'`, {
      hint: 'Use localhost, or start the server with --allow-host <name>.',
    });
  }
  const { origin } = request.headers;
  if (origin !== undefined && !guard.allowedOrigins.includes(origin)) {
    throw new WinnowError('ORIGIN_NOT_ALLOWED', `pages of '${origin}' may not use this server`, {
      hint: 'Start the server with --allow-origin <origin>.',
    });
  }
}

/** CORS headers for an origin that passed the check. */
export function setCorsHeaders(request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers;
  response.setHeader('Vary', 'Origin');
  if (origin === undefined) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader(
    'Access-Control-Expose-Headers',
    'X-ClickHouse-Query-Id, X-ClickHouse-Format, X-ClickHouse-Summary, X-ClickHouse-Timezone, ' +
      'X-ClickHouse-Exception-Code, X-ClickHouse-Exception-Tag, X-Winnow-Position, X-Winnow-Store, X-Winnow-Freshness',
  );
}

/** Answers a preflight request. */
export function sendPreflight(response: ServerResponse): void {
  response.writeHead(204, {
    Allow: 'GET, HEAD, POST, OPTIONS',
    'Access-Control-Allow-Methods': 'GET, HEAD, POST, OPTIONS',
    'Access-Control-Allow-Headers':
      'Authorization, Content-Type, Content-Encoding, X-ClickHouse-User, X-ClickHouse-Key, X-ClickHouse-Database, X-ClickHouse-Format, X-Winnow-Position, X-Winnow-Store',
    'Access-Control-Max-Age': '86400',
  });
  response.end();
}
