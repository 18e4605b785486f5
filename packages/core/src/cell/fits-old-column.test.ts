import { describe, expect, test } from 'vitest';
import { fitsOldColumn, isExactJson, isExactPlainText } from './fits-old-column.ts';

describe('what a column gives back as it was given', () => {
  test.each<[string, number | undefined, string, boolean]>([
    ['int2', undefined, '32767', true],
    ['int2', undefined, '32768', false],
    ['int4', undefined, '-2147483648', true],
    ['int8', undefined, '9223372036854775808', false],
    ['numeric', 2, '1.50', true],
    ['numeric', 2, '1.5000', true],
    ['numeric', 2, '1.505', false],
    ['numeric', 2, '15e-3', false],
    ['numeric', 0, '1.5e1', true],
    ['numeric', undefined, '1e200000', false],
    ['varchar', 3, 'abc', true],
    ['varchar', 3, 'abcd', false],
    ['varchar', 3, '😀😀😀', true],
    ['text', undefined, 'a\0b', false],
    ['uuid', undefined, '0190f1c2-0000-7000-8000-000000000001', true],
    ['uuid', undefined, '0190F1C2-0000-7000-8000-000000000001', false],
    ['date', undefined, '1990-05-17', true],
    ['date', undefined, '0000-01-01', false],
    ['date', undefined, '-000044-03-15T00:00:00.000Z', false],
    ['timestamptz', 3, '1990-05-17T01:02:03.004Z', true],
    ['timestamptz', 0, '1990-05-17T01:02:03.004Z', false],
    ['timestamptz', 0, '1990-05-17T01:02:03.000Z', true],
    ['jsonb', undefined, '{"a":[1.5,"null"]}', true],
    ['jsonb', undefined, 'null', false],
    ['jsonb', undefined, '"\\u0000"', false],
    ['jsonb', undefined, '"\\ud800"', false],
    ['jsonb', undefined, '"\\\\u0000"', true],
    ['bool', undefined, 'true', true],
  ])('%s(%s) and %j: %s', (type, limit, text, fits) => {
    expect(fitsOldColumn(limit === undefined ? { type } : { type, limit }, text)).toBe(fits);
  });

  test.each([
    ['{"a":12345678901234567890}', false],
    ['{"a":1.10}', true],
    ['[1e2,100,0.0001,-0,1e-7]', true],
    ['["12345678901234567890"]', true],
    ['[1e400]', false],
  ])('numbers of a document: %s', (text, isExact) => {
    expect(isExactJson(text)).toBe(isExact);
  });

  test('a text that is a value with nothing lost', () => {
    expect(isExactPlainText('timestamp', '2020-01-01T00:00:00.123Z')).toBe(true);
    expect(isExactPlainText('timestamp', '2020-01-01T00:00:00.123456Z')).toBe(false);
    expect(isExactPlainText('date', 'infinity')).toBe(false);
    expect(isExactPlainText('json', 'null')).toBe(false);
    expect(isExactPlainText('json', '[12345678901234567890]')).toBe(false);
    expect(isExactPlainText('int', '9007199254740993')).toBe(false);
    expect(isExactPlainText('decimal', 'NaN')).toBe(false);
  });
});
