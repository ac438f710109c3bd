// render-funnel.ts — the funnel as an aligned table for people, and as JSON for programs.

import type { Count, Funnel, FunnelStage } from './funnel.ts';
import { count } from './table-funnel.ts';
import type { ConsideredPath } from './plan.ts';

/** Lines of text. `why` adds every path that was considered, with the reason. */
export function renderFunnel(funnel: Funnel, { why }: { readonly why: boolean }): string[] {
  const analyzed = funnel.stages.some((stage) => stage.measured !== undefined);
  const stages = why ? funnel.stages : funnel.stages.map(withHint);
  const joined = funnel.stages.some(({ table }) => table !== undefined);
  const withTable = (table: string | undefined, cells: string[]): string[] =>
    joined ? [table ?? '', ...cells] : cells;
  const rows = stages.map((stage) =>
    withTable(stage.table, analyzed ? measuredCells(stage) : plannedCells(stage)),
  );
  const header = withTable(
    'table',
    analyzed
      ? ['stage', 'planned', 'measured', 'of', 'left', 'by']
      : ['stage', 'planned', 'of', 'left', 'by'],
  );
  const sides = header.map((name) => (['table', 'stage', 'by'].includes(name) ? 'left' : 'right'));
  const lines = alignTable([header, ...rows], sides);
  if (!why || funnel.considered.length === 0) return lines;
  return [
    ...lines,
    '',
    ...alignTable(
      [
        withTable('table', ['path', 'kind', 'why']),
        ...funnel.considered.map((path) => withTable(path.table, consideredCells(path))),
      ],
      ['left', 'left', 'left', 'left'],
    ),
  ];
}

function withHint(stage: FunnelStage): FunnelStage {
  const others = (stage.planned.of ?? 1) - 1;
  if (stage.stage !== 'access path' || others < 1) return stage;
  return { ...stage, by: `${stage.by} (${count(others, 'other')} considered: EXPLAIN FUNNEL WHY)` };
}

function plannedCells({ stage, planned, by }: FunnelStage): string[] {
  return [stage, plannedText(planned), ofText(planned), leftText(planned), by];
}

function measuredCells({ stage, planned, measured, by }: FunnelStage): string[] {
  const counted = measured ?? { kept: 0, of: undefined };
  return [stage, plannedText(planned), grouped(counted.kept), ofText(counted), leftText(counted), by];
}

function consideredCells({ name, kind, chosen, reason }: ConsideredPath): string[] {
  return [name, kind, chosen ? `taken: ${reason}` : reason];
}

function plannedText({ kept, exact }: FunnelStage['planned']): string {
  return `${exact ? '' : '~'}${grouped(kept)}`;
}

const ofText = ({ of }: Count): string => (of === undefined ? '' : grouped(of));

/** `1.6 %`, `0.14 %`; nothing when there was nothing to narrow. */
function leftText({ kept, of }: Count): string {
  if (!of) return '';
  const percent = (100 * kept) / of;
  return `${percent.toFixed(percent >= 1 || percent === 0 ? 1 : 2)} %`;
}

/** `3 000 000` */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** Columns padded to equal width: names and texts to the left, numbers to the right. */
function alignTable(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const isLeft = (i: number): boolean => sides[i] === 'left';
  return rows.map((row) =>
    row
      .map((cell, i) => (isLeft(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** The same as a plain object for JSON; names as in SQL. */
export function funnelAsJson(funnel: Funnel): object {
  return {
    stages: funnel.stages.map(({ stage, table, planned, measured, by }) => ({
      stage,
      table,
      planned: { kept: planned.kept, of: planned.of ?? null, exact: planned.exact },
      measured: measured ? { kept: measured.kept, of: measured.of ?? null } : null,
      by,
    })),
    access_path: funnel.considered.flatMap(({ name, chosen }) => (chosen ? [name] : [])).join(', ') || null,
    considered: funnel.considered.map(({ name, table, kind, chosen, reason, estimate }) => ({
      path: name,
      table,
      kind,
      chosen,
      reason,
      estimated_entries: estimate?.entriesRead ?? null,
      estimated_lookups: estimate?.rowsLookedUp ?? null,
      shards: estimate?.shardsRead ?? null,
      cost: estimate ? Math.round(estimate.cost) : null,
    })),
  };
}
