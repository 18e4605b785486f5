import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { SlotRecord } from '../keys/control-snapshot.ts';
import type { Root } from '../keys/root.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { describeSlot, type SlotDescription } from './describe-slot.ts';
import { checkRoot } from './keyring-options.ts';
import type { KmsParts } from './kms/kms-parts.ts';
import { checkMembers, invalidRequest } from './kms/request.ts';
import { rootFailure } from './root-failure.ts';
import { withSlot } from './root-slot.ts';
import { authoriseSlotChange, namedSlot } from './slot-change.ts';

/** One of both. */
export interface TestSlotRequest {
  /** Opened by a root of this keyring. */
  readonly slotId?: string;
  /** Opens its own slot; it need not be a root of this keyring. */
  readonly root?: Root;
}

/** Opens a slot, and says in it that it was opened. */
export type TestSlot = (request: TestSlotRequest) => Promise<SlotDescription>;

const ACTION = 'TestSlot';

export function createTestSlot(options: {
  readonly parts: KmsParts;
  readonly secrets: Pick<StoreSecrets, 'sealRow'>;
  readonly roots: readonly Root[];
  readonly development: boolean;
  readonly observed: (root: Root) => Root;
}): TestSlot {
  const { parts, secrets, development, observed } = options;
  const { control, primitives, environment, time } = parts;

  /** @throws `ERR_WRONG_ROOT`, `ERR_ROOT_UNAVAILABLE`, and what else a root says */
  async function openAny(
    slots: readonly SlotRecord[],
    roots: readonly Root[],
  ): Promise<SlotRecord> {
    let failure: unknown;
    for (const slot of slots) {
      for (const root of roots.filter(({ kind }) => kind === slot.kind)) {
        try {
          const opening = { root, slot, environment };
          // what comes back was compared with the commitment in the slot
          if (await withSlot(primitives, opening, () => true)) return slot;
        } catch (error) {
          failure ??= error;
        }
      }
    }
    if (failure !== undefined) throw rootFailure(failure);
    const message = 'The root opens no slot of this store, or no root here opens the slot';
    throw new FieldsealError('ERR_WRONG_ROOT', message);
  }

  return async (request) => {
    checkMembers(request, ['slotId', 'root']);
    const { slotId, root } = request;
    if ((slotId === undefined) === (root === undefined)) {
      throw invalidRequest('slotId', 'Give either a slot or a root');
    }
    if (root !== undefined) checkRoot('root', root, development);
    await control.poll();
    const before = control.snapshot();
    authoriseSlotChange(parts, before, ACTION);
    const asked = root === undefined ? [namedSlot(before, slotId)] : before.slots;
    const opened = await openAny(asked, root === undefined ? options.roots : [observed(root)]);
    const testedAt = await time.shared();
    await control.change((snapshot) => {
      const factsOf = authoriseSlotChange(parts, snapshot, ACTION);
      const slot = namedSlot(snapshot, opened.id);
      const put = [secrets.sealRow('slot', { ...slot.row.columns, tested_at: testedAt })];
      return { put, audit: factsOf(slot) };
    });
    return describeSlot({ ...opened, testedAt }, testedAt);
  };
}
