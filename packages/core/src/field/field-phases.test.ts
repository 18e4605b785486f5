import { describe, expect, it, test } from 'vitest';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { FieldPhase } from '../keys/field-phase.ts';
import type { ManifestField } from '../manifest/manifest.ts';
import { codecOverDoor } from './codec-over-door.ts';
import { customer, equality, field, ID, manifest, part } from './customer-manifest.fake.ts';
import type { FieldCodec, LookupOp } from './field-codec.ts';
import { fakeDoor } from './key-door.fake.ts';
import type { LegacyReader } from './legacy-reader.ts';

type Row = Record<string, unknown>;
const PHASES: readonly FieldPhase[] = ['plain', 'leaving', 'migrating', 'sealed'];
const NUMBER = '4111 1111';

const door = fakeDoor();

function codecFor(
  phase: ManifestField['phase'],
  stored: FieldPhase = 'plain',
  options: { isSettled?: boolean; legacy?: readonly LegacyReader[] } = {},
): FieldCodec {
  const { isSettled = true, legacy } = options;
  const over = phase === undefined ? {} : { phase };
  const indexes = [equality('aadhaar'), part('aadhaar', 'last4', 'digits@1')];
  const fields = [
    field('aadhaar', { indexes, ...over }),
    field('dob', { type: 'date', bind: 'field', indexes: [part('dob', 'year')], ...over }),
  ];
  for (const { id } of fields) door.phases.set(id, { phase: stored, isSettled });
  return codecOverDoor({
    door,
    manifest: { ...manifest, models: [{ ...customer, fields }] },
    ambientScope: () => ({}),
    ...(legacy === undefined ? {} : { legacy: { 'Customer.aadhaar': legacy } }),
  });
}

async function written(codec: FieldCodec, values: Row): Promise<Row> {
  const target = { id: ID, tenantId: 't1', ...values };
  const call = codec.call('Customer.create');
  call.seal({ model: 'Customer', target, row: { id: ID }, scope: { tenant: 't1' } });
  await call.run();
  return target;
}

async function read(codec: FieldCodec, row: Row, verify: readonly string[] = []): Promise<Row> {
  const copy = { id: ID, tenantId: 't1', ...row };
  await codec.open('Customer.findMany', [{ model: 'Customer', rows: [copy], verify }]);
  return copy;
}

function shape(codec: FieldCodec, op: Pick<LookupOp, 'field' | 'operator' | 'operand'>) {
  return codec.shapeOf('Customer.findMany', { model: 'Customer', tenant: 't1', ...op });
}

describe('the phase that holds', () => {
  const accepted: readonly ManifestField['phase'][] = ['plain', 'leaving', 'migrating', undefined];
  test.each(accepted)('is never less strict than the manifest, which accepts %s', (phase) => {
    const floor = PHASES.indexOf(phase ?? 'sealed');
    for (const stored of PHASES) {
      const expected = PHASES[Math.max(floor, PHASES.indexOf(stored))];
      expect(codecFor(phase, stored).phaseOf('Customer', 'aadhaar')).toBe(expected);
    }
  });

  it('of a field that the store does not know yet is that of the manifest', () => {
    const codec = codecFor('migrating');
    door.phases.clear();
    expect(codec.phaseOf('Customer', 'aadhaar')).toBe('migrating');
  });

  it('is unknown for what is no sealed field', () => {
    expect(codecFor('plain').phaseOf('Customer', 'id')).toBeUndefined();
  });
});

describe('writing', () => {
  test('plain: plaintext, with tokens beside it', async () => {
    const row = await written(codecFor('plain'), { aadhaar: NUMBER, dob: '1990-05-17' });
    expect(row).toMatchObject({ aadhaar: NUMBER, dob: '1990-05-17' });
    expect(row.aadhaarToken).toHaveLength(32);
    const sealed = await written(codecFor(undefined, 'sealed'), { aadhaar: NUMBER });
    expect(row.aadhaarToken).toEqual(sealed.aadhaarToken);
  });

  test('plain without an index: plaintext too', async () => {
    door.phases.clear();
    const bare = { ...customer, fields: [field('aadhaar', { phase: 'plain' })] };
    const codec = codecOverDoor({ door, manifest: { ...manifest, models: [bare] } });
    expect(await written(codec, { aadhaar: NUMBER })).toMatchObject({ aadhaar: NUMBER });
  });

  test.each(['migrating', 'sealed'] as const)('%s: cells', async (stored) => {
    const row = await written(codecFor('plain', stored), { aadhaar: NUMBER });
    expect(row.aadhaar).toMatch(/^fs1\./);
  });

  test('leaving: cells until every process reads plaintext, then plaintext', async () => {
    const early = await written(codecFor('plain', 'leaving', { isSettled: false }), {
      aadhaar: NUMBER,
    });
    expect(early.aadhaar).toMatch(/^fs1\./);
    const late = await written(codecFor('plain', 'leaving'), { aadhaar: NUMBER });
    expect(late.aadhaar).toBe(NUMBER);
    expect(late.aadhaarToken).toEqual(early.aadhaarToken);
  });

  test.each(['plain', 'leaving'] as const)(
    '%s: refuses text that would be read as a cell, and leaves the row as it was',
    async (stored) => {
      const target = { id: ID, tenantId: 't1', aadhaar: 'fs1.hello' };
      const call = codecFor('plain', stored).call('Customer.create');
      const seal = () =>
        call.seal({ model: 'Customer', target, row: { id: ID }, scope: { tenant: 't1' } });
      expect(seal).toThrow(expect.objectContaining({ code: 'ERR_VALUE_TYPE' }));
      expect(target).toEqual({ id: ID, tenantId: 't1', aadhaar: 'fs1.hello' });
    },
  );

  test('plain: refuses what is larger than a cell may hold', async () => {
    const big = written(codecFor('plain'), { aadhaar: 'é'.repeat(600_000) });
    await expect(big).rejects.toMatchObject({ code: 'ERR_VALUE_TOO_LARGE' });
  });
});

describe('reading', () => {
  test.each(['plain', 'migrating', 'leaving'] as const)(
    '%s: plaintext and cells, and plaintext is counted',
    async (stored) => {
      const cell = await written(codecFor(undefined, 'sealed'), { aadhaar: NUMBER });
      const codec = codecFor('plain', stored);
      const before = door.plaintextRead;
      const plain = await read(codec, { aadhaar: '7 8', dob: '1990-05-17' });
      expect(plain).toMatchObject({ aadhaar: '7 8', dob: new Date('1990-05-17T00:00:00Z') });
      expect(door.plaintextRead - before).toBe(2);
      expect(await read(codec, { aadhaar: cell.aadhaar })).toMatchObject({ aadhaar: NUMBER });
      expect(door.plaintextRead - before).toBe(2);
    },
  );

  test('sealed: refuses plaintext, also where the manifest would accept it', async () => {
    const codec = codecFor('plain', 'sealed');
    const refused = { code: 'ERR_CIPHERTEXT_REJECTED' };
    await expect(read(codec, { aadhaar: NUMBER })).rejects.toMatchObject(refused);
    await expect(read(codec, { dob: '1990-05-17' })).rejects.toMatchObject(refused);
  });

  test.each(['migrating', 'leaving'] as const)(
    '%s: what starts as a cell is one and must open',
    async (stored) => {
      const { aadhaar } = await written(codecFor(undefined, 'sealed'), { aadhaar: NUMBER });
      const edited = `${String(aadhaar).slice(0, -4)}AAAA`;
      for (const text of ['fs1.', 'fs1.hello', edited]) {
        await expect(read(codecFor('plain', stored), { aadhaar: text })).rejects.toMatchObject({
          code: 'ERR_CIPHERTEXT_REJECTED',
        });
      }
    },
  );

  test('plain: text of the application may start as a cell does', async () => {
    expect(await read(codecFor('plain'), { aadhaar: 'fs1.hello' })).toMatchObject({
      aadhaar: 'fs1.hello',
    });
  });

  test('refuses text that is no value of the type, naming the row', async () => {
    await expect(read(codecFor('plain'), { dob: '17.5.1990' })).rejects.toMatchObject({
      code: 'ERR_CIPHERTEXT_REJECTED',
      meta: { model: 'Customer', field: 'dob', row: ID },
    });
  });

  test('a row that was found may lack its token only while it is plaintext', async () => {
    const codec = codecFor('plain', 'migrating');
    const verify = ['aadhaarToken'];
    const plain = { aadhaar: NUMBER, aadhaarToken: null };
    await expect(read(codec, plain, verify)).resolves.toMatchObject({ aadhaar: NUMBER });
    const { aadhaar } = await written(codec, { aadhaar: NUMBER });
    const mismatch = { code: 'ERR_INDEX_MISMATCH' };
    await expect(read(codec, { aadhaar, aadhaarToken: null }, verify)).rejects.toMatchObject(
      mismatch,
    );
    const wrong = { aadhaar: NUMBER, aadhaarToken: new Uint8Array(32) };
    await expect(read(codec, wrong, verify)).rejects.toMatchObject(mismatch);
  });
});

describe('looking up', () => {
  const equals = { field: 'aadhaar', operator: 'equals', operand: '4111 1111' } as const;

  test.each(['plain', 'migrating'] as const)('%s: asks for plaintext as well', async (stored) => {
    const codec = codecFor('plain', stored);
    expect(shape(codec, equals).plain).toEqual({ match: 'in', texts: ['4111 1111', '41111111'] });
    const years = { gte: '1990-01-01', lt: '1992-01-01' };
    expect(shape(codec, { field: 'dob', operator: 'range', operand: years }).plain).toEqual({
      match: 'startsWith',
      texts: ['1990-', '1991-'],
    });
    expect(shape(codec, { field: 'aadhaar', operator: 'endsWith', operand: '1111' }).plain).toEqual(
      { match: 'endsWith', texts: ['1111'] },
    );
    const call = codec.call('Customer.findMany');
    const found: unknown[] = [];
    call.lookup({ model: 'Customer', tenant: 't1', ...equals }, ({ plain }) => found.push(plain));
    await call.run();
    expect(found).toEqual([shape(codec, equals).plain]);
  });

  test.each(['sealed', 'leaving'] as const)('%s: asks for tokens only', (stored) => {
    expect(shape(codecFor('plain', stored), equals)).not.toHaveProperty('plain');
  });
});

describe('values of another library', () => {
  const reader: LegacyReader = {
    name: 'reversed',
    isAuthenticated: false,
    recognises: (text) => text.startsWith('rev:'),
    open(text) {
      if (text.includes('!')) throw new Error(`cannot open ${text}`);
      return [...text.slice(4)].reverse().join('');
    },
  };
  const legacy = [reader];
  const refused = { code: 'ERR_CIPHERTEXT_REJECTED' };

  test('are read while the field is migrating', async () => {
    const codec = codecFor('migrating', 'migrating', { legacy });
    expect(await read(codec, { aadhaar: 'rev:8 7' })).toMatchObject({ aadhaar: '7 8' });
    expect(await read(codec, { aadhaar: '7 8' })).toMatchObject({ aadhaar: '7 8' });
  });

  test('are refused in every other phase, and when they do not open', async () => {
    const row = { aadhaar: 'rev:8 7' };
    const sealed = codecFor('migrating', 'sealed', { legacy });
    await expect(read(sealed, row)).rejects.toMatchObject(refused);
    const codec = codecFor('migrating', 'migrating', { legacy });
    const error = await read(codec, { aadhaar: 'rev:!' }).catch((caught: unknown) => caught);
    expect(error).toMatchObject(refused);
    expect(JSON.stringify(error)).not.toContain('rev:');
  });

  test('cannot be looked up, so lookups are refused until none is left', () => {
    const codec = codecFor('migrating', 'migrating', { legacy });
    const ask = () => shape(codec, { field: 'aadhaar', operator: 'equals', operand: '7' });
    expect(ask).toThrow(expect.objectContaining({ code: 'ERR_OPERATOR_UNSUPPORTED' }));
  });

  test.each([
    ['a field that does not accept the phase', undefined, { legacy }],
    ['something that is no reader', 'migrating', { legacy: [{ name: 'x' } as never] }],
  ] as const)('are refused for %s', (_name, phase, options) => {
    expect(() => codecFor(phase, 'migrating', options)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }),
    );
  });

  test('are refused for a field that is not there', () => {
    const make = () => codecOverDoor({ door, manifest, legacy: { 'Customer.nobody': legacy } });
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }));
  });
});

describe('a write in a phase that keeps plaintext', () => {
  function codecOf(own: ReturnType<typeof fakeDoor>, indexes: ManifestField['indexes']) {
    const fields = [field('aadhaar', { indexes, phase: 'plain' })];
    const models = [{ ...customer, fields }];
    own.phases.set(fields[0]!.id, { phase: 'plain', isSettled: true });
    const of = { door: own, manifest: { ...manifest, models }, ambientScope: () => ({}) };
    return { codec: codecOverDoor(of), id: fields[0]!.id };
  }

  it('asks the door also where it takes no key: another phase may have begun', async () => {
    const own = fakeDoor();
    const { codec } = codecOf(own, []);
    expect(await written(codec, { aadhaar: NUMBER })).toMatchObject({ aadhaar: NUMBER });
    expect(own.requests).toEqual([{ operation: 'Customer.create', writes: true, via: 'prisma' }]);
    own.failure = new FieldsealError('ERR_STORE_UNAVAILABLE', 'away');
    await expect(written(codec, { aadhaar: NUMBER })).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
    });
  });

  it('seals after all when the store says meanwhile that the field takes cells', async () => {
    const own = fakeDoor();
    const { codec, id } = codecOf(own, [equality('aadhaar')]);
    const lease = own.lease;
    own.lease = async (request) => {
      own.phases.set(id, { phase: 'migrating', isSettled: true });
      return lease(request);
    };
    const { aadhaar } = await written(codec, { aadhaar: NUMBER });
    expect(aadhaar).toMatch(/^fs1\./);
    expect(own.requests.map(({ seal = [] }) => seal.length)).toEqual([0, 1]);
    expect(own.open).toBe(0);
  });

  it('is refused when the store says meanwhile that there is an index more', async () => {
    const own = fakeDoor();
    const { codec, id } = codecOf(own, [equality('aadhaar')]);
    const lease = own.lease;
    own.lease = async (request) => {
      own.requiredIndexes.set(id, ['customers.aadhaar.later']);
      return lease(request);
    };
    await expect(written(codec, { aadhaar: NUMBER })).rejects.toMatchObject({
      code: 'ERR_MANIFEST_MISMATCH',
      meta: { index: 'customers.aadhaar.later' },
    });
    expect(own.open).toBe(0);
  });
});
