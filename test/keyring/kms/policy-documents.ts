import {
  POLICY_ACTION_NAMES,
  POLICY_ACTIONS,
} from '../../../packages/core/src/policy/policy-action.ts';

interface Parts {
  /** May do everything with the key. */
  readonly admin: string;
  /** By principal: actions that are allowed besides. */
  readonly allow?: Readonly<Record<string, readonly string[]>>;
  readonly deny?: Readonly<Record<string, readonly string[]>>;
}

const named = (actions: readonly string[]) => actions.map((action) => `fieldseal:${action}`);
const ALL = POLICY_ACTION_NAMES.filter((name) => POLICY_ACTIONS[name].on.includes('key'));

function statements(effect: 'Allow' | 'Deny', by: Parts['allow'] = {}) {
  return Object.entries(by).map(([principal, actions]) => ({
    Sid: `${effect}${principal.replaceAll(/[^A-Za-z0-9]/g, '')}`,
    Effect: effect,
    Principal: { Fieldseal: principal },
    Action: named(actions),
    Resource: '*',
  }));
}

/** A key policy as JSON. */
export function policyFor({ admin, allow, deny }: Parts): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [...statements('Allow', { [admin]: ALL, ...allow }), ...statements('Deny', deny)],
  });
}
