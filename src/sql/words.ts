// words.ts — which bare words the grammar keeps for itself, by place. Quoted identifiers are never kept.

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Cannot begin an expression as a column or function name. */
export const reservedOperands = words(`
  SELECT FROM WHERE HAVING PREWHERE AND OR IN LIKE ILIKE BETWEEN IS AS THEN WHEN ELSE UNION JOIN BY
`);

/** Operators that are functions too: `and(a, b)`. */
export const operatorFunctions = words('AND OR IN LIKE ILIKE');

/** Cannot be an alias that is written without AS: a clause or an operator may follow there. */
export const reservedAliases = words(`
  ALL AND ANTI ANY ARRAY AS ASC ASOF BETWEEN COLLATE CROSS DESC DIV EXCEPT FETCH FINAL FORMAT FROM FULL GLOBAL GROUP
  HAVING ILIKE IN INNER INTERSECT INTO IS JOIN LEFT LIKE LIMIT MOD NOT OFFSET ON OR ORDER PASTE PREWHERE QUALIFY REGEXP
  RIGHT SAMPLE SEMI SETTINGS UNION USE USING WHERE WINDOW WITH
`);

/** Begin an expression with a meaning of their own. */
const expressionWords = words('CASE CAST DISTINCT EXISTS FALSE INF INFINITY INTERVAL NAN NOT NULL TRUE');

/** Stand in places where a name may stand as well, or look odd as a name. */
const statementWords = words(`
  ALTER BOTH CONSTRAINT CREATE DATABASE DEFAULT DELETE DROP END EXPLAIN FUNCTION IF INDEX INSERT LEADING PROJECTION
  SET TABLE TRAILING TRUNCATE UPDATE VALUES
`);

/** True when `upperCaseWord` as a function's name would be read as something else. */
export function isReservedFunction(upperCaseWord: string): boolean {
  if (operatorFunctions.has(upperCaseWord)) return false;
  return reservedOperands.has(upperCaseWord) || expressionWords.has(upperCaseWord);
}

/** True when `upperCaseWord` as a name could be read as something else in some place. */
export function isReservedName(upperCaseWord: string): boolean {
  const sets = [reservedOperands, expressionWords, reservedAliases, statementWords];
  return sets.some((set) => set.has(upperCaseWord));
}

/** Words that may continue an expression; candidates when a word there is mistyped. */
export const operatorWords = [
  'AND',
  'OR',
  'NOT',
  'LIKE',
  'ILIKE',
  'IN',
  'BETWEEN',
  'IS',
  'DIV',
  'MOD',
  'AS',
] as const;
