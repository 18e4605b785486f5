import { describe, expect, it } from 'vitest';
import { defaultFieldId, defaultIndexId } from './default-ids.ts';

describe('the id of a field without one', () => {
  it('is table and column, behind the schema that the mapping names', () => {
    expect(defaultFieldId({ table: 'customers' }, 'pan')).toBe('customers.pan');
    expect(defaultFieldId({ schema: 'kyc', table: 'customers' }, 'pan')).toBe('kyc.customers.pan');
  });

  it('is not made of names that no id can have', () => {
    expect(defaultFieldId({ table: 'my customers' }, 'pan')).toBeUndefined();
    expect(defaultFieldId({ table: 'x'.repeat(128) }, 'pan')).toBeUndefined();
  });
});

describe('the id of an index without one', () => {
  it('ends with the kind, or with the part without its version', () => {
    expect(defaultIndexId('c.pan', { kind: 'equality' })).toBe('c.pan.equality');
    expect(defaultIndexId('c.pan', { kind: 'part', part: 'last4' })).toBe('c.pan.last4');
    expect(defaultIndexId('c.pan', { kind: 'part', part: 'issuer@2' })).toBe('c.pan.issuer');
  });
});
