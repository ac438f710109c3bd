// skip-index-use.ts — which skip indexes a query may use, and which it insists on, by its settings.

import { WinnowError } from '../../base/errors.ts';
import type { SelectPlan } from '../plan.ts';

export type SkipIndexUse = {
  readonly isOn: boolean;
  readonly ignored: readonly string[];
  readonly forced: readonly string[];
};

export const everySkipIndex: SkipIndexUse = { isOn: true, ignored: [], forced: [] };

/** Whether the query may use the index of that name. */
export const mayUse = ({ isOn, ignored }: SkipIndexUse, name: string): boolean =>
  isOn && !ignored.includes(name);

/** `i, j` */
export function indexNames(list: string): string[] {
  const names = list.split(',').map((name) => name.trim().replace(/^`(.*)`$/, '$1'));
  return names.filter((name) => name !== '');
}

/** Errors: INDEX_NOT_USED when the plan reads a table without an index that is insisted on. */
export function requireForced({ source }: SelectPlan, { forced }: SkipIndexUse): void {
  if (forced.length === 0 || source.kind !== 'table') return;
  const used =
    source.access.parts?.skipIndexes.flatMap(({ indexes }) => indexes.map(({ index }) => index.name)) ?? [];
  const unused = forced.filter((name) => !used.includes(name));
  if (unused.length === 0) return;
  const names = unused.map((name) => `\`${name}\``).join(', ');
  throw new WinnowError(
    'INDEX_NOT_USED',
    `Index(es) ${names} are not used and setting 'force_data_skipping_indices' contains them`,
  );
}
