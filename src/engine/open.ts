// open.ts — a store on disk: `winnow.json`, `LOCK`, `rows/` and `tmp/` in one folder.
//
// Keeps true: one process has the store open; a store of a newer format is left exactly as it is.

import { join, resolve } from 'node:path';
import { must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import { uuidOf } from '../base/uuid.ts';
import { nodePorts } from '../io/node-ports.ts';
import { openLevelKv } from '../kv/level-kv.ts';
import { createDatabase } from './database.ts';
import { createMetrics } from './metrics.ts';
import { defaultSettings, withSettings } from './settings.ts';
import {
  checkFormat,
  encodeStoreFile,
  newStoreFile,
  parseStoreFile,
  storeFileName,
  upgradedStoreFile,
} from './store-file.ts';
import { pipelinesByName, type DefinedPipeline } from '../pipeline/define-pipeline.ts';
import type { FileLock, Files, Ports } from '../io/ports.ts';
import type { Kv } from '../kv/kv.ts';
import type { Database } from './api.ts';
import type { StoreFile } from './store-file.ts';
import type { SettingInputs, Settings } from './settings.ts';
import { Store } from './store.ts';
import type { StoreOptions, StoreSettings } from './store.ts';

export type OpenOptions = {
  /** Time, randomness and files; the machine's own by default. */
  readonly ports?: Ports | undefined;
  /** Settings by name: those of the server, and defaults for queries. */
  readonly settings?: SettingInputs | undefined;
  /** Filters of index tables, by `definePipeline`. An index table whose filter is missing is not used until it is given. */
  readonly pipelines?: readonly DefinedPipeline[] | undefined;
};

/**
 * Opens the store in a folder, or makes one. Close it, or declare it with `await using`.
 * Errors: STORE_LOCKED naming the process that has it, STORE_FORMAT_TOO_NEW, CANNOT_OPEN_FILE, those of settings, and
 * BAD_ARGUMENTS when two pipelines have one name.
 */
export async function open(path: string, options: OpenOptions = {}): Promise<Database> {
  const ports = options.ports ?? nodePorts;
  const settings = withSettings(defaultSettings, options.settings ?? {}, 'server');
  const pipelines = pipelinesByName(options.pipelines ?? []);
  await readStoreFile(ports.files, path);
  await ports.files.makeDirectory(path);
  const lock = await lockStore(ports.files, path);
  try {
    const storeId = await prepareFolder(ports, path);
    const kv = await openLevelKv(join(path, 'rows'));
    const storeFolder = resolve(path, 'store');
    const database = await openOver({ kv, ports, folder: storeFolder, storeId, pipelines }, settings, () =>
      lock.release(),
    );
    locks.set(database, lock);
    return database;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** A database over a key-value store that is open, without a lock, its parts under `store`; closing it closes `kv`. */
export async function openDatabase(options: {
  readonly kv: Kv;
  readonly ports: Ports;
  readonly settings?: SettingInputs;
  readonly logThreads?: StoreOptions['logThreads'];
}): Promise<Database> {
  return openOver(
    { ...options, folder: 'store', storeId: uuidOf(options.ports.random.bytes(16)) },
    withSettings(defaultSettings, options.settings ?? {}, 'server'),
    async () => {},
  );
}

async function openOver(
  options: Omit<StoreOptions, 'settings'> & { readonly storeId: string },
  settings: Settings,
  onClosed: () => Promise<void>,
): Promise<Database> {
  const { kv, ports, storeId } = options;
  const store = await Store.open({ ...options, settings: storeSettings(settings) }).catch(
    async (error: unknown) => {
      await kv.close();
      throw error;
    },
  );
  return createDatabase({ store, storeId, ports, settings, metrics: createMetrics() }, onClosed);
}

function storeSettings(settings: Settings): StoreSettings {
  return {
    tailMaxChanges: settings.tail_max_changes,
    tailMaxBytes: settings.tail_max_bytes,
    tailMaxWriteDelayMs: settings.tail_max_write_delay_ms,
    logMaxBytes: settings.log_max_bytes,
    logTrimBytes: settings.log_trim_bytes,
    laneBatchChanges: settings.lane_batch_changes,
    indexCheckIntervalMs: settings.index_check_interval_ms,
    columnCacheBytes: settings.uncompressed_cache_size,
    partsToDelayInsert: settings.parts_to_delay_insert,
    partsToThrowInsert: settings.parts_to_throw_insert,
  };
}

const locks = new WeakMap<Database, FileLock>();

/** Names the URL that serves the store in its lock file, so that other processes find it. */
export async function announceUrl(database: Database, url: string): Promise<void> {
  await locks.get(database)?.describe(url);
}

async function lockStore(files: Files, path: string): Promise<FileLock> {
  const lock = await files.lock(join(path, 'LOCK'));
  if ('heldBy' in lock) {
    throw new WinnowError(
      'STORE_LOCKED',
      `the store in ${path} is open in another process (${lock.heldBy})`,
      {
        hint: lock.heldBy.includes('://') ? 'Ask that server, or stop it.' : 'Stop that process first.',
      },
    );
  }
  return lock;
}

/** Refuses a newer format before anything is written; undefined when there is no store yet. */
async function readStoreFile(files: Files, path: string): Promise<StoreFile | undefined> {
  const bytes = await files.read(join(path, storeFileName));
  if (bytes) {
    const file = parseStoreFile(bytes, path);
    checkFormat(file, path);
    return file;
  }
  if ((await files.list(join(path, 'rows'))).length > 0) {
    throw new WinnowError('CANNOT_OPEN_FILE', `${path} has rows but no ${storeFileName}`, {
      hint: 'Restore the file from a backup of the folder.',
    });
  }
  return undefined;
}

/** Answers with the store's id. */
async function prepareFolder(ports: Ports, path: string): Promise<string> {
  const { files, random } = ports;
  // Read again: another process may have made, used and closed the store before the lock was ours.
  const file = await readStoreFile(files, path);
  const written = file ? upgradedStoreFile(file) : newStoreFile(random);
  if (written) await files.writeDurably(join(path, storeFileName), encodeStoreFile(written));
  await files.remove(join(path, 'tmp'));
  await files.makeDirectory(join(path, 'tmp'));
  return must(written ?? file, 'there is a store file now').storeId;
}
