import type { Engine } from './engine.ts';
import type { Operation } from './operations.ts';
export type Measured = {
    readonly operation: string;
    readonly engine: string;
    /** Microseconds per call, of each round. */
    readonly rounds: readonly number[];
    readonly medianUs: number;
    readonly calls: number;
};
/** One operation on all engines: a round to warm up, then `roundCount` rounds. */
export declare function measure(engines: readonly Engine[], operation: Operation, roundCount: number): Promise<Measured[]>;
export declare function median(values: readonly number[]): number;
