// transaction-statements.ts — BEGIN, COMMIT, ROLLBACK, and which other statements a transaction takes.

import { notImplemented, WinnowError } from '../base/errors.ts';
import type { Statement } from '../sql/ast.ts';
import type { TransactionSlot } from './api.ts';
import type { StatementContext, StatementOf } from './context.ts';
import type { Settings } from './settings.ts';
import { kindOf } from './statement-kind.ts';
import type { TransactionLimits } from './transaction.ts';

export function transactionLimits(settings: Settings): TransactionLimits {
  return { timeoutMs: settings.transaction_timeout_ms, maxBytes: settings.max_memory_usage };
}

/** Errors: INVALID_TRANSACTION without a session, and inside a transaction. */
export function begin({ position }: StatementOf<'begin'>, context: StatementContext): void {
  const { transaction: slot, engine, settings } = context;
  if (!slot) {
    throw new WinnowError('INVALID_TRANSACTION', 'BEGIN needs a session that the transaction belongs to', {
      position,
      hint: 'Over HTTP send the same session_id with every request of it; in the library use db.transaction or db.session.',
    });
  }
  if (slot.current) {
    throw new WinnowError('INVALID_TRANSACTION', 'a transaction is open: transactions do not nest', {
      position,
      hint: 'COMMIT or ROLLBACK first.',
    });
  }
  slot.current = engine.store.begin(transactionLimits(settings));
  context.commit.sequence = slot.current.snapshot;
}

/** Whatever comes of it, the transaction is over. Errors: as OpenTransaction.commit; INVALID_TRANSACTION; READONLY. */
export async function commit({ position }: StatementOf<'commit'>, context: StatementContext): Promise<void> {
  const { transaction: slot, readonly } = context;
  const transaction = currentOf(slot, 'commit', position);
  if (readonly && transaction.hasWrites)
    throw new WinnowError('READONLY', 'Cannot commit writes in readonly mode', { position });
  slot!.current = undefined;
  context.commit.sequence = (await transaction.commit())?.sequence ?? transaction.snapshot;
}

/** Errors: INVALID_TRANSACTION when there is none. */
export function rollback(
  { position }: StatementOf<'rollback'>,
  { transaction: slot }: StatementContext,
): void {
  const transaction = currentOf(slot, 'roll back', position);
  slot!.current = undefined;
  transaction.rollback();
}

function currentOf(
  slot: TransactionSlot | undefined,
  action: string,
  position: Statement['position'],
): NonNullable<TransactionSlot['current']> {
  if (slot?.current) return slot.current;
  throw new WinnowError('INVALID_TRANSACTION', `there is no transaction to ${action}`, {
    position,
    hint: 'Begin one with BEGIN.',
  });
}

/** Errors: NOT_IMPLEMENTED naming what a transaction does not take; INVALID_TRANSACTION when it was rolled back. */
export function checkInTransaction(
  statement: Statement,
  { transaction: slot, settings, seen }: StatementContext,
): void {
  if (!slot?.current || statement.kind === 'rollback') return;
  slot.current.assertOpen();
  switch (kindOf(statement)) {
    case 'transaction':
    case 'session':
      return;
    case 'show':
      // These two read tables, at a moment of their own.
      if (statement.kind !== 'checkTable' && statement.kind !== 'checkIndexTable') return;
      break;
    case 'definition':
      break;
    default:
      if (settings.freshness !== 'session' || seen <= slot.current.snapshot) return;
      throw new WinnowError(
        'INVALID_TRANSACTION',
        `the transaction reads at ${slot.current.snapshot}, before position ${seen} that the session has seen`,
        { position: statement.position, hint: 'Roll back and begin again.' },
      );
  }
  throw notImplemented(`${nameOf(statement)} inside a transaction`, statement.position);
}

/** `CREATE INDEX TABLE` of `createIndexTable`. */
const nameOf = ({ kind }: Statement): string =>
  kind.replace(/[A-Z]/g, (letter) => ` ${letter}`).toUpperCase();
