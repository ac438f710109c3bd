import type { Engine } from '../engine.ts';
/** SQLite through better-sqlite3: prepared statements, one connection, WAL with synchronous = FULL. */
export declare function openSqlite(folder: string): Promise<Engine>;
