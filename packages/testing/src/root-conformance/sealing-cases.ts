import assert from 'node:assert/strict';
import type { Root, SealedRoot, SlotContext } from '@fieldseal/core';
import type { RootCase, RootUnderTest } from './root-under-test.ts';
import { alteredSlots, otherContexts, slotSample } from './slot-samples.ts';

const MAX_SEALED_BYTES = 16_384;
const AT_ONCE = 8;

function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  return Buffer.from(bytes).includes(Buffer.from(part));
}

/** What comes of a slot. It has to be `null` for one that is not the root's: an error stops a rotation. */
function outcomeOf(root: Root, slot: SealedRoot, context: SlotContext): Promise<string> {
  return root.open(slot, context).then(
    (key) => (key === null ? 'null' : 'a key'),
    () => 'an error',
  );
}

/** What a root does while its device answers. */
export function sealingCases({ root, otherDevice }: RootUnderTest): readonly RootCase[] {
  return [
    {
      name: 'opens what it sealed, each time with bytes of its own',
      async run() {
        const { rootKey, context } = slotSample();
        const given = new Uint8Array(rootKey);
        const slot = await root.seal(given, context);
        const first = await root.open(slot, context);
        assert.deepEqual(first, rootKey);
        first?.fill(0);
        given.fill(0);
        assert.deepEqual(await root.open(slot, context), rootKey);
      },
    },
    {
      name: 'stores a name of what it did, and no root key',
      async run() {
        const { rootKey, context } = slotSample();
        const slot = await root.seal(new Uint8Array(rootKey), context);
        assert.match(root.kind, /^[a-z0-9-]{1,64}$/);
        assert.match(slot.mechanism, /^[\x21-\x7e]{1,64}$/);
        assert(slot.sealed.length > rootKey.length && slot.sealed.length <= MAX_SEALED_BYTES);
        assert(!includes(slot.sealed, rootKey.subarray(0, 8)), 'the root key is not sealed');
        const again = await root.seal(new Uint8Array(rootKey), context);
        assert.notDeepEqual(again.sealed, slot.sealed, 'sealing twice gives the same bytes');
      },
    },
    {
      name: 'opens no slot in a context that is not its own',
      async run() {
        const { rootKey, context } = slotSample();
        const slot = await root.seal(new Uint8Array(rootKey), context);
        for (const [what, other] of otherContexts(context)) {
          assert.equal(await outcomeOf(root, slot, other), 'null', `another ${what}`);
        }
      },
    },
    {
      name: 'opens no slot that was altered',
      async run() {
        const { rootKey, context } = slotSample();
        const slot = await root.seal(new Uint8Array(rootKey), context);
        for (const [what, altered] of alteredSlots(slot)) {
          assert.equal(await outcomeOf(root, altered, context), 'null', what);
        }
        assert.deepEqual(await root.open(slot, context), rootKey);
      },
    },
    {
      name: 'opens no slot of another device',
      async run() {
        const { rootKey, context } = slotSample();
        assert.equal(otherDevice.kind, root.kind);
        const slot = await otherDevice.seal(new Uint8Array(rootKey), context);
        assert.equal(await outcomeOf(root, slot, context), 'null');
        assert.deepEqual(await otherDevice.open(slot, context), rootKey);
      },
    },
    {
      name: 'seals and opens many slots at once',
      async run() {
        const samples = Array.from({ length: AT_ONCE }, slotSample);
        const opened = await Promise.all(
          samples.map(async ({ rootKey, context }) =>
            root.open(await root.seal(new Uint8Array(rootKey), context), context),
          ),
        );
        assert.deepEqual(
          opened,
          samples.map(({ rootKey }) => rootKey),
        );
      },
    },
  ];
}
