import type { AuditTrail } from '../audit/audit-trail.ts';
import { createAuditTrail } from '../audit/create-audit-trail.ts';
import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import { type ControlSession, createControlSession } from './control-session.ts';
import type { KeyringLimits, KeyringOptions } from './keyring-options.ts';
import { type Approvals, createApprovals } from './kms/approvals.ts';
import { createApprovers } from './kms/approvers.ts';
import { microseconds, type Primitives, randomUuid } from './primitives.ts';
import { createReach, type Reach } from './reach.ts';
import { createRootKeeper, type RootKeeper } from './root-keeper.ts';
import type { UnlockedStore } from './unlock-store.ts';

/** The verified control rows of a keyring, who approves changes of them, and the trail of these. */
export interface Control {
  readonly trail: AuditTrail;
  readonly approvals: Approvals;
  readonly control: ControlSession;
  /** Whether the store answers. */
  readonly reach: Reach;
  readonly keeper: RootKeeper;
}

export async function createControl(
  primitives: Primitives,
  options: KeyringOptions,
  limits: KeyringLimits,
  { rootKey, secrets, snapshot: initial }: UnlockedStore,
): Promise<Control> {
  const { store, environment, anchor } = options;
  const { engine, random, clock } = primitives;
  const trail = createAuditTrail({
    store,
    engine,
    secrets,
    clock,
    environment,
    processId: randomUuid(random),
    ...(options.audit === undefined ? {} : { options: options.audit }),
  });
  const approvers = createApprovers(options.access?.approvers);
  const approvals = createApprovals(approvers, { pin: secrets.pin, environment });
  const keeper = createRootKeeper({
    primitives,
    environment,
    roots: options.roots,
    ring: rootKey,
    deadlineMs: limits.rootDeadlineMs,
  });
  const learn = async (snapshot: ControlSnapshot): Promise<() => void> => {
    const letCount = await approvals.learn(snapshot);
    await keeper.learn(snapshot);
    return letCount;
  };
  const letCount = await learn(initial);
  letCount();
  const reach = createReach({ clock, ...limits });
  const control = createControlSession({
    store,
    secrets,
    anchor,
    initial,
    learn,
    trail,
    reach,
    now: () => microseconds(clock),
  });
  return { trail, approvals, control, reach, keeper };
}
