// explain.ts — EXPLAIN: how a statement was understood, how it would run, how its range shrinks.

import { notImplemented, WinnowError } from '../base/errors.ts';
import { explainPlan } from '../plan/explain-plan.ts';
import { funnelOf } from '../plan/funnel.ts';
import { funnelAsJson, renderFunnel } from '../plan/render-funnel.ts';
import { printStatement } from '../sql/printer.ts';
import { answerOfLines } from './answers.ts';
import { syntaxTreeLines } from './explain-tree.ts';
import { openReading, prepareSelect, runToEnd } from './select.ts';
import type { ReadView } from '../catalog/access.ts';
import type { SelectPlan } from '../plan/plan.ts';
import type { SelectQuery } from '../sql/ast.ts';
import type { Answer, StatementContext, StatementOf } from './context.ts';

type Explain = StatementOf<'explain'>;

/** Runs nothing, except a SELECT under ANALYZE, and subqueries that stand for values. */
export async function explain(statement: Explain, context: StatementContext): Promise<Answer> {
  const { mode, statement: inner } = statement;
  const json = wantsJson(statement);
  if (mode !== 'FUNNEL') refuseFunnelWords(statement, json);
  if (mode === 'SYNTAX') return answerOfLines('explain', [printStatement(inner)]);
  if (mode === 'AST') return answerOfLines('explain', syntaxTreeLines(inner));
  if (inner.kind !== 'select') throw notImplemented(`EXPLAIN ${mode} of anything but SELECT`, inner.position);
  if (mode === 'PLAN') return explainSelect(inner, context, explainPlan);
  return explainSelect(inner, context, async (plan, view) => {
    const funnel = funnelOf(plan, statement.analyze ? await runToEnd(plan, view(), context) : undefined);
    return json ? [JSON.stringify(funnelAsJson(funnel), undefined, 2)] : renderFunnel(funnel, statement);
  });
}

type Explainer = (plan: SelectPlan, view: () => ReadView) => readonly string[] | Promise<readonly string[]>;

async function explainSelect(
  query: SelectQuery,
  context: StatementContext,
  explainer: Explainer,
): Promise<Answer> {
  const reading = openReading(context);
  try {
    const { plan } = await prepareSelect(query, reading, context);
    return answerOfLines('explain', await explainer(plan, reading.view));
  } finally {
    reading.release();
  }
}

function refuseFunnelWords({ mode, analyze, why, position }: Explain, json: boolean): void {
  const word = analyze ? 'ANALYZE' : why ? 'WHY' : json ? 'json' : undefined;
  if (word) throw notImplemented(`${word} of EXPLAIN ${mode}`, position);
}

function wantsJson({ settings }: Explain): boolean {
  let json = false;
  for (const { name, value, position } of settings) {
    if (name !== 'json')
      throw new WinnowError('UNKNOWN_SETTING', `Unknown setting '${name}' of EXPLAIN`, {
        position,
        hint: 'There is: json.',
      });
    json = value.kind === 'number' ? value.text !== '0' : value.kind === 'boolean' && value.value;
  }
  return json;
}
