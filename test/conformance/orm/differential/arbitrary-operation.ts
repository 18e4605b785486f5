import fc from 'fast-check';
import {
  endsWith,
  inYear,
  isIn,
  isNull,
  not,
  notIn,
  notNull,
  type Row,
  startsWith,
} from '../orm-driver.ts';
import type { Operation, SimpleOperation } from './operation.ts';

/** Few values that meet often: equal ends and starts, equal years, and the same in both tenants. */
const tenantId = fc.constantFrom('t1', 't2');
const aadhaar = fc.constantFrom('100000001234', '200000001234', '100000009999', '');
const number = fc.constantFrom(
  '4111110000001234',
  '4111110000009999',
  '5500000000001234',
  '5500000000009999',
  '6011000000001234',
  '6011000000005678',
  '',
);
const uuid = (first: number) => (last: number) =>
  `${String(first).repeat(8)}-0000-4000-8000-00000000000${last}`;
const customerId = fc.constantFrom(1, 2, 3, 4).map(uuid(1));
const cardId = fc.constantFrom(1, 2, 3, 4, 5, 6, 7).map(uuid(2));
const text = fc.constantFrom('Asha', 'Ravi', 'ರವಿ', '');
const day = fc.constantFrom('1990-01-01', '1990-12-31', '1991-06-15').map((at) => new Date(at));
const json = fc.constantFrom<unknown>({ city: 'Pune' }, [1, 'a', null], { a: { b: 0 } });
const small = fc.integer({ min: 0, max: 3 });
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 3 });

function asked(value: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const list = fc.array(value, { maxLength: 3 });
  return fc.oneof(
    { weight: 3, arbitrary: value },
    { weight: 1, arbitrary: list.map((of) => isIn(...of)) },
    { weight: 1, arbitrary: list.map((of) => notIn(...of)) },
    { weight: 1, arbitrary: value.map(not) },
    { weight: 1, arbitrary: fc.constantFrom(isNull, notNull) },
  );
}

const numberAsked = fc.oneof(
  { weight: 3, arbitrary: asked(number) },
  { weight: 1, arbitrary: fc.constantFrom('1234', '9999', '0000').map(endsWith) },
  { weight: 1, arbitrary: fc.constantFrom('411111', '123456').map(startsWith) },
);
const yearAsked = fc.oneof(
  fc.constantFrom(1990, 1991, 1992).map(inYear),
  fc.constantFrom(isNull, notNull),
);

const some = { requiredKeys: [] };
const cardLeaf = fc.oneof(
  fc.record<Row>({ number: numberAsked }),
  fc.record<Row>({ number: numberAsked, label: text }),
  fc.record<Row>({ id: cardId }),
  fc.record<Row>({ limit: small, number: asked(number) }),
);
const customerLeaf = fc.oneof(
  fc.record<Row>({ tenantId, aadhaar: asked(aadhaar) }),
  fc.record<Row>({ tenantId, dob: yearAsked }),
  fc.record<Row>({ tenantId, aadhaar: asked(aadhaar), dob: yearAsked, email: text }),
  fc.record<Row>({ id: customerId }),
  fc.record<Row>({ id: customerId, tenantId, aadhaar: asked(aadhaar) }),
  fc.record<Row>({ email: text }),
  // without its tenant: refused
  fc.record<Row>({ aadhaar: asked(aadhaar) }),
);
const cardObject = fc.oneof(
  { weight: 3, arbitrary: cardLeaf },
  {
    weight: 1,
    arbitrary: fc.tuple(cardLeaf, customerLeaf).map(([row, customer]) => ({ ...row, customer })),
  },
);
const customerObject = fc.oneof(
  { weight: 3, arbitrary: customerLeaf },
  {
    weight: 1,
    arbitrary: fc.tuple(customerLeaf, cardLeaf).map(([row, cards]) => ({ ...row, cards })),
  },
);
const anyOf = (row: fc.Arbitrary<Row>) =>
  fc.oneof(
    { weight: 3, arbitrary: row },
    { weight: 1, arbitrary: fc.array(row, { minLength: 1, maxLength: 3 }) },
  );

const more = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Row>({}) },
  {
    weight: 1,
    arbitrary: fc
      .record<Row>({ skip: small, take: fc.integer({ min: 1, max: 3 }) })
      .map((page) => ({ ...page, order: { id: 'DESC' } })),
  },
);
const cardMore = fc.oneof(
  { weight: 2, arbitrary: more },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Row>(
      { relations: { customer: true } },
      { relations: { customer: { cards: true } } },
      { relations: { customer: true }, relationLoadStrategy: 'query' },
      { select: { id: true, number: true } },
      {
        select: { id: true, label: true, customer: { name: true } },
        relations: { customer: true },
      },
    ),
  },
);
const customerMore = fc.oneof(
  { weight: 2, arbitrary: more },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Row>(
      { relations: { cards: true } },
      { relations: { cards: { customer: true } } },
      { relations: { cards: true }, relationLoadStrategy: 'query' },
      { relations: { cards: true }, order: { id: 'ASC' }, take: 2 },
      { select: { id: true, aadhaar: true, dob: true } },
      { select: { id: true, visits: true } },
    ),
  },
);

const cardRow = fc.record<Row>(
  { id: cardId, number, label: orNull(text), limit: small, customerId: orNull(customerId) },
  { requiredKeys: ['id', 'number'] },
);
const customerFields = {
  id: customerId,
  tenantId,
  aadhaar: orNull(aadhaar),
  name: text,
  dob: orNull(day),
  address: orNull(json),
  email: text,
};
const wholeCustomer = fc.record<Row>(customerFields);
const customerRow = fc.record<Row>(customerFields, { requiredKeys: ['id', 'tenantId', 'name'] });
const cardOfCustomer = fc.record<Row>({ id: cardId, number, limit: small });
const customerWithCards = fc
  .tuple(wholeCustomer, fc.array(cardOfCustomer, { minLength: 1, maxLength: 2 }))
  .map(([row, cards]) => ({ ...row, cards }));
const cardData = fc.record<Row>({ number, label: orNull(text), limit: small }, some);
const customerData = fc.record<Row>(
  { aadhaar: orNull(aadhaar), name: text, dob: orNull(day), address: orNull(json), email: text },
  some,
);
/** A new tenant comes with everything that is sealed for it, or is refused. */
const customerMove = fc.record<Row>(
  { tenantId, aadhaar: orNull(aadhaar), name: text, dob: orNull(day), address: orNull(json) },
  { requiredKeys: ['tenantId', 'name'] },
);
const few = (row: fc.Arbitrary<Row>) => fc.array(row, { minLength: 1, maxLength: 3 });
const cardKey = fc.oneof(fc.record<Row>({ id: cardId }), fc.record<Row>({ number }));
const customerKey = fc.oneof(
  fc.record<Row>({ id: customerId }),
  fc.record<Row>({ tenantId, aadhaar }),
  fc.record<Row>({ id: customerId, tenantId }),
);

const reads: readonly fc.Arbitrary<SimpleOperation>[] = [
  fc.record({
    name: fc.constantFrom('find', 'findAndCount', 'findOne'),
    model: fc.constant('card'),
    find: fc.record({ where: anyOf(cardObject), more: cardMore }),
  }),
  fc.record({
    name: fc.constantFrom('find', 'findAndCount', 'findOne'),
    model: fc.constant('customer'),
    find: fc.record({ where: anyOf(customerObject), more: customerMore }),
  }),
  fc.record({
    name: fc.constantFrom('count', 'exists'),
    model: fc.constant('card'),
    where: anyOf(cardObject),
  }),
  fc.record({
    name: fc.constantFrom('count', 'exists'),
    model: fc.constant('customer'),
    where: anyOf(customerObject),
  }),
  fc.record({ name: fc.constant('joined'), model: fc.constant('customer'), where: customerLeaf }),
  fc.record({ name: fc.constant('joined'), model: fc.constant('card'), where: cardLeaf }),
];

const writes: readonly fc.Arbitrary<SimpleOperation>[] = [
  fc.record({
    name: fc.constantFrom('save', 'insert'),
    model: fc.constant('card'),
    rows: few(cardRow),
  }),
  fc.record({
    name: fc.constantFrom('save', 'insert'),
    model: fc.constant('customer'),
    rows: few(fc.oneof(customerRow, wholeCustomer)),
  }),
  fc.record({
    name: fc.constant('save'),
    model: fc.constant('customer'),
    rows: customerWithCards.map((row) => [row]),
  }),
  fc.record({
    name: fc.constant('change'),
    model: fc.constant('card'),
    where: cardKey,
    data: cardData,
  }),
  fc.record({
    name: fc.constant('change'),
    model: fc.constant('customer'),
    where: customerKey,
    data: fc.oneof(customerData, customerMove),
  }),
  fc.record({
    name: fc.constant('update'),
    model: fc.constant('card'),
    where: fc.oneof(cardKey, cardLeaf),
    data: cardData,
  }),
  fc.record({
    name: fc.constant('update'),
    model: fc.constant('customer'),
    where: fc.oneof(customerKey, customerLeaf),
    data: fc.oneof(customerData, customerMove),
  }),
  fc.record({
    name: fc.constant('upsert'),
    model: fc.constant('card'),
    row: cardRow,
    on: fc.constantFrom(['id'], ['number']),
  }),
  fc.record({
    name: fc.constant('upsert'),
    model: fc.constant('customer'),
    row: wholeCustomer,
    on: fc.constantFrom(['id'], ['tenantId', 'aadhaar']),
  }),
  fc.record({
    name: fc.constant('increment'),
    model: fc.constant('customer'),
    where: customerLeaf,
    column: fc.constant('visits'),
  }),
  fc.record({
    name: fc.constant('increment'),
    model: fc.constant('card'),
    where: cardLeaf,
    column: fc.constant('limit'),
  }),
  fc.record({ name: fc.constant('delete'), model: fc.constant('card'), where: cardLeaf }),
  fc.record({ name: fc.constant('delete'), model: fc.constant('customer'), where: customerKey }),
  fc.record({ name: fc.constant('remove'), model: fc.constant('customer'), where: customerKey }),
];

const simple: fc.Arbitrary<SimpleOperation> = fc.oneof(...reads, ...writes);

export const arbitraryOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 9, arbitrary: simple },
  {
    weight: 1,
    arbitrary: fc.record({
      name: fc.constant('transaction'),
      operations: fc.array(simple, { minLength: 1, maxLength: 3 }),
      isKept: fc.boolean(),
    }),
  },
);

/** Three customers with cards, made on both twins. */
export const STARTING_ROWS: readonly Operation[] = [
  {
    name: 'save',
    model: 'customer',
    rows: [
      {
        id: uuid(1)(1),
        tenantId: 't1',
        aadhaar: '100000001234',
        name: 'Asha',
        dob: new Date('1990-01-01'),
        cards: [
          { id: uuid(2)(1), number: '4111110000001234', label: 'Asha', limit: 1 },
          { id: uuid(2)(2), number: '5500000000009999' },
        ],
      },
      {
        id: uuid(1)(2),
        tenantId: 't2',
        aadhaar: '100000001234',
        name: 'Ravi',
        dob: new Date('1990-12-31'),
        email: 'Ravi',
        cards: [{ id: uuid(2)(3), number: '5500000000001234', limit: 2 }],
      },
      { id: uuid(1)(3), tenantId: 't1', name: '', address: { city: 'Pune' } },
    ],
  },
];
