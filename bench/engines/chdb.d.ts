import type { Engine } from '../engine.ts';
/** ClickHouse in process: MergeTree ordered by flight_id, a projection per index, answers as JSON lines. */
export declare function openChdb(folder: string): Promise<Engine>;
