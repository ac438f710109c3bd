// open-target.ts — the store that a command is about: opened here, or at the server that has it open.

import { WinnowError } from '../base/errors.ts';
import type { Database } from '../engine/api.ts';
import { open } from '../engine/open.ts';
import { nodePorts } from '../io/node-ports.ts';
import { localTarget, remoteTarget, type Target } from './target.ts';

export type TargetOptions = {
  readonly data: string;
  readonly url?: string;
  /** Of bare table names. */
  readonly database: string;
};

/** `onOpened` runs when this process opened the store. Errors: those of `open`. */
export async function openTarget(
  { data, url, database }: TargetOptions,
  onOpened: (store: Database) => Promise<void> = async () => {},
): Promise<Target> {
  if (url) return remoteTarget(url, database, sessionId());
  try {
    return localTarget(await opened(data, onOpened), database);
  } catch (error) {
    const holder =
      error instanceof WinnowError && error.code === 'STORE_LOCKED' ? lockedBy(error) : undefined;
    if (!holder) throw error;
    return remoteTarget(holder, database, sessionId());
  }
}

async function opened(data: string, onOpened: (store: Database) => Promise<void>): Promise<Database> {
  const store = await open(data);
  try {
    await onOpened(store);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

function sessionId(): string {
  return `winnow-sql-${Buffer.from(nodePorts.random.bytes(16)).toString('hex')}`;
}

/** The URL under which the process that has the store open serves it. */
function lockedBy(error: WinnowError): string | undefined {
  return /https?:\/\/[^\s)]+/.exec(error.fullMessage)?.[0];
}
