import type { IncomingHttpHeaders } from 'node:http';
import { WinnowError } from '../base/errors.ts';

type Credentials = { readonly user: string; readonly password: string };

/** Credentials in ClickHouse's order: its own headers, Basic, then the URL; `default` without password when none are given. */
function credentialsOf(headers: IncomingHttpHeaders, parameters: URLSearchParams): Credentials {
  const user = headers['x-clickhouse-user'];
  const key = headers['x-clickhouse-key'];
  if (user !== undefined || key !== undefined)
    return { user: String(user ?? 'default'), password: String(key ?? '') };
  const [scheme, token] = (headers.authorization ?? '').split(' ', 2);
  if (scheme?.toLowerCase() === 'basic') return basicCredentials(token ?? '');
  if (scheme?.toLowerCase() === 'bearer') {
    throw new WinnowError('AUTHENTICATION_FAILED', 'bearer tokens are not supported yet');
  }
  return { user: parameters.get('user') ?? 'default', password: parameters.get('password') ?? '' };
}

function basicCredentials(token: string): Credentials {
  const text = Buffer.from(token, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) throw new WinnowError('AUTHENTICATION_FAILED', 'the Authorization header is malformed');
  return { user: text.slice(0, colon) || 'default', password: text.slice(colon + 1) };
}

/**
 * Lets in the user `default` with an empty password, which is safe because the server listens on loopback only.
 * Errors: AUTHENTICATION_FAILED.
 */
export function authenticate(headers: IncomingHttpHeaders, parameters: URLSearchParams): void {
  const { user, password } = credentialsOf(headers, parameters);
  if (user === 'default' && password === '') return;
  throw new WinnowError('AUTHENTICATION_FAILED', `${user}: authentication failed`, {
    detail: 'The only user is `default`, without a password.',
  });
}
