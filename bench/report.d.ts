import type { Measured } from './measure.ts';
import type { SliceResult } from './slice.ts';
export type Comparison = {
    readonly operation: string;
    readonly peer: string;
    readonly ratio: number;
    readonly winnow: Measured;
    readonly other: Measured;
};
/** Losses first, the largest ratio at the top. */
export declare function compareWithWinnow(measured: readonly Measured[]): Comparison[];
/** The result for people: machine, engines, ratios. */
export declare function reportText({ engines, measured }: SliceResult): string;
/** One JSON object per operation and engine. */
export declare function reportJsonLines({ engines, measured }: SliceResult): string;
