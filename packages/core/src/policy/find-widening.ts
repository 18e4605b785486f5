import type { StatementName } from './access-decision.ts';
import type { CompiledPolicy } from './compile-policy.ts';
import type { Statement } from './parse-statement.ts';
import { statementCovers } from './statement-covers.ts';

/** What in a change of a policy may give somebody a right. */
export interface Widening {
  /** An Allow of the new document that nothing of the old one covers, or a Deny that is gone. */
  readonly effect: 'Allow' | 'Deny';
  /** Sid or position: of the new document for an Allow, of the old one for a Deny. */
  readonly statement: StatementName;
}

/** A statement for each of its principals and resources, so that several can cover it together. */
function parts(statement: Statement): readonly Statement[] {
  const { principals, resources } = statement;
  const who =
    principals.type === 'names'
      ? principals.patterns.map((pattern) => ({ ...principals, patterns: [pattern] }))
      : [principals];
  const what = resources.inverted
    ? [resources]
    : resources.patterns.map((pattern) => ({ ...resources, patterns: [pattern] }));
  return who.flatMap((one) =>
    what.map((other) => ({ ...statement, principals: one, resources: other })),
  );
}

function isCovered(part: Statement, others: readonly Statement[]): boolean {
  const left = new Set(part.actions);
  for (const other of others) {
    if (statementCovers(other, part)) for (const action of other.actions) left.delete(action);
  }
  return left.size === 0;
}

function findUncovered(
  effect: Widening['effect'],
  statements: readonly Statement[],
  others: readonly Statement[],
): Widening | undefined {
  const candidates = others.filter((other) => other.effect === effect);
  const found = statements.find(
    (statement) =>
      statement.effect === effect && !parts(statement).every((part) => isCovered(part, candidates)),
  );
  return found && { effect, statement: found.sid ?? found.index };
}

/**
 * Whether a change of a policy gives anybody a right that the old one did not give, for the rule
 * of four eyes. Careful: what it cannot tell widens. `undefined` stands for no document, as
 * `before` of a new policy and as `after` of one that is taken away.
 *
 * @returns the first statement that may widen, or `undefined` when nothing does
 */
export function findWidening(
  before: CompiledPolicy | undefined,
  after: CompiledPolicy | undefined,
): Widening | undefined {
  const old = before?.statements ?? [];
  const next = after?.statements ?? [];
  return findUncovered('Allow', next, old) ?? findUncovered('Deny', old, next);
}
