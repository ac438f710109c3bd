// registry.ts — the scalar functions by name.

import { notImplemented, WinnowError, type SourcePosition } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import { holdsLowCardinality } from '../types/data-type.ts';
import { aggregateNames } from './aggregates.ts';
import { bindBesideNulls } from './bind-nulls.ts';
import { addressFunctions } from './functions/address.ts';
import { arrayEditFunctions } from './functions/array-edit.ts';
import { arrayNumberFunctions } from './functions/array-numbers.ts';
import { arraySearchFunctions } from './functions/array-search.ts';
import { arrayTextFunctions } from './functions/array-text.ts';
import { arithmeticFunctions } from './functions/arithmetic.ts';
import { bitFunctions } from './functions/bit.ts';
import { comparisonFunctions } from './functions/comparison.ts';
import { compositeFunctions } from './functions/composite.ts';
import { conditionalFunctions } from './functions/conditional.ts';
import { conversionFunctions } from './functions/conversion.ts';
import { dateFunctions } from './functions/date.ts';
import { dateIntervalFunctions } from './functions/date-interval.ts';
import { dateMathFunctions } from './functions/date-math.ts';
import { dateTextFunctions } from './functions/date-text.ts';
import { divisionFunctions } from './functions/division.ts';
import { encodingFunctions } from './functions/encoding.ts';
import { hashFunctions } from './functions/hash.ts';
import { likeFunctions } from './functions/like.ts';
import { logicFunctions } from './functions/logic.ts';
import { mathFunctions } from './functions/math.ts';
import { nullFunctions } from './functions/null.ts';
import { aggregateStateFunctions } from './functions/aggregate-state.ts';
import { otherFunctions } from './functions/other.ts';
import { roundingFunctions } from './functions/rounding.ts';
import { searchFunctions } from './functions/search.ts';
import { stringEditFunctions } from './functions/string-edit.ts';
import { stringFunctions } from './functions/string.ts';
import { tokenFunctions } from './functions/token.ts';
import { functionsNotYet } from './not-yet.ts';
import { bindLowCardinality } from './low-cardinality.ts';
import type { Argument, BoundFunction, FunctionCall, ScalarFunction } from './scalar-function.ts';

const functions: readonly ScalarFunction[] = [
  ...addressFunctions,
  ...arithmeticFunctions,
  ...arrayEditFunctions,
  ...arrayNumberFunctions,
  ...arraySearchFunctions,
  ...arrayTextFunctions,
  ...bitFunctions,
  ...comparisonFunctions,
  ...compositeFunctions,
  ...conditionalFunctions,
  ...conversionFunctions,
  ...dateFunctions,
  ...dateIntervalFunctions,
  ...dateMathFunctions,
  ...dateTextFunctions,
  ...divisionFunctions,
  ...encodingFunctions,
  ...hashFunctions,
  ...likeFunctions,
  ...logicFunctions,
  ...mathFunctions,
  ...nullFunctions,
  ...otherFunctions,
  ...aggregateStateFunctions,
  ...roundingFunctions,
  ...searchFunctions,
  ...stringEditFunctions,
  ...stringFunctions,
  ...tokenFunctions,
];

const byName = new Map<string, ScalarFunction>();
const byLowerName = new Map<string, ScalarFunction>();
for (const entry of functions) {
  for (const name of entry.names) {
    byName.set(name, entry);
    if (entry.anyCase) byLowerName.set(name.toLowerCase(), entry);
  }
}

/** Every name by which a scalar function can be called, sorted. */
export function functionNames(): string[] {
  return [...byName.keys()].sort();
}

/** The function of that name, or undefined. */
export function findFunction(name: string): ScalarFunction | undefined {
  return byName.get(name) ?? byLowerName.get(name.toLowerCase());
}

/** The function of that name. Errors: NOT_IMPLEMENTED, UNKNOWN_FUNCTION with the nearest name, perhaps of an aggregate. */
export function requireFunction(name: string, position: SourcePosition): ScalarFunction {
  const entry = findFunction(name);
  if (entry) return entry;
  if (functionsNotYet.has(name)) throw notImplemented(`function ${name}`, position);
  const nearest = nearestName(name, [...byName.keys(), ...aggregateNames()]);
  throw new WinnowError('UNKNOWN_FUNCTION', `unknown function ${name}`, {
    position,
    hint: nearest === undefined ? undefined : `did you mean ${nearest}?`,
  });
}

/** Checks the arguments of `call` and chooses the kernel; LowCardinality and NULL are dealt with as the entry says. */
export function bindFunction(entry: ScalarFunction, call: FunctionCall): BoundFunction {
  checkArity(entry, call);
  if (entry.lowCardinality === 'own' || !call.args.some((arg) => holdsLowCardinality(arg.type)))
    return bindNullable(entry, call);
  const bind = (args: readonly Argument[]): BoundFunction => bindNullable(entry, { ...call, args });
  return bindLowCardinality(call.args, bind, entry.lowCardinality === 'plain');
}

function bindNullable(entry: ScalarFunction, call: FunctionCall): BoundFunction {
  return entry.nulls === 'own' ? entry.bind(call) : bindBesideNulls(call, (plain) => entry.bind(plain));
}

function checkArity(entry: ScalarFunction, call: FunctionCall): void {
  const [min, max] = entry.arity;
  const count = call.args.length;
  if (count >= min && count <= max) return;
  const takes = min === max ? `${min}` : max === Infinity ? `at least ${min}` : `${min} to ${max}`;
  throw new WinnowError(
    'NUMBER_OF_ARGUMENTS_DOESNT_MATCH',
    `function ${call.name} takes ${takes} argument${takes === '1' ? '' : 's'}, not ${count}`,
    {
      position: call.position,
    },
  );
}
