import { expect, test } from 'vitest';
import { type PinSource, readPin } from './read-pin.ts';

test.each<[string, PinSource]>([
  ['empty', () => ''],
  ['too long', () => 'a'.repeat(256)],
  ['cut by a zero', () => 'zebra\0'],
  ['thrown', () => Promise.reject('zebra')],
  ['no text', () => 1234 as never],
  ['in no file', { file: '/nowhere/zebra' }],
])('a PIN that is %s is ERR_CONFIG_INVALID, without a word of it', async (_, source) => {
  const error = await readPin(source).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'ERR_CONFIG_INVALID', meta: { option: 'pin' } });
  expect(JSON.stringify([error, (error as Error).message])).not.toContain('zebra');
});

test('a PIN may have any other character', async () => {
  expect(new TextDecoder().decode(await readPin(() => 'zwölf \n'))).toBe('zwölf \n');
});
