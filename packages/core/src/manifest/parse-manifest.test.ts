import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { parseManifest } from './parse-manifest.ts';
import { registryEntries } from './registry-entries.ts';

type Plain = Record<string, unknown>;

const index = (over: Plain = {}): Plain => ({
  id: 'card.number.equality',
  kind: 'equality',
  name: 'numberToken',
  column: 'number_token',
  normalizer: 'digits@1',
  ...over,
});
const last4 = (over: Plain = {}): Plain =>
  index({
    id: 'card.number.last4',
    kind: 'part',
    part: 'last4',
    name: 'numberLast4',
    column: 'number_last4',
    acceptLeakage: 'support looks up by last four',
    ...over,
  });
const first6 = (over: Plain = {}): Plain =>
  index({
    id: 'card.number.first6',
    kind: 'part',
    part: 'first6',
    name: 'numberFirst6',
    column: 'number_first6',
    acceptLeakage: 'routing',
    ...over,
  });
const field = (over: Plain = {}): Plain => ({
  name: 'number',
  column: 'number',
  id: 'card.number',
  type: 'string',
  storage: 'text',
  nullable: false,
  key: null,
  bind: 'row',
  indexes: [index(), last4()],
  ...over,
});
const model = (over: Plain = {}): Plain => ({
  name: 'Card',
  table: 'card',
  primaryKey: [{ name: 'id', column: 'id', type: 'uuid' }],
  fields: [field()],
  ...over,
});
const manifest = (...models: readonly unknown[]): Plain => ({
  version: 1,
  adapter: 'prisma',
  models,
});

function refusal(value: unknown): FieldsealError {
  try {
    parseManifest(value);
  } catch (error) {
    expect(error).toBeInstanceOf(FieldsealError);
    expect((error as FieldsealError).code).toBe('ERR_MANIFEST_INVALID');
    return error as FieldsealError;
  }
  return expect.unreachable('accepted');
}

describe('a manifest', () => {
  it('is copied and frozen, without what belongs to the adapter', () => {
    const given = { ...manifest(model()), graph: { Card: {} } };
    const parsed = parseManifest(given);
    expect(parsed).toEqual(manifest(model()));
    expect(parsed).not.toBe(given);
    expect(Object.isFrozen(parsed.models[0]?.fields[0]?.indexes[0])).toBe(true);
    expect(Object.isFrozen(parsed.models)).toBe(true);
  });

  it('keeps every optional property', () => {
    const full = field({
      scope: 'tenantId',
      subject: 'personId',
      key: 'alias/kyc',
      suite: 2,
      pad: 64,
      maxBytes: 4096,
      indexes: [index({ global: 'one customer, many tenants', acceptLeakage: 'known' })],
    });
    const given = manifest(model({ schema: 'kyc', fields: [full] }));
    expect(parseManifest(given)).toEqual(given);
  });

  it('names properties of embedded objects by their path', () => {
    const embedded = field({ name: 'profile.pan', indexes: [index({ name: 'profile.panToken' })] });
    const given = manifest(model({ fields: [embedded] }));
    expect(parseManifest(given)).toEqual(given);
  });

  it('gives fields of a view the ids of what it shows, and registers nothing for them', () => {
    const view = model({ name: 'CardView', table: 'card_view', view: true });
    const parsed = parseManifest(manifest(model(), view));
    expect(parsed.models[1]?.view).toBe(true);
    expect(registryEntries(parsed)).toEqual(registryEntries(parseManifest(manifest(model()))));
    refusal(manifest(model(), model({ name: 'CardView', view: false })));
  });

  it('survives a round trip through JSON', () => {
    const parsed = parseManifest(manifest(model()));
    expect(parseManifest(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
  });

  it('of any other shape is refused with the one code', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (value) => {
        refusal(value);
        refusal(manifest(value));
        refusal(manifest(model({ fields: [value] })));
        refusal(manifest(model({ fields: [field({ indexes: [value] })] })));
      }),
    );
  });

  it('names model and field of what is wrong', () => {
    const error = refusal(manifest(model({ fields: [field({ type: 'text' })] })));
    expect(error.meta).toEqual({ model: 'Card', field: 'number' });
    expect(error.message).toContain('Card.number: type must be one of string, bytes');
  });

  it.each([
    ['an unknown property', { extra: 1 }],
    ['a symbol', { [Symbol('x')]: 1 }],
    ['an id with a slash', { id: 'card/number' }],
    ['an id of 129 characters', { id: 'x'.repeat(129) }],
    ['an id with a line break at its end', { id: 'card\n' }],
    ['a name that every object inherits', { name: 'constructor' }],
    ['the name __proto__', { name: '__proto__' }],
    ['a path through what every object inherits', { name: 'profile.constructor' }],
    ['a path with an empty step', { name: 'profile..pan' }],
    ['a path that ends in a dot', { name: 'profile.' }],
    ['a column with a NUL', { column: 'a\0' }],
    ['an alias without its prefix', { key: 'kyc' }],
    ['no key', { key: undefined }],
    ['a suite that is not defined', { suite: 3 }],
    ['a pad that is not a multiple of 16', { pad: 24 }],
    ['a limit above 16 MiB', { maxBytes: 16 * 1024 * 1024 + 1 }],
    ['nullable as text', { nullable: 'true' }],
    ['a sealed scope', { scope: 'numberToken' }],
    ['itself as subject', { subject: 'number' }],
    ['one column as scope and subject', { scope: 'a', subject: 'a' }],
  ])('with a field that has %s is refused', (_, over) => {
    refusal(manifest(model({ fields: [field(over)] })));
  });

  it('whose properties are inherited is refused', () => {
    refusal(manifest(model({ fields: [Object.create(field())] })));
    refusal(JSON.parse(`{"version":1,"adapter":"prisma","models":[],"__proto__":{}}`));
  });

  it('whose getter changes its answer is read once', () => {
    let asked = 0;
    const given = field({ indexes: [] });
    Object.defineProperty(given, 'id', {
      enumerable: true,
      get: () => (asked++ === 0 ? 'card.number' : 'other'),
    });
    expect(parseManifest(manifest(model({ fields: [given] }))).models[0]?.fields[0]?.id).toBe(
      'card.number',
    );
  });

  it.each([
    ['two models of one name', manifest(model(), model({ fields: [field({ id: 'b' })] }))],
    ['one field id in two models', manifest(model(), model({ name: 'Other' }))],
    [
      'an index id that is a field id',
      manifest(model({ fields: [field({ indexes: [index({ id: 'card.number' })] })] })),
    ],
    [
      'two properties of one name',
      manifest(model({ fields: [field(), field({ id: 'b', column: 'b', indexes: [] })] })),
    ],
    [
      'two fields on one column',
      manifest(model({ fields: [field(), field({ id: 'b', name: 'b', indexes: [] })] })),
    ],
    ['a sealed key column', manifest(model({ fields: [field({ name: 'id' })] }))],
    [
      'two indexes of one kind',
      manifest(
        model({
          fields: [field({ indexes: [index(), index({ id: 'b', name: 'b', column: 'b' })] })],
        }),
      ),
    ],
    [
      'key columns in another order',
      manifest(
        model({
          primaryKey: [
            { name: 'a', column: 'b', type: 'int' },
            { name: 'b', column: 'a', type: 'int' },
          ],
        }),
      ),
    ],
  ])('with %s is refused', (_, given) => {
    refusal(given);
  });
});

describe('row binding', () => {
  it.each([
    ['no primary key', []],
    ['a key column that cells cannot be bound to', [{ name: 'at', column: 'at', type: null }]],
  ])('with %s is refused', (_, primaryKey) => {
    expect(refusal(manifest(model({ primaryKey }))).meta.field).toBe('number');
    expect(() =>
      parseManifest(manifest(model({ primaryKey, fields: [field({ bind: 'field' })] }))),
    ).not.toThrow();
  });
});

describe('leakage', () => {
  const withIndexes = (type: string, ...indexes: readonly Plain[]): Plain =>
    manifest(model({ fields: [field({ type, indexes })] }));
  const raw = { normalizer: 'raw@1' };

  it.each([
    ['a part', withIndexes('string', last4({ acceptLeakage: undefined }))],
    ['a part with an empty reason', withIndexes('string', last4({ acceptLeakage: ' ' }))],
    ['equality of a boolean', withIndexes('boolean', index(raw))],
    ['equality of a date', withIndexes('date', index(raw))],
    ['equality beside first6 and last4', withIndexes('string', index(), last4(), first6())],
  ])('by %s has to be accepted', (_, given) => {
    refusal(given);
  });

  it.each([
    ['equality of a string', withIndexes('string', index())],
    ['an accepted boolean', withIndexes('boolean', index({ ...raw, acceptLeakage: 'known' }))],
    ['equality with last4', withIndexes('string', index(), last4())],
    ['first6 with last4', withIndexes('string', first6(), last4())],
    [
      'all three, accepted',
      withIndexes('string', index({ acceptLeakage: 'x' }), last4(), first6()),
    ],
  ])('by %s is let pass', (_, given) => {
    expect(() => parseManifest(given)).not.toThrow();
  });

  it.each([
    ['json', withIndexes('json', index(raw))],
    ['digits of a number', withIndexes('int', index())],
    ['last4 of a date', withIndexes('date', last4(raw))],
    ['the year of a string', withIndexes('string', last4({ part: 'year' }))],
    ['a part of kind equality', withIndexes('string', index({ part: 'last4' }))],
    ['kind part without a part', withIndexes('string', last4({ part: undefined }))],
    ['a normaliser without version', withIndexes('string', index({ normalizer: 'digits' }))],
    ['a reserved kind', withIndexes('string', index({ kind: 'range' }))],
  ])('of an index that cannot be, %s, is refused', (_, given) => {
    refusal(given);
  });
});

describe('registry entries', () => {
  it('have one entry for each field and index', () => {
    const parsed = parseManifest(manifest(model({ schema: 'kyc' })));
    expect(
      registryEntries(parsed).map(({ id, kind, fieldId, table, type, bind }) => [
        id,
        kind,
        fieldId,
        table,
        type,
        bind,
      ]),
    ).toEqual([
      ['card.number', 'field', 'card.number', 'kyc.card', 'string', 'row'],
      ['card.number.equality', 'index', 'card.number', 'kyc.card', 'equality', null],
      ['card.number.last4', 'index', 'card.number', 'kyc.card', 'last4', null],
    ]);
  });

  const paramsOf = (over: Plain, indexOver: Plain = {}, adapter = 'prisma'): unknown => {
    const fields = [field({ ...over, indexes: [index(indexOver)] })];
    return registryEntries(parseManifest({ ...manifest(model({ fields })), adapter }))[1]?.params;
  };

  it('differ when tokens are made under another key, such as that of another adapter', () => {
    expect(paramsOf({}, {}, 'typeorm')).not.toEqual(paramsOf({}, {}, 'prisma'));
    expect(paramsOf({ key: 'alias/kyc' }, {}, 'typeorm')).toEqual(paramsOf({ key: 'alias/kyc' }));
    expect(paramsOf({ key: 'alias/fieldseal/prisma' })).toEqual(paramsOf({}));
  });

  it('differ when tokens become the same for all tenants', () => {
    const perTenant = paramsOf({ scope: 'tenantId' });
    expect(paramsOf({ scope: 'tenantId' }, { global: 'why' })).not.toEqual(perTenant);
    expect(paramsOf({})).not.toEqual(perTenant);
  });
});
