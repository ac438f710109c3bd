// three-valued.ts — conditions over groups of rows of which little is known: can one be true, can one be false?
//
// Keeps true: when a row of a group makes the condition true, the group's CAN_BE_TRUE is set; likewise false. A row for
// which it is NULL needs neither, so that NOT exchanges the two.

import type { Expression as Bound } from '../expr/expression.ts';
import { withoutNullable } from '../types/data-type.ts';
import { isInteger } from '../expr/type-classes.ts';

/** What is known of the condition in a group of rows, as bits. */
export const CAN_BE_TRUE = 1;
export const CAN_BE_FALSE = 2;
const ANYTHING = CAN_BE_TRUE | CAN_BE_FALSE;

export type Condition<Atom> =
  | { readonly kind: 'known'; readonly mask: number }
  | { readonly kind: 'atom'; readonly atom: Atom }
  | { readonly kind: 'not'; readonly operand: Condition<Atom> }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Condition<Atom>[] };

export const unknown: Condition<never> = { kind: 'known', mask: ANYTHING };

export const atom = <Atom>(of: Atom): Condition<Atom> => ({ kind: 'atom', atom: of });

export const negatedIf = <Atom>(negated: boolean, operand: Condition<Atom>): Condition<Atom> =>
  negated ? { kind: 'not', operand } : operand;

/** `leaf` says what is known of a condition without AND, OR and NOT; undefined: nothing. */
export function conditionOf<Atom>(
  e: Bound,
  leaf: (e: Bound) => Condition<Atom> | undefined,
): Condition<Atom> {
  if (e.kind === 'literal') return constant(e);
  if (e.kind === 'call' && (e.name === 'and' || e.name === 'or'))
    return { kind: e.name, operands: e.args.map((arg) => conditionOf(arg, leaf)) };
  if (e.kind === 'call' && e.name === 'not') return { kind: 'not', operand: conditionOf(e.args[0]!, leaf) };
  return leaf(e) ?? unknown;
}

function constant({ value }: Extract<Bound, { kind: 'literal' }>): Condition<never> {
  if (value.nulls?.[0] === 1) return { kind: 'known', mask: 0 };
  if (value.layout !== 'fixed' || !isInteger(withoutNullable(value.type))) return unknown;
  return { kind: 'known', mask: Number(value.values[0]) === 0 ? CAN_BE_FALSE : CAN_BE_TRUE };
}

/** The mask of each of `count` groups; `masksOf` gives those of an atom, which are not changed. */
export function masksOf<Atom>(
  condition: Condition<Atom>,
  count: number,
  ofAtom: (atom: Atom) => Uint8Array,
): Uint8Array {
  switch (condition.kind) {
    case 'known':
      return new Uint8Array(count).fill(condition.mask);
    case 'atom':
      return ofAtom(condition.atom);
    case 'not':
      return masksOf(condition.operand, count, ofAtom).map(exchanged);
    case 'and':
    case 'or': {
      const masks = condition.operands.map((operand) => masksOf(operand, count, ofAtom));
      return masks.reduce(condition.kind === 'and' ? both : either);
    }
  }
}

const exchanged = (mask: number): number => ((mask & CAN_BE_TRUE) << 1) | ((mask & CAN_BE_FALSE) >> 1);

const both = (a: Uint8Array, b: Uint8Array): Uint8Array =>
  a.map((mask, i) => (mask & b[i]! & CAN_BE_TRUE) | ((mask | b[i]!) & CAN_BE_FALSE));

const either = (a: Uint8Array, b: Uint8Array): Uint8Array =>
  a.map((mask, i) => ((mask | b[i]!) & CAN_BE_TRUE) | (mask & b[i]! & CAN_BE_FALSE));

/** Whatever the atoms say, it can be true: `least` is the mask of an atom that excludes as much as it ever can. */
export function excludesNothing<Atom>(condition: Condition<Atom>, least: (atom: Atom) => number): boolean {
  const [mask] = masksOf(condition, 1, (one) => Uint8Array.of(least(one)));
  return (mask! & CAN_BE_TRUE) !== 0;
}

/** The condition with other atoms in the place of its own. */
export function mapAtoms<From, To>(condition: Condition<From>, f: (atom: From) => To): Condition<To> {
  switch (condition.kind) {
    case 'known':
      return condition;
    case 'atom':
      return atom(f(condition.atom));
    case 'not':
      return { kind: 'not', operand: mapAtoms(condition.operand, f) };
    default:
      return { kind: condition.kind, operands: condition.operands.map((operand) => mapAtoms(operand, f)) };
  }
}
