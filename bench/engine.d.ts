import type { FlightsFile } from '../demo/flights/flights-file.ts';
/** `date` is in seconds since 1970. */
export type Flight = {
    readonly flight_id: number;
    readonly date: number;
    readonly delay: number;
    readonly distance: number;
    readonly origin: string;
    readonly destination: string;
    readonly cancelled: boolean;
};
/** A row as the engine's own API hands it out; `flightText` makes them comparable. */
export type EngineRow = Readonly<Record<string, unknown>>;
export type RouteKey = {
    readonly origin: string;
    readonly destination: string;
    readonly date: number;
};
export type DelayKey = {
    readonly destination: string;
    readonly delay: number;
};
export interface Engine {
    readonly name: string;
    readonly version: string;
    /** How a put is made durable. */
    readonly durability: string;
    /** Fills the empty store from the Parquet file, by the engine's best way, until rows and indexes are durable. */
    load(file: FlightsFile): Promise<void>;
    get(flightId: number): Promise<EngineRow | undefined>;
    byRoute(key: RouteKey): Promise<readonly EngineRow[]>;
    byDelay(key: DelayKey): Promise<readonly EngineRow[]>;
    /** Flights [first, first + count) in order of their ids. */
    range(first: number, count: number): Promise<readonly EngineRow[]>;
    put(flight: Flight): Promise<void>;
    close(): Promise<void>;
}
/** Opens an engine on an empty folder. Rejects when its package cannot be loaded. */
export type OpenEngine = (folder: string) => Promise<Engine>;
/** One text per row, the same for the same flight from whatever engine. */
export declare function flightText(row: EngineRow): string;
