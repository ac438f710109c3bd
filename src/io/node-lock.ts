// node-lock.ts — a lock file that names its holder and dies with it.
//
// File: `<pid> <start of the process, or ->`, then the holder's description on the second line.
// The lock says who holds a store and where to reach it. The process that takes a dead holder's lock can, in theory,
// race with another one doing the same; the store's own lock below then stops the loser.

import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { assert } from '../base/assert.ts';
import { undefinedWhenMissing } from './missing.ts';
import type { FileLock } from './ports.ts';

type Holder = { readonly pid: number; readonly startedAt: string; readonly description: string };

/** Locks of this process, because its own pid being alive proves nothing after a pid was used again. */
const heldHere = new Set<string>();

type Taken = FileLock | { readonly heldBy: string };

let lastTurn: Promise<unknown> = Promise.resolve();

/** Takes the lock file, also from a holder that no longer runs. Takers of one process come one after the other. */
export function lockFile(file: string): Promise<Taken> {
  const taken = lastTurn.then(() => takeLock(file));
  lastTurn = taken.catch(() => undefined);
  return taken;
}

async function takeLock(file: string): Promise<Taken> {
  const absolute = path.resolve(file);
  const content = `${process.pid} ${await startOf(process.pid)}\n`;
  for (;;) {
    if (await createWhole(absolute, content)) {
      heldHere.add(absolute);
      return createLock(absolute, content);
    }
    const text = await readFile(absolute, 'utf8').catch(undefinedWhenMissing);
    if (text === undefined) continue;
    const holder = parseHolder(text);
    if (await isAlive(holder, absolute)) return { heldBy: describeHolder(holder) };
    await discard(absolute, text);
  }
}

function createLock(file: string, content: string): FileLock {
  let released = false;
  return {
    async describe(text) {
      assert(!released, 'a released lock is not described');
      const temporary = `${file}.${randomUUID()}`;
      await writeFile(temporary, content + text);
      await rename(temporary, file);
    },
    async release() {
      if (released) return;
      released = true;
      heldHere.delete(file);
      await unlink(file).catch(undefinedWhenMissing);
    },
  };
}

/** Makes the file with its content in one step, so that nobody reads half a holder; false when it exists. */
async function createWhole(file: string, content: string): Promise<boolean> {
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, content, { flag: 'wx' });
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(temporary);
  }
}

/** Moves a dead holder's file aside, and back when another process has taken the lock in between. */
async function discard(file: string, deadText: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) === deadText) await unlink(aside);
    else await rename(aside, file);
  } catch (error) {
    undefinedWhenMissing(error as NodeJS.ErrnoException);
  }
}

function parseHolder(text: string): Holder {
  const [first = '', description = ''] = text.split('\n', 2);
  const [pid = '', startedAt = '-'] = first.split(' ');
  return { pid: Number(pid), startedAt, description };
}

function describeHolder({ pid, description }: Holder): string {
  return description ? `pid ${pid}, ${description}` : `pid ${pid}`;
}

async function isAlive({ pid, startedAt }: Holder, file: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return heldHere.has(file);
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const runningSince = await startOf(pid);
  if (runningSince === undefined) return false;
  return startedAt === '-' ? runningSince !== 'ended' : runningSince === '-' || startedAt === runningSince;
}

/**
 * When the process started, in clock ticks since boot; a pid alone may have been used again. `-` where /proc does
 * not tell, undefined for a process that has ended and only waits for its parent to notice.
 */
async function startOf(pid: number): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Fields are counted behind the program's name, which stands in brackets and may hold spaces.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return fields[19] ?? '-';
}
