// engine.ts — what the benchmark of writes asks of an engine: the same orders, the same indexes, the same durability.

import type { Order } from './orders.ts';

export interface OrdersStore {
  /** Writes rows, new ones and ones that replace others, in one transaction: on disk, synced, before it resolves. */
  put(orders: readonly Order[]): Promise<void>;
  /** Resolves when nothing is left to do behind the acknowledged writes. */
  settle(): Promise<void>;
  /** The orders of a buyer, through the first index. */
  byBuyer(buyerId: number): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export interface OrdersEngine {
  readonly name: string;
  readonly version: string;
  /** How a write is made durable. */
  readonly durability: string;
  /** An empty store with the first `indexCount` of `orderIndexes`. */
  open(indexCount: number): Promise<OrdersStore>;
  /** Processor time in microseconds that the engine used outside of this process. */
  outsideCpuUs(): number;
  /** Ends the engine with all its stores. */
  close(): Promise<void>;
}

/** Starts an engine whose files lie in an empty folder. */
export type OpenOrders = (folder: string) => Promise<OrdersEngine>;
