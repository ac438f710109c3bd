// random-oracle.ts — Winnow and ClickHouse side by side, and literals that both take.

import { Session } from 'chdb';
import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from '../../src/engine/open.ts';
import type { Database } from '../../src/engine/api.ts';

export const quoted = (text: string): string => `'${text}'`;

export const orNull = (literal: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 4, arbitrary: literal }, { weight: 1, arbitrary: fc.constant('NULL') });

export const integer = (min: number, max: number): fc.Arbitrary<string> =>
  fc.integer({ min, max }).map(String);

/** An empty store, and an empty database of ClickHouse in use. */
export async function withBoth(
  use: (database: Database, clickHouse: Session) => Promise<void>,
): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'winnow-random-'));
  const database = await open(join(path, 'data'));
  const clickHouse = new Session();
  clickHouse.query("SET session_timezone = 'UTC'");
  clickHouse.query('CREATE DATABASE oracle');
  clickHouse.query('USE oracle');
  try {
    await use(database, clickHouse);
  } finally {
    clickHouse.cleanup();
    await database.close();
    await rm(path, { recursive: true });
  }
}
