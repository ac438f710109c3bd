// duckdb-file.ts — DuckDB's package, as far as the benchmarks use it.

import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { EngineRow } from '../engine.ts';

export type Values = (number | string | boolean)[];

type Reader = { getRowObjectsJS(): EngineRow[]; getRowsJS(): unknown[][] };
type Statement = { bind(values: Values): void; runAndReadAll(): Promise<Reader> };
type Connection = {
  run(sql: string, values?: Values): Promise<unknown>;
  runAndReadAll(sql: string): Promise<Reader>;
  prepare(sql: string): Promise<Statement>;
  closeSync(): void;
};
type Instance = { connect(): Promise<Connection>; closeSync(): void };
type Duckdb = {
  DuckDBInstance: { create(file: string, options: Record<string, string>): Promise<Instance> };
  version(): string;
};

export type DuckdbFile = {
  readonly version: string;
  readonly connection: Connection;
  close(): Promise<void>;
};

/** Opens a database file with one connection, and two threads. */
export async function openDuckdbFile(path: string): Promise<DuckdbFile> {
  // The package is installed beside bench/package.json; the compiled benchmark lies elsewhere. npm runs us in the root.
  const { DuckDBInstance, version } = createRequire(resolve('bench', 'package.json'))(
    '@duckdb/node-api',
  ) as Duckdb;
  const instance = await DuckDBInstance.create(path, { threads: '2' });
  const connection = await instance.connect();
  return {
    version: version(),
    connection,
    async close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
