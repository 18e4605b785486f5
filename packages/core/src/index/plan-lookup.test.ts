import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ManifestField, ManifestIndex } from '../manifest/manifest.ts';
import { createIndexTokens } from './index-tokens.ts';
import { findNormalizer, type Normalizer } from './normalizer.ts';
import { customParts, PART_FUNCTIONS, type PartFunction } from './part-function.ts';
import { planLookup, type SearchableField } from './plan-lookup.ts';
import type { Predicate, PredicateOperator } from './predicate.ts';

interface Shape {
  readonly type?: ManifestField['type'];
  readonly normalizer?: string;
  readonly kinds: readonly string[];
  readonly custom?: ReadonlyMap<string, PartFunction>;
}

function searched({
  type = 'string',
  normalizer = 'raw@1',
  kinds,
  custom,
}: Shape): SearchableField {
  const indexes = kinds.map(
    (kind): ManifestIndex => ({
      id: `m.f.${kind}`,
      kind: kind === 'equality' ? 'equality' : 'part',
      ...(kind === 'equality' ? {} : { part: kind }),
      name: `f_${kind}`,
      column: `f_${kind}`,
      normalizer,
    }),
  );
  const field: ManifestField = {
    name: 'f',
    column: 'f',
    id: 'm.f',
    type,
    storage: 'text',
    nullable: true,
    key: null,
    bind: 'field',
    indexes,
  };
  const normalize = findNormalizer(normalizer, new Map()) as Normalizer;
  const tokens = indexes.map((index) => {
    const part = PART_FUNCTIONS.get(index.part ?? '') ?? custom?.get(index.part ?? '');
    return createIndexTokens({ field, index, normalize, part, isCustomPart: custom !== undefined });
  });
  return { model: 'M', field, indexes: tokens };
}

/** Tokens without a key: the message itself. */
function predicate(
  field: SearchableField,
  operator: PredicateOperator,
  operand: unknown,
): Predicate {
  const plan = planLookup(field, operator, operand);
  return plan.predicate(plan.messages);
}

function refusal(field: SearchableField, operator: string, operand: unknown): FieldsealError {
  try {
    planLookup(field, operator as PredicateOperator, operand);
  } catch (error) {
    expect(error).toBeInstanceOf(FieldsealError);
    return error as FieldsealError;
  }
  return expect.unreachable('planned');
}

/** Whether a value's own token is among those asked for. */
function finds(field: SearchableField, asked: Predicate, value: unknown): boolean {
  const index = field.indexes.find(({ index: { name } }) => name === asked.index);
  const message = Buffer.from(index?.messageOf(value) ?? []);
  return asked.tokens.some((token) => message.equals(token)) !== asked.negated;
}

const text = searched({ kinds: ['equality', 'last4', 'first6'] });
const digits = searched({ normalizer: 'digits@1', kinds: ['equality', 'last4', 'first6'] });
const date = searched({ type: 'date', kinds: ['year'] });
const time = searched({ type: 'timestamp', kinds: ['year'] });

describe('a predicate on an equality index', () => {
  it.each([
    ['equals', 'a', 'equals', false, 1],
    ['not', 'a', 'equals', true, 1],
    ['in', ['a', 'b'], 'in', false, 2],
    ['notIn', ['a', 'b'], 'in', true, 2],
    ['in', [], 'in', false, 0],
    ['in', ['a', 'a'], 'in', false, 1],
  ] as const)('for %s %j is %s', (operator, operand, match, negated, count) => {
    const made = predicate(text, operator, operand);
    expect(made).toMatchObject({ column: 'f_equality', index: 'f_equality', exact: true });
    expect(made).toMatchObject({ match, negated, andNotNull: false });
    expect(made.tokens).toHaveLength(count);
  });

  it('finds what is equal after normalising, and nothing else', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (asked, value) => {
        const normalize = findNormalizer('digits@1', new Map()) as Normalizer;
        const isEqual = normalize(asked) === normalize(value);
        expect(finds(digits, predicate(digits, 'equals', asked), value)).toBe(isEqual);
        expect(finds(digits, predicate(digits, 'notIn', [asked]), value)).toBe(!isEqual);
      }),
    );
  });

  it('asks once for values that normalise to the same', () => {
    expect(predicate(digits, 'in', ['1 2', '12', '1-2']).tokens).toHaveLength(1);
  });
});

describe('a predicate on a part', () => {
  it('finds exactly the values that end in four characters', () => {
    const short = fc.string({ unit: 'grapheme', maxLength: 8 });
    const tail = fc.string({
      unit: fc.constantFrom('a', 'b', '😀', 'é'),
      minLength: 4,
      maxLength: 4,
    });
    fc.assert(
      fc.property(short, tail, tail, (head, end, asked) => {
        fc.pre([...asked].length === 4);
        const made = predicate(text, 'endsWith', asked);
        expect(finds(text, made, head + end)).toBe((head + end).endsWith(asked));
        expect(finds(text, made, [...end].slice(1).join(''))).toBe(false);
      }),
    );
  });

  it('finds exactly the values that start with six characters', () => {
    const made = predicate(digits, 'startsWith', '4111 11');
    expect(made.index).toBe('f_first6');
    expect(finds(digits, made, '4111-1111-1111-1234')).toBe(true);
    expect(finds(digits, made, '4111-1211-1111-1234')).toBe(false);
    expect(finds(digits, made, '41111')).toBe(false);
  });

  it.each([
    ['endsWith', '123'],
    ['endsWith', '12345'],
    ['endsWith', '😀12'],
    ['startsWith', '12345'],
    ['startsWith', '1234567'],
    ['endsWith', 1234],
    ['endsWith', ['1234']],
    ['startsWith', { toString: () => '123456' }],
  ] as const)('for %s %j is refused', (operator, operand) => {
    expect(refusal(text, operator, operand).code).toBe('ERR_OPERATOR_UNSUPPORTED');
  });

  it('counts characters after normalising', () => {
    expect(refusal(digits, 'endsWith', '1 23').code).toBe('ERR_OPERATOR_UNSUPPORTED');
    expect(predicate(digits, 'endsWith', '12 34').tokens).toHaveLength(1);
  });
});

describe('a predicate on years', () => {
  it.each([
    ['a year', date, { gte: '1990-01-01', lt: '1991-01-01' }, 1],
    ['a year by its days', date, { gt: '1989-12-31', lte: '1990-12-31' }, 1],
    [
      'a year of Date objects',
      date,
      { gte: new Date('1990-01-01'), lt: new Date('1991-01-01') },
      1,
    ],
    ['three years', date, { gte: '1990-01-01', lt: '1993-01-01' }, 3],
    ['two bounds on a side', date, { gt: '1980-05-05', gte: '1990-01-01', lt: '1991-01-01' }, 1],
    ['a bound that is undefined', date, { gte: '1990-01-01', lt: '1991-01-01', gt: undefined }, 1],
    ['years before 100', date, { gte: '0099-01-01', lt: '0100-01-01' }, 1],
    ['a year of times', time, { gte: '1990-01-01T00:00:00Z', lt: '1991-01-01T00:00:00Z' }, 1],
    [
      'a year to its last millisecond',
      time,
      { gte: new Date('1990-01-01'), lte: new Date('1990-12-31T23:59:59.999Z') },
      1,
    ],
  ])('takes %s', (_, field, operand, count) => {
    const made = predicate(field, 'range', operand);
    expect(made).toMatchObject({
      match: count === 1 ? 'equals' : 'in',
      negated: false,
      exact: true,
    });
    expect(made.tokens).toHaveLength(count);
  });

  it.each([
    ['no start', date, { lt: '1991-01-01' }],
    ['no end', date, { gte: '1990-01-01' }],
    ['nothing', date, {}],
    ['a start within a year', date, { gte: '1990-01-02', lt: '1991-01-01' }],
    ['an end within a year', date, { gte: '1990-01-01', lt: '1990-12-31' }],
    ['an end that is left out by a day', date, { gte: '1990-01-01', lte: '1991-01-01' }],
    ['an end before its start', date, { gte: '1991-01-01', lt: '1990-01-01' }],
    ['no width', date, { gte: '1990-01-01', lt: '1990-01-01' }],
    ['more than 200 years', date, { gte: '1700-01-01', lt: '1901-01-01' }],
    ['a time of day', date, { gte: '1990-01-01T01:00:00Z', lt: '1991-01-01' }],
    ['a day as a time', time, { gte: '1990-01-01', lt: '1991-01-01' }],
    ['null', date, { gte: null, lt: '1991-01-01' }],
    ['a number', date, { gte: 0, lt: '1991-01-01' }],
    ['another bound', date, { gte: '1990-01-01', before: '1991-01-01' }],
    ['a text', date, '1990'],
  ])('refuses a range with %s', (_, field, operand) => {
    expect(refusal(field, 'range', operand).code).toBe('ERR_OPERATOR_UNSUPPORTED');
  });

  it('finds exactly the dates of a range of whole years', () => {
    const years = fc.integer({ min: 1900, max: 2090 });
    const dates = fc.date({
      min: new Date('1890-01-01'),
      max: new Date('2110-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(years, fc.integer({ min: 1, max: 20 }), dates, (first, count, value) => {
        const start = new Date(`${first}-01-01`);
        const end = new Date(`${first + count}-01-01`);
        const made = predicate(time, 'range', { gte: start, lt: end });
        expect(finds(time, made, value)).toBe(value >= start && value < end);
      }),
    );
  });
});

describe('a lookup that no index answers', () => {
  it.each([
    ['equals without equality', date, 'equals', '1990-01-01'],
    ['in without equality', date, 'in', ['1990-01-01']],
    ['startsWith without first6', searched({ kinds: ['equality'] }), 'startsWith', '123456'],
    ['range on equality', text, 'range', { gte: 'a' }],
    ['range on a field without index', searched({ kinds: [] }), 'range', {}],
    ['an operator that does not exist', text, 'contains', 'a'],
    ['equals null', text, 'equals', null],
    ['not null', text, 'not', null],
    ['equals undefined', text, 'equals', undefined],
    ['null in a list', text, 'in', ['a', null]],
    ['undefined in a list', text, 'notIn', [undefined]],
    ['in with no list', text, 'in', 'a'],
    ['endsWith null', text, 'endsWith', null],
  ])('%s is refused with model, field and operator', (_, field, operator, operand) => {
    const error = refusal(field, operator, operand);
    expect(error.code).toBe('ERR_OPERATOR_UNSUPPORTED');
    expect(error.meta).toEqual({ model: 'M', field: 'f', operator });
    expect(error.message).toContain(`M.f does not answer ${operator}`);
  });

  it('because its operand is of another type is refused as such', () => {
    expect(refusal(text, 'equals', 5).code).toBe('ERR_VALUE_TYPE');
    expect(refusal(text, 'in', ['a', 5]).code).toBe('ERR_VALUE_TYPE');
  });

  it('never quotes the operand', () => {
    for (const [operator, operand] of [
      ['startsWith', 'secret'.repeat(2)],
      ['in', 'secret'],
    ] as const) {
      const error = refusal(text, operator, operand);
      expect(JSON.stringify(error) + error.message).not.toContain('secret');
    }
  });
});

describe('a part function of the application', () => {
  const domain: PartFunction = {
    types: ['string'],
    partType: 'string',
    partOf: (value) => String(value).split('@').at(-1),
    operator: 'endsWith',
    partsFor: (operand) =>
      typeof operand === 'string' && operand.startsWith('@') ? [operand.slice(1)] : undefined,
  };
  const custom = customParts({ 'domain@1': domain });
  const email = searched({ kinds: ['domain@1'], custom });

  it('answers its operator', () => {
    const made = predicate(email, 'endsWith', '@example.in');
    expect(finds(email, made, 'asha@example.in')).toBe(true);
    expect(finds(email, made, 'asha@other.in')).toBe(false);
    expect(refusal(email, 'endsWith', 'example.in').code).toBe('ERR_OPERATOR_UNSUPPORTED');
  });

  it('has its name in the key of its tokens', () => {
    const name = Buffer.from('domain@1');
    expect(Buffer.from(email.indexes[0]?.params ?? []).includes(name)).toBe(true);
  });

  it('that throws or answers with another type is refused without the value', () => {
    const bad = customParts({
      throws: {
        ...domain,
        partOf: (value) => {
          throw new TypeError(`bad ${String(value)}`);
        },
      },
      number: { ...domain, partOf: () => 5 },
    });
    for (const kind of ['throws', 'number']) {
      const field = searched({ kinds: [kind], custom: bad });
      try {
        field.indexes[0]?.messageOf('secret');
        expect.unreachable();
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_VALUE_TYPE' });
        expect(String(error)).not.toContain('secret');
      }
    }
  });

  it.each(['last4', 'a b', ''])('cannot be called %j', (name) => {
    expect(() => customParts({ [name]: domain })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }),
    );
  });
});
