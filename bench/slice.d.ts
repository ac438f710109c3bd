import type { Engine, OpenEngine } from './engine.ts';
import type { Measured } from './measure.ts';
export type SliceOptions = {
    readonly rows: number;
    readonly rounds: number;
    readonly log: (text: string) => void;
};
export type SliceResult = {
    readonly engines: readonly Pick<Engine, 'name' | 'version' | 'durability'>[];
    readonly measured: readonly Measured[];
};
/** Loads the flights into every engine and measures. Rejects when two engines answer differently. */
export declare function runSlice(openers: readonly OpenEngine[], options: SliceOptions): Promise<SliceResult>;
