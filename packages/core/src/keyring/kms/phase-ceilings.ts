import { latin1 } from '../../bytes/latin1.ts';
import type { ApprovalRecord } from '../../keys/approval-records.ts';
import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import { type FieldPhase, stricterPhase } from '../../keys/field-phase.ts';
import { phaseName, signedPhase } from './signed-content.ts';

/** How much plaintext the phases of fields may let through without a new signature. */
export interface PhaseCeilings {
  /** After a restore that two have accepted: what is in force is told by the rows again. */
  forget(): void;
  /** Looks at the phases of a new state, after its signatures were verified. */
  learn(snapshot: ControlSnapshot): void;
  /** The phase of a field that counts here: the stored one, or a stricter one that nobody signed away. */
  inForce(fieldId: string, stored: FieldPhase): FieldPhase;
}

interface Held {
  readonly phase: FieldPhase;
  /** Names the signature that was there. */
  readonly signature: string | undefined;
}

export function createPhaseCeilings(isValid: (approval: ApprovalRecord) => boolean): PhaseCeilings {
  let all: ReadonlyMap<string, Held> = new Map();

  function held(snapshot: ControlSnapshot, fieldId: string): Held {
    const stored = snapshot.phases.get(fieldId)?.phase ?? 'sealed';
    const found = snapshot.approvals.get(phaseName(fieldId));
    const approval = found !== undefined && isValid(found) ? found : undefined;
    const signature = approval && `${approval.proposedAt} ${latin1(approval.signature)}`;
    const before = all.get(fieldId);
    const isStricter = before === undefined || stricterPhase(before.phase, stored) === stored;
    if (isStricter) return { phase: stored, signature };
    // a signature serves the step that it was given for, and what is stricter than that
    const isNew = approval !== undefined && signature !== before.signature;
    const signed = isNew ? signedPhase(approval.content)?.Phase : undefined;
    const isSigned = signed !== undefined && stricterPhase(signed, stored) === stored;
    return isSigned ? { phase: stored, signature } : before;
  }

  return {
    forget() {
      all = new Map();
    },
    learn(snapshot) {
      const names = [...snapshot.registry.keys()];
      all = new Map(names.map((fieldId) => [fieldId, held(snapshot, fieldId)]));
    },
    inForce: (fieldId, stored) => all.get(fieldId)?.phase ?? stored,
  };
}
