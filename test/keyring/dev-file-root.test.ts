import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore, type KeyStore } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, openForTest } from './open-keyrings.ts';

closeKeyringsAfterEach();

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fieldseal-dev-root-'));
  path = join(folder, 'secret', 'dev-root');
});
afterEach(() => rm(folder, { recursive: true }));

function open(store: KeyStore, file = path) {
  const options = { store, roots: [devFileRoot({ path: file })], environment: 'dev' };
  return openForTest({ ...options, development: true });
}

describe('a development root in a file', () => {
  it('is made when a store is made, readable by its owner only, and opens it again', async () => {
    const store = createMemoryStore();
    const { pin } = await open(store);
    expect(await readFile(path, 'utf8')).toMatch(/^fieldseal-dev-root-1 [A-Za-z0-9_-]{43}\n$/);
    if (process.platform !== 'win32') {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect((await stat(join(folder, 'secret'))).mode & 0o777).toBe(0o700);
    }
    expect((await open(store)).pin).toBe(pin);
    expect(await readdir(join(folder, 'secret'))).toEqual(['dev-root']);
  });

  it('that five processes make at once is one file', async () => {
    const store = createMemoryStore();
    const all = await Promise.all(Array.from({ length: 5 }, () => open(store)));
    expect(new Set(all.map(({ pin }) => pin)).size).toBe(1);
    expect(await readdir(join(folder, 'secret'))).toEqual(['dev-root']);
  });

  it('that is gone, or is another one, is ERR_WRONG_ROOT and is not made anew for an old store', async () => {
    const store = createMemoryStore();
    await open(store);
    const elsewhere = join(folder, 'other');
    await expect(open(store, elsewhere)).rejects.toMatchObject({
      code: 'ERR_WRONG_ROOT',
      message: expect.stringContaining('made with another root'),
    });
    expect(await readdir(folder)).toEqual(['secret']);
    await open(createMemoryStore(), elsewhere);
    await expect(open(store, elsewhere)).rejects.toMatchObject({ code: 'ERR_WRONG_ROOT' });
  });

  it.skipIf(process.platform === 'win32')('that others may read is refused', async () => {
    const store = createMemoryStore();
    await open(store);
    await chmod(path, 0o640);
    await expect(open(store)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option: 'path', reason: 'mode' },
    });
  });

  it.each(['', 'fieldseal-dev-root-1 short\n', `fieldseal-dev-root-2 ${'A'.repeat(43)}\n`])(
    'that holds %j is refused without being quoted or overwritten',
    async (text) => {
      const file = join(folder, 'malformed');
      await writeFile(file, text, { mode: 0o600 });
      const store = createMemoryStore();
      await expect(open(store, file)).rejects.toMatchObject({
        code: 'ERR_CONFIG_INVALID',
        meta: { option: 'path', reason: 'malformed' },
      });
      expect(await readFile(file, 'utf8')).toBe(text);
      expect(await store.readEpoch()).toBeNull();
    },
  );
});
