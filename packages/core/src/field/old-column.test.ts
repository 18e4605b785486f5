import { describe, expect, test } from 'vitest';
import type { FieldPhase } from '../keys/field-phase.ts';
import type { ManifestField, ManifestOldColumn } from '../manifest/manifest.ts';
import { codecOverDoor } from './codec-over-door.ts';
import { customer, equality, field, manifest, part } from './customer-manifest.fake.ts';
import type { FieldCodec, LookupOp } from './field-codec.ts';
import { fakeDoor } from './key-door.fake.ts';

type Row = Record<string, unknown>;
const door = fakeDoor();
const DOB: ManifestOldColumn = { name: 'dobPlain', column: 'dob', type: 'date' };
const DAY = new Date('1990-05-17');
const DAY_TOKEN = { ...equality('dob', 'raw@1'), acceptLeakage: 'test' };

function codecFor(stored: FieldPhase, over: Partial<ManifestField> = {}): FieldCodec {
  const indexes = [DAY_TOKEN, part('dob', 'year')];
  const dob = field('dob', {
    column: 'dob_cell',
    type: 'date',
    bind: 'field',
    phase: 'plain',
    from: DOB,
    indexes,
    ...over,
  });
  door.phases.set(dob.id, { phase: stored, isSettled: true });
  const models = [{ ...customer, fields: [dob] }];
  return codecOverDoor({ door, manifest: { ...manifest, models }, ambientScope: () => ({}) });
}

async function written(codec: FieldCodec, dob: unknown): Promise<Row> {
  const target: Row = { dob };
  const call = codec.call('Customer.create');
  call.seal({ model: 'Customer', target, scope: { tenant: 't1' } });
  await call.run();
  return target;
}

async function read(codec: FieldCodec, row: Row, verify: readonly string[] = []): Promise<unknown> {
  const copy: Row = { tenantId: 't1', ...row };
  await codec.open('Customer.findMany', [{ model: 'Customer', rows: [copy], verify }]);
  return copy.dob;
}

function plainOf(codec: FieldCodec, op: Pick<LookupOp, 'operator' | 'operand'>) {
  const lookup = { model: 'Customer', field: 'dob', tenant: 't1', ...op };
  return codec.shapeOf('Customer.findMany', lookup).plain;
}

describe('a field with an old column', () => {
  test.each(['plain', 'leaving'] as const)(
    'has its value there in %s, and tokens',
    async (phase) => {
      const row = await written(codecFor(phase), DAY);
      expect(row).toMatchObject({ dob: null, dobPlain: '1990-05-17' });
      expect(row.dobToken).toHaveLength(32);
      expect(await read(codecFor(phase), row, ['dobToken', 'dob_year'])).toEqual(DAY);
    },
  );

  test.each(['migrating', 'sealed'] as const)('has its value in a cell in %s', async (phase) => {
    const row = await written(codecFor(phase), DAY);
    expect(row).toMatchObject({ dob: expect.stringMatching(/^fs1\./), dobPlain: null });
    expect(await read(codecFor(phase), row, ['dobToken'])).toEqual(DAY);
  });

  test('is cleared in both', async () => {
    const cleared = { dob: null, dobPlain: null, dobToken: null, dob_year: null };
    for (const phase of ['plain', 'migrating', 'sealed'] as const)
      expect(await written(codecFor(phase), null)).toEqual(cleared);
    await expect(written(codecFor('plain', { nullable: false }), null)).rejects.toMatchObject({
      code: 'ERR_VALUE_TYPE',
    });
  });

  test('reads the cell where there is one, else the old column, which it counts', async () => {
    const { dob } = await written(codecFor('migrating'), DAY);
    const before = door.plaintextRead;
    const codec = codecFor('migrating');
    expect(await read(codec, { dob, dobPlain: '2001-01-01' })).toEqual(DAY);
    expect(await read(codec, { dob: null, dobPlain: null })).toBeNull();
    expect(door.plaintextRead).toBe(before);
    expect(await read(codec, { dob: null, dobPlain: '2001-01-01' })).toEqual(
      new Date('2001-01-01'),
    );
    expect(door.plaintextRead).toBe(before + 1);
  });

  test('never takes what the old column still has for nothing once it is sealed', async () => {
    const left = read(codecFor('sealed'), { dob: null, dobPlain: '2001-01-01' });
    await expect(left).rejects.toMatchObject({ code: 'ERR_CIPHERTEXT_REJECTED' });
  });

  test('refuses rows without the old column, plaintext among the cells, and no value', async () => {
    const codec = codecFor('plain');
    await expect(read(codec, { dob: null })).rejects.toMatchObject({ code: 'ERR_NOT_WIRED' });
    const refused = { code: 'ERR_CIPHERTEXT_REJECTED' };
    await expect(read(codec, { dob: '1990-05-17' })).rejects.toMatchObject(refused);
    await expect(read(codec, { dob: null, dobPlain: 'x' })).rejects.toMatchObject(refused);
  });

  test('is asked for values of rows without a token', () => {
    const codec = codecFor('plain');
    expect(plainOf(codec, { operator: 'in', operand: [DAY] })).toEqual({
      match: 'in',
      texts: ['1990-05-17'],
      from: DOB,
    });
    const years = { gte: new Date('1990-01-01'), lt: new Date('1992-01-01') };
    expect(plainOf(codec, { operator: 'range', operand: years })).toEqual({
      match: 'within',
      texts: ['1990-01-01', '1992-01-01'],
      from: DOB,
    });
  });

  test('is not asked for what it cannot hold, and refuses to be given that', async () => {
    const from: ManifestOldColumn = { name: 'dobPlain', column: 'dob', type: 'int2' };
    const codec = codecFor('plain', { type: 'int', from, indexes: [DAY_TOKEN] });
    const { texts } = plainOf(codec, { operator: 'in', operand: [7, 40_000] }) ?? {};
    expect(texts).toEqual(['7']);
    await expect(written(codec, 40_000)).rejects.toMatchObject({ code: 'ERR_VALUE_TYPE' });
  });
});
