import type { FlightsFile } from '../demo/flights/flights-file.ts';
import type { Engine, EngineRow } from './engine.ts';
export type Operation = {
    readonly name: string;
    /** p50: median latency of one call at a time. mean: wall time ÷ calls, with `writers` calls under way. */
    readonly figure: 'p50' | 'mean';
    readonly writers: number;
    readonly run: (engine: Engine, call: number) => Promise<unknown>;
    /** What to compare between engines: the rows that call `call` reads, or has written. */
    readonly answer: (engine: Engine, call: number) => Promise<readonly EngineRow[]>;
};
/** Reads of flights drawn from the file with a fixed seed. */
export declare function readOperations(file: FlightsFile): Promise<Operation[]>;
/** Puts of flights that are not in the file, every one with an id of its own. */
export declare function putOperations(rowCount: number): Operation[];
