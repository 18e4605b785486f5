import type { AuditTrail } from '../audit/audit-trail.ts';
import { failureFacts } from '../audit/failure-facts.ts';
import type { DataKeyBook, DataKeyDescription } from './data-key-book.ts';
import type { KmsParts } from './kms/kms-parts.ts';

/** Looks up data keys for whoever may describe the keys above them. */
export type DescribeDataKeys = (ids: readonly string[]) => Promise<readonly DataKeyDescription[]>;

const ACTION = 'DescribeKey';

/**
 * The book behind the checks that every look at a key passes: who asks, whether they may, for each of
 * the keys, and the trail of it.
 */
export function createDescribeDataKeys(options: {
  readonly book: DataKeyBook;
  readonly parts: Pick<KmsParts, 'access' | 'control'>;
  readonly trail: Pick<AuditTrail, 'check' | 'record'>;
}): DescribeDataKeys {
  const { book, parts, trail } = options;
  const { access, control } = parts;

  function record(
    principal: string,
    facts: { readonly operations: number; readonly keyId?: string; readonly errorCode?: string },
  ): void {
    trail.record({ principal, action: ACTION, readOnly: true, ...facts });
  }

  function authorise(principal: string, described: readonly DataKeyDescription[]): void {
    const snapshot = control.snapshot();
    const counts = new Map<string, number>();
    for (const { keyId } of described) counts.set(keyId, (counts.get(keyId) ?? 0) + 1);
    for (const [keyId, count] of counts) {
      const key = snapshot.keys.get(keyId);
      // the book has checked that there is one
      if (key === undefined) continue;
      access.key(snapshot, { operation: ACTION, key });
      record(principal, { keyId, operations: count });
    }
  }

  return async (ids) => {
    const principal = access.principals.current();
    trail.check();
    try {
      const described = await book.describe(ids);
      authorise(principal, described);
      return described;
    } catch (error) {
      record(principal, { operations: 1, ...failureFacts(error) });
      throw error;
    }
  };
}
