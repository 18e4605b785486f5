import { expect, test } from 'vitest';
import { jsonText } from './json-text.ts';

test('times, bytes and big numbers have one form, at any depth', () => {
  const value = {
    at: new Date(0),
    list: [{ bytes: Buffer.from('abc') }, 2n ** 60n],
    plain: [null, true, 'text', 1.5],
    absent: undefined,
  };
  expect(jsonText(value)).toBe(
    '{"at":"1970-01-01T00:00:00.000Z","list":[{"bytes":"YWJj"},"1152921504606846976"],"plain":[null,true,"text",1.5]}',
  );
});
