// table-functions.ts — functions that stand in FROM: numbers(n), and file(path) where files may be read.

import { WinnowError } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import { typed } from './answers.ts';
import type { VirtualTable } from '../plan/plan.ts';
import { blockOfColumns } from '../types/block.ts';
import type { Block, Value } from '../types/column.ts';

const blockRows = 8192;

/** `files` as in Engine. Errors: UNKNOWN_FUNCTION, UNSUPPORTED_METHOD, BAD_ARGUMENTS, NUMBER_OF_ARGUMENTS_DOESNT_MATCH. */
export function tableFunction(
  name: string,
  args: readonly Value[],
  files: ReadonlyMap<string, VirtualTable> | undefined,
): VirtualTable {
  if (name === 'file') return fileTable(args, files);
  if (name !== 'numbers') {
    const near = nearestName(name, ['numbers', 'file']);
    throw new WinnowError('UNKNOWN_FUNCTION', `Unknown table function ${name}`, {
      hint: near && `Maybe you meant ${near}?`,
    });
  }
  if (args.length < 1 || args.length > 2) {
    throw new WinnowError(
      'NUMBER_OF_ARGUMENTS_DOESNT_MATCH',
      `numbers takes 1 or 2 arguments, not ${args.length}`,
      {
        hint: 'Write numbers(count) or numbers(offset, count).',
      },
    );
  }
  const [first, second] = args.map(count);
  return second === undefined ? numbers(0, first!) : numbers(first!, second);
}

/** The key of a table in `Engine.files`. */
export const fileKey = (args: readonly Value[]): string => JSON.stringify(args);

function fileTable(
  args: readonly Value[],
  files: ReadonlyMap<string, VirtualTable> | undefined,
): VirtualTable {
  if (!files)
    throw new WinnowError('UNSUPPORTED_METHOD', 'a store does not read files of its machine', {
      hint: 'Run winnow local, or send the data: INSERT … FORMAT.',
    });
  const table = args.every((arg) => typeof arg === 'string') ? files.get(fileKey(args)) : undefined;
  if (table) return table;
  throw new WinnowError('BAD_ARGUMENTS', 'file takes a path, and perhaps a format, as texts', {
    hint: "Write file('data.csv') or file('data.txt', 'CSV').",
  });
}

function count(value: Value): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  const given = typeof value === 'object' ? 'another value' : String(value);
  throw new WinnowError('BAD_ARGUMENTS', `numbers takes whole numbers ≥ 0, not ${given}`);
}

/** The numbers from `start` on, `rowCount` of them, as UInt64; Infinity never ends. */
export function numbers(start: number, rowCount: number): VirtualTable {
  const column = typed('number', 'UInt64');
  async function* read(columns: readonly number[]): AsyncGenerator<Block> {
    for (let done = 0; done < rowCount; done += blockRows) {
      const length = Math.min(blockRows, rowCount - done);
      const values = BigUint64Array.from({ length }, (_, i) => BigInt(start + done + i));
      const block: Block = {
        rowCount: length,
        columns: [{ layout: 'fixed', type: column.type, rowCount: length, values, nulls: undefined }],
      };
      yield blockOfColumns(block, columns);
    }
  }
  return { kind: 'virtual', name: 'numbers', columns: [column], read };
}
