import { WinnowError } from '../base/errors.ts';

/** True when background work ended because the store failed or was closed under it: there is nothing left to do. */
export function isStoreGone(error: unknown): boolean {
  return error instanceof WinnowError && (error.code === 'STORE_CLOSED' || error.code === 'STORE_FAILED');
}
