// facts.ts — what the benchmark of aggregates asks of an engine: all flights in a columnar table sorted by
// (origin, date), in as many variants as the engine has ways to store or read them.

import type { FlightsFile } from '../../demo/flights/flights-file.ts';
import type { FlightsQuery } from './queries.ts';

/** How airports are declared. What one engine calls String is compared with what the other calls so. */
export type Texts = 'LowCardinality' | 'String';

/** Values in the order of the SELECT, in the forms of the engine's own API. */
export type AnswerRow = readonly unknown[];

export type Contender = {
  /** Unique among all contenders. */
  readonly name: string;
  readonly engine: string;
  /** Of the variants of one engine, the fastest counts, query by query. */
  readonly variant: string;
  /** The comparisons it takes part in. */
  readonly texts: readonly Texts[];
  /** From the text of the statement to its rows. */
  readonly ask: (query: FlightsQuery, threads: number) => Promise<readonly AnswerRow[]>;
};

export interface FactsEngine {
  readonly name: string;
  readonly version: string;
  /** How the flights are stored. */
  readonly storage: string;
  readonly contenders: readonly Contender[];
  /** Fills the empty store, until every table is sorted and merged. */
  load(file: FlightsFile): Promise<void>;
  close(): Promise<void>;
}

/** Opens an engine on an empty folder. Rejects when its package cannot be loaded. */
export type OpenFacts = (folder: string) => Promise<FactsEngine>;
