import type { AuditTrail } from '../audit/audit-trail.ts';
import type { Clock } from '../cache/clock.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSession } from './control-session.ts';
import type { Reach, ReachedUse } from './reach.ts';
import { SERVICE_PRINCIPAL } from './service-principal.ts';

/** Asked before keys are used: whether what is known of them is new enough. */
export interface StoreGate {
  /**
   * @returns `undefined` when nothing has to be waited for, as nearly always
   * @throws `ERR_STORE_UNAVAILABLE`, and what a look at the store finds
   */
  pass(uses: readonly ReachedUse[]): Promise<void> | undefined;
  /** Whether it would let this pass now, without asking the store. */
  isOpen(use: ReachedUse): boolean;
}

const ACTIONS = { open: 'OpenWithoutStore', seal: 'SealWithoutStore' } as const;
const RETRY_MS = 1000;

export function createStoreGate(options: {
  readonly control: Pick<ControlSession, 'poll' | 'pollAnew'>;
  readonly reach: Reach;
  readonly clock: Clock;
  /** Whether every use looks at the store first. */
  readonly strict: boolean;
  readonly trail: Pick<AuditTrail, 'record'>;
}): StoreGate {
  const { control, reach, clock, strict, trail } = options;
  const reported = new Set<ReachedUse>();
  let failedAt: number | undefined;

  /** Looks at the store because too long nobody did; once a second, whoever calls. */
  async function look(): Promise<void> {
    if (failedAt !== undefined && clock.monotonic() - failedAt < RETRY_MS) {
      const message = 'The key store has been away for longer than keys are used without it';
      throw new FieldsealError('ERR_STORE_UNAVAILABLE', message);
    }
    try {
      await control.poll();
      failedAt = undefined;
    } catch (error) {
      failedAt = clock.monotonic();
      throw error;
    }
  }

  /** One entry for each outage and each thing that went on in it. */
  function report(uses: readonly ReachedUse[]): void {
    for (const use of uses) {
      if (reported.has(use)) continue;
      reported.add(use);
      trail.record({ principal: SERVICE_PRINCIPAL, action: ACTIONS[use], readOnly: true });
    }
  }

  function isOpen(use: ReachedUse): boolean {
    return strict ? !reach.isAway() : reach.mayStill(use);
  }

  return {
    isOpen,
    pass(uses) {
      if (uses.length === 0) return undefined;
      // a look that began before this call may have missed a change that was there when it began
      if (strict) return control.pollAnew();
      if (!uses.every(reach.mayStill)) return look();
      if (reach.isAway()) report(uses);
      else reported.clear();
      return undefined;
    },
  };
}
