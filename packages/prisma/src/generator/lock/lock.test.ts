import { describe, expect, it } from 'vitest';
import { createProblems } from '../problem.ts';
import { checkLock } from './check-lock.ts';
import { type Lock, parseLock, writeLock } from './lock-file.ts';

const LOCK: Lock = {
  fields: new Map([
    ['customers.pan', { field: 'Customer.pan', type: 'string', bind: 'row' }],
    ['Card.number', { field: 'Card.number', type: 'string', bind: 'row' }],
  ]),
  indexes: new Map([
    ['customers.pan.equality', { token: 'Customer.panToken', normalizer: 'digits@1' }],
  ]),
};

const TEXT = `{
  "version": 1,
  "fields": {
    "Card.number": { "field": "Card.number", "type": "string", "bind": "row" },
    "customers.pan": { "field": "Customer.pan", "type": "string", "bind": "row" }
  },
  "indexes": {
    "customers.pan.equality": { "token": "Customer.panToken", "normalizer": "digits@1" }
  }
}
`;

function check(now: Lock): readonly string[] {
  const problems = createProblems();
  checkLock(LOCK, now, { path: '/p/fieldseal.lock.json', text: TEXT }, problems);
  return problems.list.map(({ line, message, paste }) => [line, message, ...paste].join(' | '));
}

function withField(id: string, change: object): Lock {
  const fields = new Map(LOCK.fields);
  const entry = fields.get(id);
  if (entry) fields.set(id, { ...entry, ...change });
  return { ...LOCK, fields };
}

const REMEDY = 'if that is meant, remove this line from the lock in the same change';

describe('the lock', () => {
  it('is written sorted, one entry a line, and read back', () => {
    expect(writeLock(LOCK)).toBe(TEXT);
    expect(parseLock(TEXT)).toEqual(LOCK);
  });

  it('can be empty', () => {
    const empty: Lock = { fields: new Map(), indexes: new Map() };
    expect(parseLock(writeLock(empty))).toEqual(empty);
  });

  it.each([
    ['{', 'it is not JSON'],
    ['[]', 'it has no "version": 1'],
    ['{ "version": 2 }', 'it has no "version": 1'],
    ['{ "version": 1, "fields": [], "indexes": {} }', '"fields" is not a list of locked fields'],
    [
      '{ "version": 1, "fields": { "a": {} }, "indexes": {} }',
      '"fields" is not a list of locked fields',
    ],
    ['{ "version": 1, "fields": {} }', '"indexes" is not a list of locked indexes'],
  ])('is refused as %s', (text, wrong) => {
    expect(parseLock(text)).toEqual({ wrong });
  });

  it('agrees with what it was written for, and with more', () => {
    expect(check(LOCK)).toEqual([]);
    const more = new Map([...LOCK.fields, ['a.b', { field: 'A.b', type: 'string', bind: 'row' }]]);
    expect(check({ ...LOCK, fields: more })).toEqual([]);
  });

  it('stands against a field that is not sealed any more', () => {
    const fields = new Map(LOCK.fields);
    fields.delete('Card.number');
    expect(check({ ...LOCK, fields })).toEqual([
      `4 | Card.number (id "Card.number") is not sealed any more; ${REMEDY}`,
    ]);
  });

  it('stands against a changed id and gives the line that keeps it', () => {
    const fields = new Map(LOCK.fields);
    fields.delete('customers.pan');
    fields.set('people.pan', { field: 'Customer.pan', type: 'string', bind: 'row' });
    expect(check({ ...LOCK, fields })).toEqual([
      `5 | the field id of Customer.pan changed from "customers.pan" to "people.pan"; ${REMEDY}, otherwise keep it with | /// @encrypted(id: "customers.pan")`,
    ]);
  });

  it('follows a field that was renamed in the schema only', () => {
    expect(check(withField('customers.pan', { field: 'Person.taxNumber' }))).toEqual([]);
  });

  it.each([
    ['type', 'date', 'changed from string to date'],
    ['bind', 'field', 'changed from row to field'],
  ])('stands against another %s', (part, value, message) => {
    expect(check(withField('Card.number', { [part]: value }))).toEqual([
      `4 | "${part}" of Card.number ${message}; ${REMEDY}`,
    ]);
  });

  it('stands against a lost token column and another normaliser', () => {
    expect(check({ ...LOCK, indexes: new Map() })).toEqual([
      `8 | the token column Customer.panToken (id "customers.pan.equality") is gone; ${REMEDY}`,
    ]);
    const indexes = new Map([
      ['customers.pan.equality', { token: 'Customer.panToken', normalizer: 'raw@1' }],
    ]);
    expect(check({ ...LOCK, indexes })).toEqual([
      `8 | the normaliser of Customer.panToken changed from digits@1 to raw@1; ${REMEDY}`,
    ]);
  });
});
