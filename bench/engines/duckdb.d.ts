import type { Engine } from '../engine.ts';
/** DuckDB in process: prepared statements on one connection per writer at most, an ART index per key. */
export declare function openDuckdb(folder: string): Promise<Engine>;
