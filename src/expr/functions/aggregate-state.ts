// aggregate-state.ts — what states of aggregate functions come to.

import { finalizerOf } from '../aggregates.ts';
import { argType, illegalTypes, type ScalarFunction } from '../scalar-function.ts';

const finalizeAggregation: ScalarFunction = {
  names: ['finalizeAggregation'],
  arity: [1, 1],
  nulls: 'own',
  bind: (call) => {
    const type = argType(call, 0);
    if (type.kind !== 'AggregateFunction') throw illegalTypes(call, 'a state of an aggregate function');
    const { type: result, run } = finalizerOf(type, call.position);
    return { type: result, run: ([states], rowCount) => run(states!, rowCount) };
  },
};

export const aggregateStateFunctions: readonly ScalarFunction[] = [finalizeAggregation];
