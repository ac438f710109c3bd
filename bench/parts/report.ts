// report.ts — the figures of parts for people (aims, then losses first) and for programs.

import {
  type Aim,
  aimLines,
  compareWithWinnow,
  figuresOf,
  machineText,
  microseconds,
  missedFirst,
  ratioText,
  spreadText,
  summaryText,
  timesText,
} from '../report.ts';
import type { InsertFigure } from './inserts.ts';
import type { PartsResult } from './run.ts';

const CPU_RATIO = 1;
const SIZE_RATIO = 1.05;
const OPEN_US = 300_000;

/** Those that were missed first. */
export function partsAims({ inserts: { figures }, opens }: PartsResult): Aim[] {
  const aims = [
    ...figures.filter(({ engine }) => engine === 'winnow').flatMap((winnow) => insertAims(winnow, figures)),
    ...opens
      .filter(({ engine }) => engine === 'winnow')
      .map(({ operation, medianUs }) => ({
        name: operation,
        aim: `< ${microseconds(OPEN_US)}`,
        found: microseconds(medianUs),
        met: medianUs < OPEN_US,
      })),
  ];
  return missedFirst(aims);
}

function insertAims(winnow: InsertFigure, figures: readonly InsertFigure[]): Aim[] {
  const chdb = figures.find(({ engine, rows }) => engine === 'chdb' && rows === winnow.rows);
  if (!chdb) return [];
  const ratioAim = (what: string, found: number, most: number): Aim => ({
    name: `${winnow.operation}, ${what} ÷ chdb's`,
    aim: `≤ ${most.toFixed(2)}`,
    found: found.toFixed(2),
    met: found <= most,
  });
  return [
    ratioAim('processor time', winnow.cpuUs / chdb.cpuUs, CPU_RATIO),
    ratioAim('size on disk', winnow.sizeBytes / chdb.sizeBytes, SIZE_RATIO),
  ];
}

export function partsReportText(result: PartsResult): string {
  const { inserts, opens } = result;
  const comparisons = compareWithWinnow([...inserts.figures, ...opens]);
  return [
    machineText(),
    ...inserts.engines.map(({ name, version, storage }) => `${name} ${version} — ${storage}`),
    '',
    ...aimLines(partsAims(result), { found: 10, aim: 16 }),
    '',
    summaryText(comparisons),
    '',
    ...comparisons.map((comparison) =>
      [
        ratioText(comparison.ratio).padStart(7),
        `CPU ${ratioText(comparison.winnow.cpuUs / comparison.other.cpuUs)}`.padEnd(9),
        comparison.operation.padEnd(30),
        comparison.peer.padEnd(8),
        timesText(comparison),
      ].join('  '),
    ),
    '',
    ...inserts.figures.map((figure) =>
      [
        `${(figure.sizeBytes / figure.rows).toFixed(1)} bytes a row`.padStart(18),
        figure.operation.padEnd(30),
        figure.engine.padEnd(8),
        spreadText(figure),
      ].join('  '),
    ),
    '',
  ].join('\n');
}

/** One JSON object per figure, then one per aim. */
export function partsReportJsonLines(result: PartsResult): string {
  const { inserts, opens } = result;
  const lines: object[] = [
    ...inserts.figures.map((figure) => {
      const { operation, engine, rows, sizeBytes } = figure;
      const { version, storage } = inserts.engines.find(({ name }) => name === engine)!;
      return { topic: 'insert', operation, engine, version, storage, rows, sizeBytes, ...figuresOf(figure) };
    }),
    ...opens.map((figure) => {
      const { operation, engine, parts } = figure;
      return { topic: 'open', operation, engine, parts, ...figuresOf(figure) };
    }),
    ...partsAims(result).map((aim) => ({ topic: 'aims', ...aim })),
  ];
  return lines.map((line) => `${JSON.stringify({ bench: 'parts', ...line })}\n`).join('');
}
