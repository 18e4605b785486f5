import type { ProposalRecord } from '../../keys/approval-records.ts';
import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import { POLICY_ACTIONS } from '../../policy/policy-action.ts';
import { authoriseField } from '../authorise-field.ts';
import type { KeyAccess } from './access.ts';
import { requireOnEveryKey } from './every-key.ts';
import { EXPLAINED_MEMBERS, explainedFacts } from './explained-request.ts';
import { type KmsParts, namedKey } from './kms-parts.ts';
import type { ProposableOperation } from './proposable.ts';
import { revived, signedPhase } from './signed-content.ts';

/** What conditions can ask of a proposed call, out of its parameters. */
function factsOf(
  { primitives }: KmsParts,
  operation: ProposableOperation,
  { keyId, content }: ProposalRecord,
): NonNullable<KeyAccess['facts']> {
  const asked = Object.entries(revived(content)).filter(([name]) =>
    EXPLAINED_MEMBERS.includes(name),
  );
  const call = { keyId, now: primitives.clock.now() };
  return explainedFacts(operation, Object.fromEntries(asked), call);
}

/**
 * Holds the caller to the right to do themselves what was proposed: on all that it is about, and with
 * what conditions ask of it.
 * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`
 */
export function requireRightOf(
  parts: KmsParts,
  snapshot: ControlSnapshot,
  proposal: ProposalRecord,
): void {
  const { access } = parts;
  const { keyId, content } = proposal;
  const operation = proposal.operation as ProposableOperation;
  if (operation === 'RotateRootKey' || operation === 'RemoveSlot')
    access.service(snapshot, { operation });
  else if (operation === 'SetPhase') {
    const fieldId = signedPhase(content)?.FieldId ?? '';
    authoriseField(parts, snapshot, { right: operation, fieldId, keyId });
  } else if (operation === 'Shred') requireOnEveryKey(parts, snapshot, operation);
  else {
    const key = namedKey(snapshot, 'KeyId', keyId, 'id only');
    const facts = factsOf(parts, operation, proposal);
    const isOfAlias = POLICY_ACTIONS[operation].on.includes('alias');
    const alias = isOfAlias ? { alias: String(revived(content).AliasName) } : {};
    access.rights(snapshot, { operation, key, facts, ...alias });
    const loser = snapshot.aliases.get(alias.alias ?? '')?.keyId;
    if (operation !== 'UpdateAlias' || loser === undefined || loser === keyId) return;
    const source = namedKey(snapshot, 'KeyId', loser, 'id only');
    access.rights(snapshot, { operation, key: source, facts, ...alias });
  }
}
