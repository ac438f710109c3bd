import type { Engine } from '../engine.ts';
/** Winnow, in process, with its default settings: point reads, ranges and puts by the typed API, the rest by SQL. */
export declare function openWinnow(folder: string): Promise<Engine>;
