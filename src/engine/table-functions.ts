// table-functions.ts — functions that stand in FROM: numbers(n).

import { WinnowError } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import { typed } from './answers.ts';
import type { VirtualTable } from '../plan/plan.ts';
import type { Block, Value } from '../types/column.ts';

const blockRows = 8192;

/** Errors: UNKNOWN_FUNCTION, BAD_ARGUMENTS, NUMBER_OF_ARGUMENTS_DOESNT_MATCH. */
export function tableFunction(name: string, args: readonly Value[]): VirtualTable {
  if (name !== 'numbers') {
    const near = nearestName(name, ['numbers']);
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

function count(value: Value): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  const given = typeof value === 'object' ? 'another value' : String(value);
  throw new WinnowError('BAD_ARGUMENTS', `numbers takes whole numbers ≥ 0, not ${given}`);
}

/** The numbers from `start` on, `rowCount` of them, as UInt64; Infinity never ends. */
export function numbers(start: number, rowCount: number): VirtualTable {
  const column = typed('number', 'UInt64');
  async function* read(): AsyncGenerator<Block> {
    for (let done = 0; done < rowCount; done += blockRows) {
      const length = Math.min(blockRows, rowCount - done);
      const values = BigUint64Array.from({ length }, (_, i) => BigInt(start + done + i));
      yield {
        rowCount: length,
        columns: [{ layout: 'fixed', type: column.type, rowCount: length, values, nulls: undefined }],
      };
    }
  }
  return { kind: 'virtual', name: 'numbers', columns: [column], read };
}
