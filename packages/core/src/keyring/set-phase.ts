import { FieldsealError } from '../errors/fieldseal-error.ts';
import { EVERY_KEY } from '../keys/approval-records.ts';
import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import { type FieldPhase, isFieldPhase, phasesAfter, stricterPhase } from '../keys/field-phase.ts';
import { authoriseField, type FieldDecision } from './authorise-field.ts';
import { type ApprovalSubject, approvalRequired } from './kms/approvals.ts';
import { changeFacts, type KeyEdit, type KmsParts } from './kms/kms-parts.ts';
import { boundedText, checkMembers } from './kms/request.ts';

/** A step of a field, as it is proposed and signed. */
export interface SetPhaseRequest {
  readonly FieldId: string;
  readonly Phase: FieldPhase;
}

/** Moves a field one step. */
export type SetPhase = (fieldId: string, phase: FieldPhase) => Promise<void>;

const ACTION = 'SetPhase';

/** What a step writes, and what an approval of it is in force for. */
export interface PhaseEdit extends FieldDecision {
  readonly edit: KeyEdit;
  readonly details: Readonly<Record<string, string>>;
  readonly subject: ApprovalSubject;
}

/**
 * Checked edit of `setPhase`. A step to a phase that lets more plaintext through takes two: what is stored
 * or read in the clear afterwards no policy of a key protects any more.
 * @param change.keyId - The key that the step was signed for.
 */
export function phaseEdit(
  parts: KmsParts,
  change: {
    readonly snapshot: ControlSnapshot;
    readonly request: SetPhaseRequest;
    readonly approved: boolean;
    readonly keyId?: string;
  },
): PhaseEdit {
  const { snapshot, request, approved, keyId } = change;
  checkMembers(request, ['FieldId', 'Phase']);
  const { Phase: phase } = request;
  const fieldId = boundedText('FieldId', request.FieldId, 1, 256);
  checkPhase(phase);
  parts.access.principals.current();
  const from = storedPhase(snapshot, fieldId);
  const signed = keyId === undefined ? {} : { keyId };
  const decided = authoriseField(parts, snapshot, { right: ACTION, fieldId, ...signed });
  const details = { field: fieldId, from, to: phase };
  const subject = { type: 'phase', id: fieldId, keyId: decided.keyId } as const;
  if (from === phase) return { ...decided, details, subject, edit: null };
  if (!phasesAfter(from).includes(phase)) throw noStep(fieldId, from, phase);
  const isLooser = stricterPhase(from, phase) === from;
  if (isLooser && parts.approvals.required && !approved) {
    throw approvalRequired(decided.keyId, ACTION);
  }
  const put = [parts.rows.phase(fieldId, phase)];
  return { ...decided, details, subject, edit: { put } };
}

export function createSetPhase(parts: KmsParts): SetPhase {
  return async (FieldId, Phase) => {
    checkPhase(Phase);
    const request = { FieldId, Phase };
    await parts.control.change((snapshot) => {
      const { edit, keyId, decision, details } = phaseEdit(parts, {
        snapshot,
        request,
        approved: false,
      });
      if (edit === null) return null;
      const key = keyId === EVERY_KEY ? {} : { keyId };
      const facts = { operation: ACTION, ...key, decision, details };
      return { ...edit, audit: changeFacts(parts, facts) };
    });
  };
}

/** @throws `ERR_FIELD_UNKNOWN` for a field that was never registered */
function storedPhase(snapshot: ControlSnapshot, fieldId: string): FieldPhase {
  if (snapshot.registry.has(fieldId)) return snapshot.phases.get(fieldId)?.phase ?? 'sealed';
  const message = `The key store's registry has no field ${fieldId}`;
  throw new FieldsealError('ERR_FIELD_UNKNOWN', message, { field: fieldId });
}

function checkPhase(phase: string): void {
  if (isFieldPhase(phase)) return;
  const message = 'A phase is plain, migrating, sealed or leaving';
  throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'phase' });
}

function noStep(fieldId: string, from: FieldPhase, to: FieldPhase): FieldsealError {
  const allowed = phasesAfter(from).join(' or ');
  const message = `${fieldId} is ${from}: from there it becomes ${allowed}, not ${to}`;
  return new FieldsealError('ERR_PHASE_CHANGE', message, { field: fieldId, reason: from });
}
