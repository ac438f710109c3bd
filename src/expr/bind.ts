// bind.ts — from a parsed expression to a typed one over the columns in scope.
//
// Operators become functions of the registry; whatever depends on no column is computed at once.

import { notImplemented, WinnowError, type SourcePosition } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import type * as sql from '../sql/ast.ts';
import type { ParameterInput } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import { parseDataType } from '../types/parse-type.ts';
import { isAggregateFunction } from './aggregates.ts';
import { castKernel } from './cast.ts';
import { bindIn } from './bind-in.ts';
import { expandIntervals, intervalOperand } from './bind-interval.ts';
import { operatorFunctions } from './operators.ts';
import type { Expression, Scope } from './expression.ts';
import { foldConstants } from './fold.ts';
import { bindLiteral, bindParameter, literalOf } from './literals.ts';
import { bindFunction, requireFunction } from './registry.ts';
import { argumentOf } from './scalar-function.ts';

export { foldConstants, isConstant } from './fold.ts';

export type BindContext = {
  readonly parameters: Readonly<Record<string, ParameterInput>>;
  readonly nowMs: number;
  readonly currentDatabase: string;
};

/** Types the expression and folds its constants. Errors carry the position of the part that is wrong. */
export function bindExpression(ast: sql.Expression, scope: Scope, context: BindContext): Expression {
  return new Binder(scope, context).bind(ast);
}

/** Binding one expression: the scope and the context, so that they need not be passed down by hand. */
export class Binder {
  readonly scope: Scope;
  readonly context: BindContext;

  constructor(scope: Scope, context: BindContext) {
    this.scope = scope;
    this.context = context;
  }

  bind(ast: sql.Expression): Expression {
    switch (ast.kind) {
      case 'literal':
        return bindLiteral(ast.value, ast.position);
      case 'identifier':
        return this.identifier(ast.parts, ast.position);
      case 'call':
        return this.namedCall(ast);
      case 'unary':
        return this.unary(ast);
      case 'binary':
        return this.binary(ast);
      case 'between':
        return this.between(ast);
      case 'in':
        return bindIn(ast, this);
      case 'isNull':
        return this.call(ast.negated ? 'isNotNull' : 'isNull', [this.bind(ast.operand)], ast.position);
      case 'case':
        return this.caseOf(ast);
      case 'cast':
        return this.cast(
          this.bind(ast.operand),
          parseDataType(ast.type.text, ast.type.position),
          ast.position,
        );
      case 'alias':
        return this.bind(ast.operand);
      case 'parameter':
        return bindParameter(
          ast.name,
          parseDataType(ast.type.text, ast.type.position),
          this.context.parameters,
          ast.position,
        );
      case 'subquery':
        throw notImplemented('a subquery here', ast.position);
      case 'interval':
        throw notImplemented('an INTERVAL that is not added to or subtracted from a date', ast.position);
      case 'tuple':
        return this.call(
          'tuple',
          ast.elements.map((element) => this.bind(element)),
          ast.position,
        );
      case 'star':
        throw new WinnowError(
          'BAD_ARGUMENTS',
          '* stands for columns only in the list of a SELECT or in count(*)',
          { position: ast.position },
        );
    }
  }

  /** A call of a registry function on bound arguments, folded if they are constant. */
  call(name: string, args: readonly Expression[], position: SourcePosition): Expression {
    const entry = requireFunction(name, position);
    const { nowMs, currentDatabase } = this.context;
    const bound = bindFunction(entry, {
      name,
      args: args.map(argumentOf),
      position,
      nowMs,
      currentDatabase,
    });
    const call: Expression = {
      kind: 'call',
      name: entry.names[0] ?? name,
      run: bound.run,
      args,
      type: bound.type,
    };
    return entry.keepCall ? call : foldConstants(call);
  }

  cast(operand: Expression, type: DataType, position: SourcePosition): Expression {
    const kernel = castKernel(operand.type, type, position);
    return foldConstants({
      kind: 'call',
      name: 'CAST',
      run: ([column], rowCount) => kernel(column!, rowCount),
      args: [operand],
      type,
    });
  }

  private identifier(parts: readonly string[], position: SourcePosition): Expression {
    const resolved = this.scope.resolve(parts) ?? this.tupleField(parts, position);
    if (resolved) return resolved;
    const name = parts.join('.');
    if (/^(nan|inf|infinity)$/i.test(name)) return bindLiteral({ kind: 'number', text: name }, position);
    const nearest = nearestName(name, this.scope.names());
    throw new WinnowError('UNKNOWN_IDENTIFIER', `unknown identifier ${name}`, {
      position,
      hint: nearest === undefined ? undefined : `did you mean ${nearest}?`,
    });
  }

  /** `t.name` where `t` is a tuple. */
  private tupleField(parts: readonly string[], position: SourcePosition): Expression | undefined {
    const [name, ...rest] = [parts.at(-1), ...parts.slice(0, -1)];
    if (name === undefined || rest.length === 0) return undefined;
    const tuple = this.scope.resolve(rest) ?? this.tupleField(rest, position);
    return tuple && this.call('tupleElement', [tuple, literalOf({ kind: 'String' }, name)], position);
  }

  private namedCall(ast: Extract<sql.Expression, { kind: 'call' }>): Expression {
    if (isAggregateFunction(ast.name)) {
      // Where aggregates may stand, the planner has put columns in their place.
      throw new WinnowError('ILLEGAL_AGGREGATION', `aggregate function ${ast.name} cannot stand here`, {
        position: ast.position,
      });
    }
    if (ast.parameters || ast.distinct) {
      requireFunction(ast.name, ast.position);
      throw new WinnowError('ILLEGAL_AGGREGATION', `${ast.name} is not an aggregate function`, {
        position: ast.position,
      });
    }
    if (ast.name.toLowerCase() === 'cast') return this.castCall(ast);
    return this.call(
      ast.name,
      expandIntervals(ast, (arg) => this.bind(arg)),
      ast.position,
    );
  }

  /** CAST(x, 'T'), the spelling as a function. */
  private castCall(ast: Extract<sql.Expression, { kind: 'call' }>): Expression {
    const [operand, type] = ast.args;
    if (!operand || ast.args.length !== 2 || type?.kind !== 'literal' || type.value.kind !== 'string') {
      throw new WinnowError('BAD_ARGUMENTS', "CAST takes a value and the name of a type: CAST(x, 'UInt8')", {
        position: ast.position,
      });
    }
    return this.cast(this.bind(operand), parseDataType(type.value.value, type.position), ast.position);
  }

  private unary(ast: Extract<sql.Expression, { kind: 'unary' }>): Expression {
    const { operand } = ast;
    if (ast.operator === 'NOT') return this.call('not', [this.bind(operand)], ast.position);
    if (
      operand.kind === 'literal' &&
      operand.value.kind === 'number' &&
      !operand.value.text.startsWith('-')
    ) {
      return bindLiteral(operand.value, ast.position, true);
    }
    return this.call('negate', [this.bind(operand)], ast.position);
  }

  private binary(ast: Extract<sql.Expression, { kind: 'binary' }>): Expression {
    const shifted = intervalOperand(ast);
    if (shifted) {
      const { date, interval } = shifted;
      const args = [
        this.bind(date),
        this.bind(interval.amount),
        literalOf({ kind: 'String' }, interval.unit),
      ];
      return this.call(ast.operator === '+' ? 'dateAdd' : 'dateSub', args, ast.position);
    }
    return this.call(
      operatorFunctions[ast.operator],
      [this.bind(ast.left), this.bind(ast.right)],
      ast.position,
    );
  }

  private between(ast: Extract<sql.Expression, { kind: 'between' }>): Expression {
    const operand = this.bind(ast.operand);
    const [above, below, both] = ast.negated
      ? (['less', 'greater', 'or'] as const)
      : (['greaterOrEquals', 'lessOrEquals', 'and'] as const);
    const low = this.call(above, [operand, this.bind(ast.low)], ast.position);
    const high = this.call(below, [operand, this.bind(ast.high)], ast.position);
    return this.call(both, [low, high], ast.position);
  }

  private caseOf(ast: Extract<sql.Expression, { kind: 'case' }>): Expression {
    const operand = ast.operand && this.bind(ast.operand);
    const args = ast.branches.flatMap(({ when, then }) => {
      const condition = this.bind(when);
      return [
        operand ? this.call('equals', [operand, condition], when.position) : condition,
        this.bind(then),
      ];
    });
    const otherwise = ast.otherwise ? this.bind(ast.otherwise) : bindLiteral({ kind: 'null' }, ast.position);
    return this.call('multiIf', [...args, otherwise], ast.position);
  }
}
