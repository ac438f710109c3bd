// encoded-rows.ts — the rows of small columns as encoded keys, which compare as SQL does.

import type { Column } from '../types/column.ts';
import { createKeyCodec } from '../types/key-codec.ts';

export function encodedRows(column: Column): Buffer[] {
  const codec = createKeyCodec([column.type]);
  return Array.from({ length: column.rowCount }, (_, row) => codec.encode([column], row));
}
