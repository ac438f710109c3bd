// explain-tree.ts — a statement's syntax tree as indented lines, for EXPLAIN AST.

import type { Statement } from '../sql/ast.ts';

/** One line per node, two spaces deeper than what holds it; places in the text and absent parts are left out. */
export function syntaxTreeLines(statement: Statement): string[] {
  const lines: string[] = [];
  addNode(lines, statement, '', 0);
  return lines;
}

function addNode(lines: string[], node: object, label: string, depth: number): void {
  const entries = Object.entries(node).filter(([name]) => name !== 'position' && name !== 'kind');
  const plain = entries
    .filter(([, value]) => isPlain(value))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const kind = 'kind' in node ? [String(node.kind)] : [];
  lines.push(`${'  '.repeat(depth)}${label}${[...kind, ...plain].join(' ')}`.trimEnd());
  for (const [name, value] of entries) {
    const children: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const child of children) {
      if (typeof child === 'object' && child !== null) addNode(lines, child, `${name}: `, depth + 1);
    }
  }
}

/** Parts shown on the node's own line: names, numbers, flags that are set, and lists of names. */
function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((element) => typeof element === 'string');
  return (typeof value === 'string' && value !== '') || typeof value === 'number' || value === true;
}
