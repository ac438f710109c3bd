// simulated-writes.ts — transactions of the clients of a simulated store, and what they note in the history.

import { WinnowError } from '../base/errors.ts';
import type { Database } from '../engine/api.ts';
import { engineOf } from '../engine/database.ts';
import type { Store } from '../engine/store.ts';
import { parseLogKey } from '../log/keyspace.ts';
import type { ModelRow } from './history.ts';
import { allColumns, aValues, blockOf, bValues, hasDuplicates, rowsOf } from './model.ts';
import { assertAlive, type World } from './world.ts';
import { rowTableNamed } from './simulated-reads.ts';

const IDS = 24;

/** Rows of one table, as they were read and as they are written; undefined = no row. */
type RowChanges = Map<
  number,
  { readonly before: ModelRow | undefined; readonly after: ModelRow | undefined }
>;

/** A transaction of statements on its way: its sequence is known once it is evaluated. */
export type OpenWrites = { readonly tables: Map<string, RowChanges>; sequence: number | undefined };

/** Thrown inside a transaction on purpose. */
class Refused extends Error {}

/** Puts, deletes and increments of one to six rows in one transaction, each seeing the newest state. */
export async function writeRows(world: World, database: Database): Promise<void> {
  const { random, history, tables } = world;
  const { store } = engineOf(database);
  const model = random.pick(tables);
  const { name } = model;
  const table = store.rowTable(rowTableNamed(store, name).id);
  const ids = drawIds(world);
  const addresses = ids.map((id) => table.layout.addressOf({ id }));
  let isRefused = false;
  const written = table.write((transaction) => {
    assertAlive(world, database);
    const found = rowsOf(transaction.read(addresses, allColumns).block);
    const changes: RowChanges = new Map();
    for (const id of ids) {
      const before = found.find((row) => row.id === id);
      changes.set(id, { before, after: drawWrite(world, id, before) });
    }
    const after = [...changes.values()].map((change) => change.after);
    transaction.put(blockOf(after.filter((row) => row !== undefined)));
    transaction.delete(addresses.filter((_, i) => after[i] === undefined));
    isRefused = hasDuplicates(model, withChanges(history.newestRows(name), changes));
    if (!isRefused) attempt(world, transaction.sequence, new Map([[name, changes]]));
  });
  if (await wasRefused(written)) {
    if (!isRefused) throw new Error(`a write to ${name} is refused, though no values are there twice`);
    world.counts.duplicates++;
    return;
  }
  assertAlive(world, database);
  if (isRefused) throw new Error(`a write to ${name} makes values of a unique index table be there twice`);
  history.acknowledge((await written).sequence);
  if (new Set(addresses.map((address) => address.shard)).size > 1) world.counts.crossShardTransactions++;
}

/** The same over all tables, on a snapshot: of two that write one row, the first to commit wins. */
export async function transact(world: World, database: Database): Promise<void> {
  // One at a time, so that its log records are known for its own.
  if (world.open) return writeRows(world, database);
  const open: OpenWrites = { tables: new Map(), sequence: undefined };
  world.open = open;
  try {
    await database.transaction(async (session) => {
      for (const { name } of world.tables) {
        const table = session.table(name);
        const changes: RowChanges = new Map();
        for (const id of drawIds(world)) {
          const before = (await table.get({ id })) as ModelRow | undefined;
          const after = drawWrite(world, id, before);
          await (after ? table.put(after) : table.delete({ id }));
          changes.set(id, { before, after });
        }
        open.tables.set(name, changes);
      }
    });
    assertAlive(world, database);
    if (open.sequence !== undefined) world.history.acknowledge(open.sequence);
    world.counts.transactions++;
  } catch (error) {
    if (!isConflict(error) && !isDuplicate(error)) throw error;
    world.counts.conflicts++;
  } finally {
    if (world.open === open) world.open = undefined;
  }
}

/** Sees every key that a transaction puts into its batch, in the turn in which it is evaluated. */
export function noteLogRecord(world: World, key: Uint8Array): void {
  if (key[0] !== 3) return;
  const { sequence } = parseLogKey(key);
  if (!world.open || sequence <= world.history.newestSequence) return;
  world.open.sequence = sequence;
  attempt(world, sequence, world.open.tables);
}

const isConflict = (error: unknown): boolean =>
  error instanceof WinnowError && error.code === 'SERIALIZATION_ERROR';

const isDuplicate = (error: unknown): boolean =>
  error instanceof WinnowError && error.code === 'DUPLICATE_KEY';

/** A row had values that are those of another row in a unique index table. */
function wasRefused(written: Promise<unknown>): Promise<boolean> {
  return written.then(
    () => false,
    (error: unknown) => {
      if (isDuplicate(error)) return true;
      throw error;
    },
  );
}

function withChanges(rows: readonly ModelRow[], changes: RowChanges): ModelRow[] {
  const after = [...changes.values()].flatMap((change) => (change.after ? [change.after] : []));
  return [...rows.filter(({ id }) => !changes.has(id)), ...after];
}

function attempt(
  { history, tables: models }: World,
  sequence: number,
  tables: ReadonlyMap<string, RowChanges>,
): void {
  for (const [name, changes] of tables)
    for (const [id, { before }] of changes) assertNewest(before, history.newest(name, id));
  const writes = [...tables].map(([name, changes]) => {
    return [name, new Map([...changes].map(([id, { after }]) => [id, after] as const))] as const;
  });
  history.attempt(sequence, new Map(writes));
  for (const table of models)
    if (hasDuplicates(table, history.newestRows(table.name)))
      throw new Error(`values of a unique index table of ${table.name} are there twice from ${sequence} on`);
}

const drawIds = ({ random }: World): number[] => [
  ...new Set(Array.from({ length: 1 + random.int(6) }, () => random.int(IDS))),
];

function drawWrite({ random }: World, id: number, before: ModelRow | undefined): ModelRow | undefined {
  const draw = random.int(10);
  if (draw < 2) return undefined;
  if (draw < 5 && before) return { ...before, n: before.n + 1 };
  if (draw < 7 && before) return { ...before, b: random.pick(bValues), n: random.int(1000) };
  return { id, a: random.pick(aValues), b: random.pick(bValues), n: random.int(1000) };
}

function assertNewest(found: ModelRow | undefined, newest: ModelRow | undefined): void {
  const [seen, written] = [JSON.stringify(found), JSON.stringify(newest)];
  if (seen !== written) throw new Error(`a transaction saw the old row ${seen}, not ${written}`);
}

/** A transaction that writes and then fails leaves nothing. */
export async function refuse(world: World, store: Store): Promise<void> {
  const { name } = world.random.pick(world.tables);
  const refused = store.rowTable(rowTableNamed(store, name).id).write((transaction) => {
    transaction.put(blockOf([{ id: world.random.int(IDS), a: 99, b: 'never', n: -1 }]));
    throw new Refused();
  });
  await refused.catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
  });
}
