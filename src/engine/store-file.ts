// store-file.ts — `winnow.json`: which store a folder holds, and which Winnow may open it.
//
// Format versions:
//   1  rows, row log, row-shaped index tables
//   2  columnar index tables and MergeTree tables, whose parts lie under store/
//   3  index tables that do not have every row, with computed columns, and with details apart from their entries
// Every older format can be used as it is; opening such a store writes the new number first.

import { WinnowError } from '../base/errors.ts';
import { uuidOf } from '../base/uuid.ts';
import type { Randomness } from '../io/ports.ts';

export const storeFileName = 'winnow.json';
const formatVersion = 3;

export type StoreFile = {
  readonly storeId: string;
  readonly formatVersion: number;
  /** The oldest format version whose Winnow may open the store. */
  readonly oldestReader: number;
};

export function newStoreFile(random: Randomness): StoreFile {
  return { storeId: uuidOf(random.bytes(16)), formatVersion, oldestReader: formatVersion };
}

/** The file of a store that this Winnow goes on with; undefined when nothing has to be written. */
export function upgradedStoreFile(file: StoreFile): StoreFile | undefined {
  return file.formatVersion < formatVersion
    ? { ...file, formatVersion, oldestReader: formatVersion }
    : undefined;
}

export const encodeStoreFile = (file: StoreFile): Uint8Array =>
  Buffer.from(`${JSON.stringify(file, undefined, 2)}\n`);

/** Errors: CANNOT_OPEN_FILE when it is not what `newStoreFile` writes. */
export function parseStoreFile(bytes: Uint8Array, path: string): StoreFile {
  let file: Partial<StoreFile> | null;
  try {
    file = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<StoreFile> | null;
  } catch (cause) {
    throw new WinnowError('CANNOT_OPEN_FILE', `${path}/${storeFileName} is damaged: it is not JSON`, {
      cause,
    });
  }
  if (
    typeof file?.storeId === 'string' &&
    Number.isInteger(file.formatVersion) &&
    Number.isInteger(file.oldestReader)
  )
    return file as StoreFile;
  throw new WinnowError(
    'CANNOT_OPEN_FILE',
    `${path}/${storeFileName} is damaged: storeId, formatVersion or oldestReader is missing`,
  );
}

/** Errors: STORE_FORMAT_TOO_NEW. */
export function checkFormat(file: StoreFile, path: string): void {
  if (file.oldestReader <= formatVersion) return;
  throw new WinnowError('STORE_FORMAT_TOO_NEW', `the store in ${path} has format ${file.formatVersion}`, {
    detail: `Opening it takes a Winnow that knows format ${file.oldestReader}; this one knows ${formatVersion}.`,
    hint: 'Install a newer Winnow. Nothing was changed.',
  });
}
