import { WinnowError } from '../base/errors.ts';

/** True when background work ended because the store failed or was closed under it: there is nothing left to do. */
export function isStoreGone(error: unknown): boolean {
  return error instanceof WinnowError && (error.code === 'STORE_CLOSED' || error.code === 'STORE_FAILED');
}

/**
 * True when the work of one index table failed for a reason outside of Winnow's code: a disk that refuses, damaged
 * bytes, memory. The store itself goes on.
 */
export function isIndexFailure(error: unknown): error is Error {
  if (isStoreGone(error) || !(error instanceof Error)) return false;
  return error instanceof WinnowError || 'syscall' in error;
}
