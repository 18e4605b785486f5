import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultEngine } from '../cipher/default-engine.node.ts';
import { createStoreSecrets } from '../keys/create-store-secrets.ts';
import type { AuditedUse } from './audited-use.ts';
import type { EntryStyle } from './entry-columns.ts';
import { createUseBuffer } from './use-buffer.ts';

const secrets = createStoreSecrets(defaultEngine(), new Uint8Array(32));
const style: EntryStyle = { environment: 'test', secrets, contexts: 'hashed' };

/** Few names that are easily joined to the same text. */
const name = fc.constantFrom('a', 'ab', 'b', 'a,b', '');
const uses: fc.Arbitrary<AuditedUse[]> = fc.array(
  fc.record(
    {
      principal: name,
      action: fc.constantFrom('Decrypt', 'Encrypt'),
      keyId: name,
      decision: name,
      errorCode: fc.constantFrom('E', 'F'),
      readOnly: fc.constant(true),
      operations: fc.integer({ min: 1, max: 1000 }),
    },
    { requiredKeys: ['principal', 'action', 'readOnly'] },
  ),
  { maxLength: 200 },
);

describe('uses that are counted together', () => {
  test('are alike in all that is kept, and none is lost or counted twice', () => {
    fc.assert(
      fc.property(uses, (all) => {
        const buffer = createUseBuffer(style, 'key');
        const counts = new Map<string, number>();
        for (const use of all) {
          const { principal, action, keyId, decision, errorCode, operations = 1 } = use;
          const alike = JSON.stringify([
            principal,
            action,
            keyId ?? 0,
            decision ?? 0,
            errorCode ?? 0,
          ]);
          expect(buffer.add(use, 0)).toBe(!counts.has(alike));
          counts.set(alike, (counts.get(alike) ?? 0) + operations);
        }
        expect(buffer.size()).toBe(counts.size);
        const drained = buffer.drain();
        expect(drained.map(({ operations }) => Number(operations)).sort()).toEqual(
          [...counts.values()].sort(),
        );
        expect(buffer.size()).toBe(0);
        expect(buffer.drain()).toEqual([]);
      }),
    );
  });

  test('what the caller does to its bytes afterwards is not kept', () => {
    const buffer = createUseBuffer(style, 'operation');
    const dataKeyId = new Uint8Array(16).fill(7);
    buffer.add({ principal: 'a', action: 'Decrypt', readOnly: true, dataKeyId }, 0);
    dataKeyId.fill(0);
    expect(buffer.drain()[0]?.data_key_id).toEqual(new Uint8Array(16).fill(7));
  });
});
