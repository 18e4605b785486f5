import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { systemRandom } from './system-random.ts';

vi.mock('node:crypto', async (original) => ({
  ...(await original<typeof import('node:crypto')>()),
  randomFillSync: (target: Uint8Array) => target.fill(0x0f),
}));

const folder = mkdtempSync(join(tmpdir(), 'fieldseal-random-'));
afterAll(() => rmSync(folder, { recursive: true }));

function drawWith(device: string): Uint8Array {
  const target = new Uint8Array(64);
  systemRandom(target, device);
  return target;
}

describe('random bytes of the system', () => {
  test('are those of OpenSSL and those of the device, combined by XOR', () => {
    const device = join(folder, 'device');
    writeFileSync(device, new Uint8Array(64).fill(0xf3));
    expect(drawWith(device)).toEqual(new Uint8Array(64).fill(0xfc));
  });

  test('are those of OpenSSL where there is no device', () => {
    expect(drawWith(join(folder, 'none'))).toEqual(new Uint8Array(64).fill(0x0f));
  });

  test('are those of OpenSSL where the device ends too early', () => {
    const device = join(folder, 'short');
    writeFileSync(device, new Uint8Array(63).fill(0xf3));
    expect(drawWith(device)).toEqual(new Uint8Array(64).fill(0x0f));
  });

  test.skipIf(process.platform === 'win32')('come from /dev/urandom unless said otherwise', () => {
    const [first, second] = [new Uint8Array(64), new Uint8Array(64)];
    systemRandom(first);
    systemRandom(second);
    // OpenSSL's half is constant here
    expect(first).not.toEqual(second);
  });
});
