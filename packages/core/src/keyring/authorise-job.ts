import type { AuditTrail } from '../audit/audit-trail.ts';
import { failureFacts } from '../audit/failure-facts.ts';
import { findKey } from './find-key.ts';
import type { JobRight } from './job-right.ts';
import { decisionName, type KmsParts } from './kms/kms-parts.ts';
import { invalidRequest, oneOf } from './kms/request.ts';

/** Holds a job to the right that it takes on each of these keys. */
export type AuthoriseJob = (right: JobRight, keys: readonly string[]) => void;

const RIGHTS: readonly JobRight[] = ['StartReEncrypt', 'CountLiveCells'];

export function createAuthoriseJob(options: {
  readonly parts: Pick<KmsParts, 'access' | 'control'>;
  readonly trail: Pick<AuditTrail, 'check' | 'record'>;
}): AuthoriseJob {
  const { parts, trail } = options;
  const { access, control } = parts;

  return (right, keys) => {
    const operation = oneOf('right', right, RIGHTS);
    if (!Array.isArray(keys)) throw invalidRequest('keys', 'Must be a list of ids or aliases');
    const principal = access.principals.current();
    trail.check();
    const use = { principal, action: operation, readOnly: true };
    const snapshot = control.snapshot();
    for (const named of new Set<string>(keys)) {
      // a key that is made on first use has no cells before that
      if (named.startsWith('alias/') && !snapshot.aliases.has(named)) continue;
      try {
        const key = findKey(snapshot, named);
        const decision = decisionName(access.rights(snapshot, { operation, key, named }));
        trail.record({ ...use, keyId: key.id, decision });
      } catch (error) {
        trail.record({ ...use, ...failureFacts(error) });
        throw error;
      }
    }
  };
}
