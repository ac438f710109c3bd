// session.ts — which settings and database a statement runs with, and what SET and USE leave behind.

import { WinnowError } from '../base/errors.ts';
import { withSettings } from './settings.ts';
import { kindOf } from './statement-kind.ts';
import type { LiteralValue, Setting, Statement } from '../sql/ast.ts';
import type { SessionState } from './api.ts';
import type { Settings, SettingInputs, SettingValue } from './settings.ts';

/** `base` with a SETTINGS clause over it. Errors: as `withSettings`; READONLY under readonly = 1. */
export function withClause(base: Settings, clause: readonly Setting[]): Settings {
  let settings = base;
  for (const setting of clause) {
    if (base.readonly > 0 && (base.readonly === 1 || setting.name === 'readonly')) {
      throw new WinnowError('READONLY', `Cannot modify '${setting.name}' setting in readonly mode`, {
        position: setting.position,
      });
    }
    settings = withSettings(
      settings,
      { [setting.name]: settingValue(setting.value) },
      'query',
      setting.position,
    );
  }
  return settings;
}

/** Settings after SET, as the session keeps them. */
export function sessionAfterSet(
  session: SessionState,
  clause: readonly Setting[],
  base: Settings,
): SessionState {
  withClause(base, clause);
  const added: Record<string, SettingValue> = {};
  for (const { name, value } of clause) added[name] = settingValue(value);
  return { ...session, settings: { ...session.settings, ...added } satisfies SettingInputs };
}

/** What a session keeps of the state after a statement: what the statement changed, not what its request asked for. */
export function keepChanges(before: SessionState, after: SessionState, asked: SessionState): SessionState {
  const settings = { ...before.settings };
  for (const [name, value] of Object.entries(after.settings)) {
    if (asked.settings[name] !== value) settings[name] = value;
  }
  const database = after.database === asked.database ? before.database : after.database;
  return { ...before, database, settings };
}

function settingValue(value: LiteralValue): SettingValue {
  switch (value.kind) {
    case 'number':
      return value.text;
    case 'string':
    case 'boolean':
      return value.value;
    case 'null':
      return '';
  }
}

/** The SETTINGS clause of a statement; data definition has its own kind of settings. */
export function settingsClause(statement: Statement): readonly Setting[] {
  switch (statement.kind) {
    case 'select':
    case 'insert':
    case 'update':
    case 'delete':
    case 'optimize':
    case 'checkTable':
    case 'checkIndexTable':
    case 'repairIndexTable':
      return statement.settings;
    case 'explain':
      return settingsClause(statement.statement);
    default:
      return [];
  }
}

/** Errors: READONLY when the statement changes anything, be it the session. */
export function checkReadonly(statement: Statement): void {
  switch (kindOf(statement)) {
    case 'select':
    case 'explain':
    case 'show':
    // A transaction may do nothing but read; COMMIT refuses writes itself.
    case 'transaction':
      return;
    case 'session':
      if (statement.kind === 'use') return;
  }
  throw new WinnowError('READONLY', 'Cannot execute query in readonly mode', {
    position: statement.position,
  });
}
