import type { AccessDecision, StatementName } from './access-decision.ts';
import type { AccessRequest } from './access-request.ts';
import { compileNames } from './name-matcher.ts';
import { parsePolicy } from './parse-policy.ts';
import type { PolicyKind, Statement } from './parse-statement.ts';
import { POLICY_ACTION_NAMES } from './policy-action.ts';
import type { PolicyDocument } from './policy-document.ts';

export interface PolicyOptions {
  readonly kind: PolicyKind;
  /**
   * Whether an Allow may name actions by `*` and `?`. Such a statement also allows what a later
   * version adds, so production documents list their actions.
   * @defaultValue 'refuse'
   */
  readonly wildcardActions?: 'accept' | 'refuse';
}

/** A statement as it is asked for one request after the other. */
export interface CompiledStatement {
  readonly name: StatementName;
  /** What is answered when it decides; made once, since most answers are the same. */
  readonly decision: AccessDecision;
  applies(request: AccessRequest, resource: string): boolean;
}

/** A document that was checked, sorted by what is asked of it. Positions are those of actions. */
export interface CompiledPolicy {
  readonly kind: PolicyKind;
  readonly id: string | undefined;
  readonly statements: readonly Statement[];
  readonly denies: readonly (readonly CompiledStatement[])[];
  readonly allows: readonly (readonly CompiledStatement[])[];
  /** Statements that leave the decision to identity policies. */
  readonly delegates: readonly (readonly CompiledStatement[])[];
}

function compileApplies(statement: Statement): CompiledStatement['applies'] {
  const { conditions, principals } = statement;
  const { patterns, inverted } = statement.resources;
  const names = principals.type === 'names' ? compileNames(principals.patterns) : () => true;
  const resources = compileNames(patterns);
  return (request, resource) => {
    if (!names(request.principal.id) || resources(resource) === inverted) return false;
    for (const condition of conditions) if (!condition.holds(request)) return false;
    return true;
  };
}

function compileStatement(
  statement: Statement,
  source: NonNullable<AccessDecision['source']>,
): CompiledStatement {
  const name = statement.sid ?? statement.index;
  const allowed = statement.effect === 'Allow';
  const reason = allowed ? 'allow' : 'explicit-deny';
  const decision = Object.freeze({ allowed, reason, source, statement: name } as const);
  return { name, decision, applies: compileApplies(statement) };
}

type Role = 'denies' | 'allows' | 'delegates';

function roleOf({ effect, principals }: Statement): Role {
  if (effect === 'Deny') return 'denies';
  return principals.type === 'names' ? 'allows' : 'delegates';
}

/**
 * Checks a document and prepares it for {@link decideAccess}.
 *
 * @throws `ERR_POLICY_MALFORMED`
 */
export function compilePolicy(
  document: string | PolicyDocument,
  options: PolicyOptions,
): CompiledPolicy {
  const { kind, wildcardActions = 'refuse' } = options;
  const { id, statements } = parsePolicy(document, { kind, wildcardActions });
  const source = Object.freeze(id === undefined ? { type: kind } : { type: kind, id });
  const compiled = statements.map((statement) => ({
    role: roleOf(statement),
    actions: statement.actions,
    compiled: compileStatement(statement, source),
  }));
  const byAction = (role: Role) =>
    POLICY_ACTION_NAMES.map((_, number) =>
      compiled
        .filter((statement) => statement.role === role && statement.actions.has(number))
        .map((statement) => statement.compiled),
    );
  const [denies, allows, delegates] = [
    byAction('denies'),
    byAction('allows'),
    byAction('delegates'),
  ];
  return Object.freeze({ kind, id, statements, denies, allows, delegates });
}

/**
 * Checks a document without keeping it: for tests of an application, and before it is put.
 *
 * @throws `ERR_POLICY_MALFORMED`; its message has the path to the bad element.
 *
 * @example
 * ```ts
 * import { checkPolicy } from '@fieldseal/core';
 *
 * checkPolicy(
 *   {
 *     Version: '2012-10-17',
 *     Statement: {
 *       Sid: 'Read',
 *       Effect: 'Allow',
 *       Principal: { Fieldseal: 'service/api' },
 *       Action: 'fieldseal:Decrypt',
 *       Resource: '*',
 *       Condition: { StringEquals: { 'fieldseal:EncryptionContext:tenant': 't1' } },
 *     },
 *   },
 *   { kind: 'key-policy' },
 * );
 * ```
 */
export function checkPolicy(document: string | PolicyDocument, options: PolicyOptions): void {
  compilePolicy(document, options);
}
