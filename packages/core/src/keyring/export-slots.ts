import type { AuditTrail } from '../audit/audit-trail.ts';
import { slotLine } from '../keys/slot-line.ts';
import { authoriseExport } from './authorise-export.ts';
import { decisionName, type KmsParts } from './kms/kms-parts.ts';

/** Lines of all slots, for whoever may keep them. */
export type ExportSlots = () => readonly string[];

/** Whether what `slotsFrom` has is what the store would need. */
export type SlotBackup = 'absent' | 'current' | 'stale';

const ACTION = 'ExportSlots';

type Parts = Pick<KmsParts, 'access' | 'control'>;

const linesOf = ({ control }: Parts): readonly string[] =>
  control.snapshot().slots.map(({ row }) => slotLine(row));

export function createExportSlots(options: {
  readonly parts: Parts;
  readonly trail: Pick<AuditTrail, 'check' | 'record'>;
}): ExportSlots {
  const { parts, trail } = options;
  const { access, control } = parts;
  return () => {
    authoriseExport({ trail, principals: access.principals }, ACTION, () => ({
      decision: decisionName(access.service(control.snapshot(), { operation: ACTION })),
    }));
    return linesOf(parts);
  };
}

/** As of the last look at the store. */
export function slotBackup(parts: Parts, kept: readonly string[] | undefined): SlotBackup {
  if (kept === undefined) return 'absent';
  const now = linesOf(parts);
  return now.length === kept.length && now.every((line) => kept.includes(line))
    ? 'current'
    : 'stale';
}
