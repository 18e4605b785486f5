import { latin1 } from '../../bytes/latin1.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ApprovalRecord } from '../../keys/approval-records.ts';
import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import { type CompiledPolicy, compilePolicy } from '../../policy/compile-policy.ts';
import { findWidening } from '../../policy/find-widening.ts';
import { DEFAULT_KEY_POLICY } from './default-policies.ts';
import { creationName, isMadeWithPolicy } from './policy-at-creation.ts';
import { signedPolicy } from './signed-content.ts';

/** What the policies of keys may give at most without a new signature. */
export interface PolicyCeilings {
  /** After a restore that two have accepted: what is in force is told by the rows again. */
  forget(): void;
  /** Looks at the policies of a new state, after its signatures were verified. */
  learn(snapshot: ControlSnapshot): void;
  /**
   * Whether a policy gives no more than what is in force for the key.
   * @param document - `undefined` is the policy that every key starts with.
   */
  permits(keyId: string, document: string | undefined): boolean;
}

/** What was seen of the policy of one key. */
interface Held {
  readonly document: string | undefined;
  /** Names the signature that was there. */
  readonly signature: string | undefined;
  /** `undefined`: nothing. */
  readonly ceiling: CompiledPolicy | undefined;
  /** Whether the document is within it. */
  readonly holds: boolean;
}

const MAX_COMPILED = 1000;

function isWithin(ceiling: CompiledPolicy | undefined, policy: CompiledPolicy): boolean {
  return ceiling === policy || findWidening(ceiling, policy) === undefined;
}

/** Nothing for a document that is malformed, or of a later release: its key is of no use here, others are. */
function orNothing(compile: () => CompiledPolicy | undefined): CompiledPolicy | undefined {
  try {
    return compile();
  } catch (error) {
    if (error instanceof FieldsealError && error.code === 'ERR_POLICY_MALFORMED') return undefined;
    throw error;
  }
}

export function createPolicyCeilings(
  isValid: (approval: ApprovalRecord) => boolean,
): PolicyCeilings {
  let all: ReadonlyMap<string, Held> = new Map();
  const known = new Map<string, CompiledPolicy>();

  function compiled(document: string): CompiledPolicy {
    const seen = known.get(document);
    if (seen !== undefined) return seen;
    const policy = compilePolicy(document, { kind: 'key-policy' });
    if (known.size >= MAX_COMPILED) known.clear();
    known.set(document, policy);
    return policy;
  }

  /** What was signed last, or given when the key was made, or what every key starts with. */
  function firstCeiling(
    { approvals }: ControlSnapshot,
    keyId: string,
    approval: ApprovalRecord | undefined,
  ): CompiledPolicy | undefined {
    const creation = isMadeWithPolicy(keyId) ? approvals.get(creationName(keyId)) : undefined;
    const given = approval ?? creation;
    if (given !== undefined)
      return isValid(given) ? compiled(signedPolicy(given.content)) : undefined;
    return isMadeWithPolicy(keyId) ? undefined : compiled(DEFAULT_KEY_POLICY);
  }

  function held(snapshot: ControlSnapshot, keyId: string, before: Held | undefined): Held {
    const document = snapshot.policies.get(keyId);
    const approval = snapshot.approvals.get(`policy/${keyId}`);
    const signature = approval && `${approval.proposedAt} ${latin1(approval.signature)}`;
    const isKnown = before !== undefined && before.signature === signature;
    if (isKnown && before.document === document) return before;
    const ceiling = isKnown
      ? before.ceiling
      : orNothing(() => firstCeiling(snapshot, keyId, approval));
    const policy = orNothing(() => compiled(document ?? DEFAULT_KEY_POLICY));
    const holds = policy !== undefined && isWithin(ceiling, policy);
    // what gives less is the measure from then on, for as long as this process remembers it
    return { document, signature, ceiling: holds ? policy : ceiling, holds };
  }

  return {
    forget() {
      all = new Map();
    },
    learn(snapshot) {
      const next = new Map<string, Held>();
      for (const keyId of snapshot.keys.keys())
        next.set(keyId, held(snapshot, keyId, all.get(keyId)));
      all = next;
    },
    permits(keyId, document) {
      const seen = all.get(keyId);
      if (seen === undefined) return false;
      if (seen.document === document) return seen.holds;
      return isWithin(seen.ceiling, compiled(document ?? DEFAULT_KEY_POLICY));
    },
  };
}
