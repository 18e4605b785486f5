import { describe, expect, test } from 'vitest';
import { createFakeCodec } from '../../test-support/fake-codec.ts';
import { sampleManifest } from '../../test-support/sample-manifest.ts';
import { createHelpers, type FieldsealHelpers } from './raw-helpers.ts';
import { createSchemaView } from './schema-view.ts';

function helpers(tenant?: string): FieldsealHelpers & { checks: number } {
  const ambient = (): { tenant?: string } => (tenant === undefined ? {} : { tenant });
  const codec = createFakeCodec(sampleManifest, ambient);
  const state = { checks: 0 };
  const ready = async (): Promise<void> => void state.checks++;
  const made = createHelpers(codec, createSchemaView(sampleManifest, codec), ambient, ready);
  return Object.assign(made, state);
}

describe('the helpers for raw SQL', () => {
  test('what seal makes, open opens', async () => {
    const { seal, open } = helpers();
    const place = { row: { id: 'k' } };
    const { cell, tokens } = await seal('Card.number', '4111', place);
    expect(Object.keys(tokens)).toEqual(['numberToken', 'numberLast4']);
    expect(await open('Card.number', cell, place)).toBe('4111');
  });

  test('seal and open take tenant from the place or from around them', async () => {
    const place = { row: { id: 'c' }, scope: { tenant: 't1' } };
    const { cell } = await helpers().seal('Customer.aadhaar', '12', place);
    expect(await helpers('t1').open('Customer.aadhaar', cell, { row: { id: 'c' } })).toBe('12');
  });

  test('a cell of another row is refused', async () => {
    const { seal, open } = helpers();
    const { cell } = await seal('Card.number', '4111', { row: { id: 'k' } });
    await expect(open('Card.number', cell, { row: { id: 'x' } })).rejects.toMatchObject({
      code: 'ERR_CIPHERTEXT_REJECTED',
    });
  });

  test('token gives what seal gives for the same value', async () => {
    const { seal, token } = helpers();
    const { tokens } = await seal('Card.number', '4111', { row: { id: 'k' } });
    expect(await token('Card.number', '41-11')).toEqual(tokens.numberToken);
    expect(await token('Card.number', '4111', { part: 'last4' })).toEqual(tokens.numberLast4);
  });

  test('token of a tenant is that of the tenant', async () => {
    const place = { row: { id: 'c' }, scope: { tenant: 't1' } };
    const { tokens } = await helpers().seal('Customer.aadhaar', '12', place);
    expect(await helpers().token('Customer.aadhaar', '12', { tenant: 't1' })).toEqual(
      tokens.aadhaarToken,
    );
  });

  test('openRows opens rows in place and returns them', async () => {
    const { seal, openRows } = helpers();
    const { cell } = await seal('Card.number', '4111', { row: { id: 'k' } });
    const rows = [{ id: 'k', number: cell }];
    expect(await openRows('Card', rows)).toBe(rows);
    expect(rows).toEqual([{ id: 'k', number: '4111' }]);
  });

  test.each(['Card', 'Card.nothing', 'Card.number.more', 'Plain.value'])(
    '%s is no sealed field',
    async (path) => {
      await expect(helpers().token(path, 'x')).rejects.toMatchObject({ code: 'ERR_FIELD_UNKNOWN' });
    },
  );

  test('an index that the field does not have is refused', async () => {
    const token = helpers().token('Card.number', '4111', { part: 'first6' });
    await expect(token).rejects.toMatchObject({
      code: 'ERR_OPERATOR_UNSUPPORTED',
      meta: { operator: 'first6' },
    });
  });
});
