import { describe, expect, it } from 'vitest';
import type { KeyRecord, KeyVersionRecord } from '../keys/control-snapshot.ts';
import { keepMaterial } from './kept-material.ts';
import type { Material, MaterialPurpose } from './material.ts';

const KEY = { id: 'k' } as KeyRecord;

/** A version as far as this asks for it: a number and the row that it stands in. */
function version(number: number, mac = number): KeyVersionRecord {
  const row = { table: 'key_version', columns: {}, rowMac: new Uint8Array(32).fill(mac) };
  return { keyId: KEY.id, version: number, row } as unknown as KeyVersionRecord;
}

function snapshot(...versions: readonly KeyVersionRecord[]) {
  const byNumber = new Map(versions.map((each) => [each.version, each]));
  return { keys: new Map([[KEY.id, { ...KEY, versions: byNumber } as KeyRecord]]) };
}

/** Material that counts, and wipes what it lent as the real one does. */
function counted() {
  const unwrapped: string[] = [];
  const material: Material = {
    use(_key, { version: number, row }, purpose, work) {
      if (row.rowMac[0] === 0) throw new RangeError('Does not open');
      unwrapped.push(`${number} ${purpose}`);
      const lent = new Uint8Array(32).fill(number);
      try {
        return work(lent);
      } finally {
        lent.fill(0);
      }
    },
  };
  return { unwrapped, material };
}

function setUp(maxKept?: number) {
  const { unwrapped, material } = counted();
  const kept = keepMaterial(material, maxKept);
  const use = (of: KeyVersionRecord, purpose: MaterialPurpose = 'api'): Uint8Array =>
    kept.use(KEY, of, purpose, (derived) => derived);
  return { kept, unwrapped, use };
}

describe('kept material', () => {
  it('is unwrapped once for each version and purpose', () => {
    const { use, unwrapped } = setUp();
    for (let n = 0; n < 3; n += 1) {
      expect(use(version(1))[0]).toBe(1);
      expect(use(version(2))[0]).toBe(2);
      expect(use(version(1), 'mac')[0]).toBe(1);
    }
    expect(unwrapped).toEqual(['1 api', '2 api', '1 mac']);
  });

  it('of a row that has changed is wiped and unwrapped anew', () => {
    const { use, unwrapped } = setUp();
    const before = use(version(1));
    const after = use(version(1, 99));
    expect(before).toEqual(new Uint8Array(32));
    expect(after[0]).toBe(1);
    expect(unwrapped).toEqual(['1 api', '1 api']);
  });

  it('is gone when the changed row does not open, and what failed is not kept', () => {
    const { use, unwrapped } = setUp();
    const before = use(version(1));
    for (let n = 0; n < 2; n += 1) expect(() => use(version(1, 0))).toThrow('Does not open');
    expect(before).toEqual(new Uint8Array(32));
    expect(unwrapped).toEqual(['1 api']);
  });

  it('has a bound: what was used longest ago is wiped', () => {
    const { use, unwrapped } = setUp(2);
    const [first, second] = [use(version(1)), use(version(2))];
    use(version(1));
    use(version(3));
    expect(first[0]).toBe(1);
    expect(second).toEqual(new Uint8Array(32));
    use(version(2));
    expect(unwrapped).toEqual(['1 api', '2 api', '3 api', '2 api']);
  });

  it('forgets what the store has no more or has otherwise, and nothing else', () => {
    const { kept, use, unwrapped } = setUp();
    const [first, second, third] = [use(version(1)), use(version(2)), use(version(3))];
    kept.forgetChanged(snapshot(version(1), version(2, 99)));
    expect([first?.[0], second?.[0], third?.[0]]).toEqual([1, 0, 0]);
    use(version(1));
    expect(unwrapped).toHaveLength(3);
    kept.forgetChanged({ keys: new Map() });
    expect(first).toEqual(new Uint8Array(32));
  });

  it('is wiped at the end', () => {
    const { kept, use } = setUp();
    const all = [use(version(1)), use(version(1), 'mac')];
    kept.destroy();
    for (const each of all) expect(each).toEqual(new Uint8Array(32));
  });

  it('is lent also to what throws, and stays', () => {
    const { kept, use, unwrapped } = setUp();
    const fail = (): never => {
      throw new RangeError('work');
    };
    expect(() => kept.use(KEY, version(1), 'api', fail)).toThrow('work');
    expect(use(version(1))[0]).toBe(1);
    expect(unwrapped).toEqual(['1 api']);
  });
});
