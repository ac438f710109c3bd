// engine.ts — what the benchmark asks of an engine: the same table, the same two indexes, the same durability.
//
// Every engine keeps all flights by flight_id, an index on (origin, destination, date) that covers the other columns
// where the engine can, and one on (destination, delay). A put is on disk, synced, before its promise resolves.

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

export type RouteKey = { readonly origin: string; readonly destination: string; readonly date: number };
export type DelayKey = { readonly destination: string; readonly delay: number };

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

/** Times in the engines' own forms (seconds, or text in UTC) as seconds. */
function seconds(date: unknown): number {
  return typeof date === 'string' ? Date.parse(`${date.replace(' ', 'T')}Z`) / 1_000 : Number(date);
}

/** One text per row, the same for the same flight from whatever engine. */
export function flightText(row: EngineRow): string {
  const { flight_id, date, delay, distance, origin, destination, cancelled } = row;
  return [flight_id, seconds(date), delay, distance, origin, destination, Number(cancelled)].join('\t');
}
