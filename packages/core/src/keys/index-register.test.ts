import { describe, expect, it } from 'vitest';
import { defaultEngine } from '../cipher/default-engine.node.ts';
import { digestOf, placeOf, rangeOf, registerMembers } from './index-register.ts';

const engine = defaultEngine();
const LAST_PLACE = 2 ** 31 - 1;

function member(n: number, place?: number) {
  const scope = new TextEncoder().encode(`tenant-${n}`);
  const id = engine.sha256(scope).slice(0, 16);
  return { id, generation: 1, scope, place: place ?? placeOf(engine, scope) };
}

type Member = ReturnType<typeof member>;

/** Adds one by one, as new tenants come. */
function registerOf(members: readonly Member[]): Uint8Array | undefined {
  let register: Uint8Array | undefined;
  members.forEach((each, i) => {
    const range = rangeOf(engine, register, each.place);
    const there = members
      .slice(0, i)
      .filter(({ place }) => place >= range.from && place <= range.to);
    register = registerMembers(engine, register, range, [...there, each]);
  });
  return register;
}

describe('the register of index keys', () => {
  it('of a key without index keys is one range with nothing in it', () => {
    const whole = { from: 0, to: LAST_PLACE, digest: digestOf(engine, []) };
    expect(rangeOf(engine, undefined, 0)).toEqual(whole);
    expect(rangeOf(engine, undefined, LAST_PLACE)).toEqual(whole);
  });

  it('has ranges without gaps, each with the digest of what is in it', () => {
    const members = Array.from({ length: 300 }, (_, n) => member(n));
    const register = registerOf(members);
    let count = 0;
    for (let from = 0; from <= LAST_PLACE; ) {
      const range = rangeOf(engine, register, from);
      const mine = members.filter(({ place }) => place >= range.from && place <= range.to);
      expect(range).toEqual({ from, to: range.to, digest: digestOf(engine, mine) });
      expect(rangeOf(engine, register, range.to)).toEqual(range);
      expect(mine.length).toBeLessThanOrEqual(32);
      count += mine.length;
      from = range.to + 1;
    }
    expect(count).toBe(300);
  });

  it('keeps as many as there are at one place', () => {
    const register = registerOf(Array.from({ length: 40 }, (_, n) => member(n, 7)));
    const range = rangeOf(engine, register, 7);
    expect(range).toMatchObject({ from: 7, to: 7 });
    expect(rangeOf(engine, register, 8)).toMatchObject({ from: 8, digest: digestOf(engine, []) });
  });

  it('has another digest for any other member, and the same in any order', () => {
    const [a, b] = [member(1), member(2)];
    const digest = digestOf(engine, [a, b]);
    expect(digestOf(engine, [b, a])).toEqual(digest);
    const others = [
      [a],
      [a, b, member(3)],
      [a, { ...b, generation: 2 }],
      [a, { ...b, place: b.place + 1 }],
      [a, { ...b, id: a.id }],
      [a, { ...b, scope: a.scope }],
    ];
    for (const other of others) expect(digestOf(engine, other)).not.toEqual(digest);
  });

  it.each([[new Uint8Array()], [new Uint8Array(19)], [new Uint8Array(20).fill(1)]])(
    'is refused when it is malformed',
    (register) => {
      expect(() => rangeOf(engine, register, 0)).toThrow(
        expect.objectContaining({ code: 'ERR_STORE_INTEGRITY' }),
      );
    },
  );
});
