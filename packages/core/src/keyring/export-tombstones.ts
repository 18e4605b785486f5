import type { AuditTrail } from '../audit/audit-trail.ts';
import { tombstoneLine } from '../keys/tombstone-line.ts';
import { authoriseExport } from './authorise-export.ts';
import { requireOnEveryKey } from './kms/every-key.ts';
import type { KmsParts } from './kms/kms-parts.ts';

/** Lines of all tombstones, for whoever may shred. */
export type ExportTombstones = () => readonly string[];

const ACTION = 'ExportTombstones';

/** The lines name everybody who was shredded: it takes the right that `listShreds` takes. */
export function createExportTombstones(options: {
  readonly parts: Pick<KmsParts, 'access' | 'control'>;
  readonly trail: Pick<AuditTrail, 'check' | 'record'>;
}): ExportTombstones {
  const { parts, trail } = options;
  const { access, control } = parts;
  return () => {
    const snapshot = control.snapshot();
    authoriseExport({ trail, principals: access.principals }, ACTION, () => {
      requireOnEveryKey(parts, snapshot, 'Shred');
      return {};
    });
    return snapshot.rows.filter(({ table }) => table === 'tombstone').map(tombstoneLine);
  };
}
