import { resolve } from 'node:path';
import process from 'node:process';
import { exportParts, type PartsExport } from '../engine/export-parts.ts';
import { importParts } from '../engine/import-parts.ts';
import { open } from '../engine/open.ts';

type ExportOptions = { readonly data: string; readonly to: string; readonly json: boolean };

/** Opens the store for itself; one that is open elsewhere is refused with the name of its holder. */
export async function exportTable(table: string, options: ExportOptions): Promise<void> {
  await using database = await open(options.data);
  // An index table's lanes begin where they were; afterwards it answers exactly, and few rows are left to write.
  await database.drain();
  const done = await exportParts(database, table, resolve(options.to));
  process.stdout.write(`${options.json ? jsonLine(done) : text(done)}\n`);
}

type ImportOptions = { readonly data: string; readonly from: string; readonly json: boolean };

/** As `exportTable`, the other way. */
export async function importTable(table: string, options: ImportOptions): Promise<void> {
  await using database = await open(options.data);
  const done = await importParts(database, table, resolve(options.from));
  const made = done.created ? ', which was made' : '';
  const line = options.json
    ? JSON.stringify(done)
    : `${done.table}${made}: ${done.rows} rows in ${done.parts} parts were taken`;
  process.stdout.write(`${line}\n`);
}

function jsonLine(done: PartsExport): string {
  const nextSteps = [`Follow ${done.folder}/create.sql`];
  return JSON.stringify({ ...done, sequence: done.sequence ?? null, next_steps: nextSteps });
}

function text({ table, folder, parts, copied, rows, bytes, sequence }: PartsExport): string {
  const exact = sequence === undefined ? '' : `, exact at commit ${sequence}`;
  return [
    `${table}: ${rows} rows in ${parts} parts${exact}`,
    `${folder} has ${(bytes / 1e6).toFixed(1)} MB; ${copied} parts are copies, ${parts - copied} were written for it.`,
    `Next: follow ${folder}/create.sql`,
  ].join('\n');
}
