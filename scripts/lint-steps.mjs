// lint-steps.mjs — the checks that need no test runner.

import { tools } from './run.mjs';

export const lintSteps = [
  { name: 'oxlint', args: [...tools.oxlint, '--type-aware', '--deny-warnings'] },
  { name: 'oxfmt', args: [...tools.oxfmt, '--check'] },
  { name: 'tsc', args: [...tools.tsc, '-p', 'tsconfig.json'] },
];
