import { describe, expect, it } from 'vitest';
import type { RandomSource } from '../cipher/engine.ts';
import { createNonceSource } from './nonce-source.ts';

function counting(): RandomSource & { generation: number } {
  let next = 0;
  return {
    generation: 0,
    fill(target) {
      next += 1;
      new DataView(target.buffer, target.byteOffset).setUint32(target.length - 4, next);
    },
    reset() {
      this.generation += 1;
    },
  };
}

function harness(suite: 1 | 2) {
  const random = counting();
  let time = 0;
  const source = createNonceSource({ suite, random, now: () => time });
  return {
    random,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    next(bytes = 16) {
      const nonce = new Uint8Array(24);
      source.next(nonce, bytes);
      const hex = Buffer.from(nonce).toString('hex');
      return { keyHalf: hex.slice(0, 24), messageHalf: hex.slice(24) };
    },
  };
}

describe('nonce source of suite 1', () => {
  it('keeps the key half and renews the message half', () => {
    const { next } = harness(1);
    const [a, b] = [next(), next()];
    expect(b.keyHalf).toBe(a.keyHalf);
    expect(b.messageHalf).not.toBe(a.messageHalf);
  });

  it('renews the key half after 2^16 cells', () => {
    const { next } = harness(1);
    const halves = Array.from({ length: 2 ** 16 + 1 }, () => next().keyHalf);
    expect(new Set(halves.slice(0, -1)).size).toBe(1);
    expect(halves.at(-1)).not.toBe(halves[0]);
  });

  it('renews the key half before it covers more than 2^30 bytes', () => {
    const { next } = harness(1);
    const first = next(2 ** 29).keyHalf;
    expect(next(2 ** 29).keyHalf).toBe(first);
    expect(next(1).keyHalf).not.toBe(first);
  });

  it('renews the key half after 10 minutes', () => {
    const { next, pass } = harness(1);
    const first = next().keyHalf;
    pass(599_999);
    expect(next().keyHalf).toBe(first);
    pass(1);
    expect(next().keyHalf).not.toBe(first);
  });

  it('renews the key half when the random source was reset', () => {
    const { next, random } = harness(1);
    const first = next().keyHalf;
    random.reset();
    expect(next().keyHalf).not.toBe(first);
  });
});

it('nonce source of suite 2 draws all 24 bytes for each cell', () => {
  const asked: number[] = [];
  const random: RandomSource = {
    generation: 0,
    reset: () => {},
    fill: (t) => asked.push(t.length),
  };
  const source = createNonceSource({ suite: 2, random, now: () => 0 });
  source.next(new Uint8Array(24), 16);
  source.next(new Uint8Array(24), 16);
  expect(asked).toEqual([24, 24]);
});
