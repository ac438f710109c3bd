// The reference pages are made from the tables in the code. `npx vitest run test/reference.test.ts -u` writes them again.

import { expect, test } from 'vitest';
import { errorTable } from '../src/base/errors.ts';
import { metricTable } from '../src/engine/metric-table.ts';
import { settingTable } from '../src/engine/settings.ts';

type Setting = (typeof settingTable)[keyof typeof settingTable] & {
  readonly unit?: string;
  readonly range?: readonly number[];
};

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

test('docs/reference/errors.md is the error table', async () => {
  const rows = Object.entries(errorTable)
    .sort(([, a], [, b]) => a.number - b.number)
    .map(([name, { number, httpStatus, retryable, meaning }]) => [
      number,
      name,
      httpStatus,
      retryable ? 'yes' : '',
      meaning,
    ]);
  const intro =
    'Numbers and names below 10000 are ClickHouse’s, with its meaning; from 10001 on they are Winnow’s own.';
  const page = `# Errors\n\n${intro}\n\n${table(['number', 'name', 'HTTP', 'try again', 'meaning'], rows)}\n`;
  await expect(page).toMatchFileSnapshot('../docs/reference/errors.md');
});

test('docs/reference/settings.md is the setting table', async () => {
  const rows = Object.entries(settingTable as Record<string, Setting>).map(([name, setting]) => [
    `\`${name}\``,
    setting.type,
    `\`${setting.defaultValue}\``,
    setting.unit ?? '',
    setting.scope,
    setting.meaning,
  ]);
  const intro =
    'Scope *query*: in the URL, in a SETTINGS clause, by SET, or when the store is opened. Scope *server*: only when the store is opened.';
  const page = `# Settings\n\n${intro}\n\n${table(['name', 'type', 'default', 'unit', 'scope', 'meaning'], rows)}\n`;
  await expect(page).toMatchFileSnapshot('../docs/reference/settings.md');
});

test('docs/reference/metrics.md is the metric table', async () => {
  const rows = Object.entries(metricTable).map(([name, { kind, labels, meaning }]) => [
    `\`${name}\``,
    kind,
    labels.map((label) => `\`${label}\``).join(', '),
    meaning,
  ]);
  const intro =
    'The same numbers at `/metrics` (Prometheus’ text) and in `system.metrics`; of lanes and index tables also in `system.lanes` and `system.index_tables`. Counters begin at 0 when the store is opened.';
  const page = `# Metrics\n\n${intro}\n\n${table(['name', 'kind', 'labels', 'meaning'], rows)}\n`;
  await expect(page).toMatchFileSnapshot('../docs/reference/metrics.md');
});
