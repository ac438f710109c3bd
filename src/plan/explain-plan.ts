// explain-plan.ts — EXPLAIN PLAN: the steps of a plan as an indented tree, the last step first.

import { isColocated } from './colocation.ts';
import { count } from './table-funnel.ts';
import type { EntrySort, JoinSource, Lookup, SelectPlan, Source } from './plan.ts';
import { printAll, printBound } from './print-bound.ts';

/** Lines of text; each step is indented under the step that reads it. */
export function explainPlan(plan: SelectPlan): string[] {
  return linesOf(plan, false);
}

/** `byKeys`: only what the keys of left rows name is read. */
function linesOf(plan: SelectPlan, byKeys: boolean): string[] {
  const steps = ownSteps(plan, byKeys);
  const indented = (step: string, depth: number): string => `${'  '.repeat(depth)}${step}`;
  return [...steps.map(indented), ...linesBelow(plan.source).map((step) => indented(step, steps.length))];
}

function linesBelow(source: Source): string[] {
  if (source.kind === 'subquery') return linesOf(source.plan, false);
  if (source.kind !== 'join') return [];
  return [...linesOf(source.left, false), ...linesOf(source.right, source.lookup !== undefined)];
}

/** The steps of the plan itself, without those of plans that it reads. */
function ownSteps(plan: SelectPlan, byKeys: boolean): string[] {
  const { aggregation, having, projection, columns, sort, limit, filter } = plan;
  const steps: string[] = [];
  if (limit.count !== undefined || limit.offset > 0) steps.push(limitText(plan));
  if (sort.length > 0) steps.push(sortText(plan));
  if (plan.distinct) steps.push('Distinct');
  const items = projection.map((e, i) => named(printBound(e), columns[i]?.name));
  steps.push(`Project ${items.join(', ') || 'no columns'}`);
  if (having.length > 0) steps.push(`Filter ${printAll(having)}`);
  if (aggregation) {
    const by = aggregation.keys.length > 0 ? ` by ${printAll(aggregation.keys)}` : '';
    steps.push(
      `Aggregate ${aggregation.aggregates.map(({ name }) => name).join(', ')}${by}`.replace(
        'Aggregate  by',
        'Aggregate by',
      ),
    );
  }
  if (filter.length > 0) steps.push(`Filter ${printAll(filter)}`);
  return [...steps, ...sourceSteps(plan.source, byKeys)];
}

function named(text: string, name: string | undefined): string {
  return name === undefined || name === text ? text : `${text} AS ${name}`;
}

function limitText({ limit }: SelectPlan): string {
  const rows = limit.count === undefined ? 'all' : String(limit.count);
  return `Limit ${rows}${limit.offset > 0 ? ` offset ${limit.offset}` : ''}`;
}

function entrySortText({ limit }: Lookup, { keys, projection }: EntrySort): string {
  const texts = keys.map(
    ({ index, descending }) => `${printBound(projection[index]!)}${descending ? ' DESC' : ''}`,
  );
  return `Sort entries ${texts.join(', ')} (first ${limit})`;
}

function sortText({ sort, projection, limit }: SelectPlan): string {
  const keys = sort.map(
    ({ index, descending }) => `${printBound(projection[index]!)}${descending ? ' DESC' : ''}`,
  );
  const top = limit.count === undefined ? '' : ` (first ${limit.count + limit.offset})`;
  return `Sort ${keys.join(', ')}${top}`;
}

function joinStep({ join, keys, match, lookup, byShard }: JoinSource): string {
  const on = keys.map((key) => `${printBound(key.left)} = ${printBound(key.right)}`);
  const conditions = [...on, ...match.map(printBound)].join(', ');
  const colocated = byShard || isColocated(lookup) ? ', co-located' : '';
  const how = `${lookup ? 'by look-up' : 'by hash'}${colocated}`;
  return `Join ${join} ${keys.length > 0 ? how : 'of every pair'}${conditions && `: ${conditions}`}`;
}

function sourceSteps(source: Source, byKeys: boolean): string[] {
  switch (source.kind) {
    case 'subquery':
      return [];
    case 'join':
      return [joinStep(source)];
    case 'virtual':
      return [`Read ${source.table.name}`];
    case 'oneRow':
      return ['One row'];
    case 'nothing':
      return ['Nothing: the condition is never true'];
    case 'table': {
      const { access, considered } = source;
      const { table, lookup, order, limit, rangeCount, estimate, path, parts } = access;
      const how = [
        `${estimate.shardsRead} of ${path.sharding.shardCount} shards`,
        parts
          ? `${parts.planned.granules.kept} of ${count(parts.planned.granules.of, 'granule')}`
          : count(rangeCount, 'key range'),
      ];
      if (order) how.push(order === 'reverse' ? 'in key order, backwards' : 'in key order');
      if (limit !== undefined) how.push(`at most ${count(limit, 'row')}`);
      if (access.points) return [`Get ${count(access.points.length, 'row')} of ${path.name} by primary key`];
      const text = byKeys ? 'the keys of the left rows' : how.join(', ');
      const scan = `Scan ${path.name} (${considered[0]!.kind}): ${text}`;
      const scanned = parts?.bitmaps
        ? [`Filter by bitmaps ${printAll(parts.bitmaps.conjuncts)}`, scan]
        : [scan];
      if (!lookup) return scanned;
      const steps = [
        lookup.to === 'rows' ? `Look up ${table.name} by primary key` : `Fetch details of ${path.name}`,
      ];
      if (lookup.sort) steps.push(entrySortText(lookup, lookup.sort));
      if (lookup.entryFilter.length > 0) steps.push(`Filter ${printAll(lookup.entryFilter)}`);
      return [...steps, ...scanned];
    }
  }
}
