import fc from 'fast-check';
import type { Operation } from './twin.ts';

/**
 * Few values that meet often: the same last four and first six digits, the same years, and both
 * tenants hold the same Aadhaar numbers.
 */
const tenant = fc.constantFrom('t1', 't2');
const aadhaar = fc.constantFrom('100000001234', '200000001234', '100000009999');
const number = fc.constantFrom(
  '4111110000001234',
  '4111110000009999',
  '5500000000001234',
  '5500000000009999',
  '',
);
const last4 = fc.constantFrom('1234', '9999', '0000');
const first6 = fc.constantFrom('411111', '550000', '123456');
const ssn = fc.constantFrom('A1', 'B2', 'a1', '');
const day = fc.constantFrom('1990-01-01', '1990-12-31', '1991-06-15').map((text) => new Date(text));
const customerId = fc.constantFrom('c1', 'c2', 'c3', 'c4');
const cardId = fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5');
const profileId = fc.constantFrom('p1', 'p2', 'p3');
const name = fc.constantFrom('Asha', 'Ravi', 'ರವಿ', '');
const json = fc.constantFrom<unknown>({ city: 'Pune' }, { set: 1 }, [1, 'a', null], 'text', 0);
const count = fc.integer({ min: 0, max: 3 });

const year = fc.constantFrom(1990, 1991, 1992).map((from) => ({
  gte: new Date(`${from}-01-01T00:00:00Z`),
  lt: new Date(`${from + 1}-01-01T00:00:00Z`),
}));

/** Operators that an equality index answers, on values of one field. */
function equalityFilter(value: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const list = fc.array(value, { maxLength: 3 });
  return fc.oneof(
    value,
    fc.record({ equals: value }),
    fc.record({ in: list }),
    fc.record({ notIn: list }),
    fc.record({ not: value }),
    fc.record({ not: fc.record({ in: list }) }),
    fc.record({ not: fc.record({ equals: value }) }),
    fc.record({ in: list, not: value }),
  );
}

function nullable(filter: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    filter,
    fc.constant(null),
    fc.constant({ not: null }),
    fc.constant({ equals: null }),
  );
}

const numberFilter = fc.oneof(
  equalityFilter(number),
  fc.record({ endsWith: last4 }),
  fc.record({ startsWith: first6 }),
  fc.record({ startsWith: first6, endsWith: last4 }),
  fc.record({ not: fc.record({ endsWith: last4 }) }),
);

/** Joins conditions by AND, OR and NOT, two levels deep at most. */
function nested(leaf: fc.Arbitrary<object>): fc.Arbitrary<object> {
  const few = fc.array(leaf, { minLength: 1, maxLength: 2 });
  return fc.oneof(
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: fc.record({ AND: few }) },
    { weight: 1, arbitrary: fc.record({ OR: few }) },
    { weight: 1, arbitrary: fc.record({ NOT: fc.oneof(leaf, few) }) },
    { weight: 1, arbitrary: fc.record({ OR: fc.tuple(leaf, fc.record({ NOT: leaf })) }) },
  );
}

const profileLeaf = fc.oneof(
  fc.record({ ssn: nullable(equalityFilter(ssn)) }),
  fc.record({ bio: name }),
);
const cardLeaf = fc.oneof(
  fc.record({ number: numberFilter }),
  fc.record({ label: name }),
  fc.record({ limit: fc.record({ gte: count }) }),
);
/** Lookups of a tenant's field name the tenant in the same condition. */
const customerLeaf = fc.oneof(
  fc.record({ tenantId: tenant, aadhaar: nullable(equalityFilter(aadhaar)) }),
  fc.record({ tenantId: tenant, dob: nullable(year) }),
  fc.record({ tenantId: tenant, NOT: fc.record({ dob: year }) }),
  fc.record({ email: name }),
);

const relationOperator = fc.constantFrom('some', 'every', 'none');
const cardWhere = nested(
  fc.oneof(
    { weight: 3, arbitrary: cardLeaf },
    { weight: 1, arbitrary: fc.record({ customer: fc.record({ is: customerLeaf }) }) },
    { weight: 1, arbitrary: fc.record({ customer: customerLeaf }) },
  ),
);
const customerWhere = nested(
  fc.oneof(
    { weight: 3, arbitrary: customerLeaf },
    {
      weight: 2,
      arbitrary: fc
        .tuple(relationOperator, nested(cardLeaf))
        .map(([operator, where]) => ({ cards: { [operator]: where } })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('is', 'isNot'), profileLeaf)
        .map(([operator, where]) => ({ profile: { [operator]: where } })),
    },
  ),
);

const cardUnique = fc.oneof(
  fc.record({ id: cardId }),
  fc.record({ number }),
  fc.record({ number, id: cardId }),
  fc.record({ id: cardId, AND: fc.record({ number: fc.record({ not: number }) }) }),
);
const customerUnique = fc.oneof(
  fc.record({ id: customerId, tenantId: tenant }),
  fc.record({ id: customerId }),
  fc.record({ tenantId_aadhaar: fc.record({ tenantId: tenant, aadhaar }) }),
);
const profileUnique = fc.oneof(fc.record({ id: profileId }), fc.record({ ssn }));

const cardData = fc.record(
  { id: cardId, number, label: name, limit: count },
  { requiredKeys: ['id', 'number'] },
);
const profileData = fc.record(
  { id: profileId, ssn: fc.option(ssn), bio: name },
  { requiredKeys: ['id'] },
);
const customerData = fc.record(
  {
    id: customerId,
    tenantId: tenant,
    aadhaar: fc.option(aadhaar),
    name,
    dob: fc.option(day),
    address: json,
    email: name,
    cards: fc.oneof(
      fc.record({ create: fc.array(cardData, { maxLength: 2 }) }),
      fc.record({
        createMany: fc.record({ data: fc.array(cardData, { minLength: 1, maxLength: 2 }) }),
      }),
      fc.record({
        connectOrCreate: fc
          .tuple(cardUnique, cardData)
          .map(([where, create]) => ({ where, create })),
      }),
      fc.record({ connect: fc.record({ number }) }),
    ),
    profile: fc.record({ create: profileData }),
  },
  { requiredKeys: ['id', 'tenantId', 'name'] },
);

function settable(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(value, fc.record({ set: value }));
}

const cardUpdate = fc.record(
  { number: settable(number), label: name, limit: fc.record({ increment: count }) },
  { requiredKeys: [] },
);
const profileUpdate = fc.record({ ssn: settable(fc.option(ssn)), bio: name }, { requiredKeys: [] });
const customerUpdate = fc.record(
  {
    aadhaar: settable(fc.option(aadhaar)),
    name: settable(name),
    dob: fc.option(day),
    address: json,
    visits: fc.record({ increment: count }),
    cards: fc.oneof(
      fc.record({
        update: fc.tuple(cardId, cardUpdate).map(([id, data]) => ({ where: { id }, data })),
      }),
      fc.record({ delete: fc.record({ number }) }),
      fc.record({ deleteMany: cardLeaf }),
      fc.record({ create: cardData }),
      fc.record({
        updateMany: fc.tuple(cardLeaf, name).map(([where, label]) => ({ where, data: { label } })),
      }),
      fc
        .tuple(cardId, cardData, cardUpdate)
        .map(([id, create, update]) => ({ upsert: { where: { id }, create, update } })),
    ),
    profile: fc.oneof(
      fc.record({ update: profileUpdate }),
      fc.record({ update: fc.record({ where: profileLeaf, data: profileUpdate }) }),
      fc.record({ upsert: fc.record({ create: profileData, update: profileUpdate }) }),
      fc.constant({ delete: true }),
    ),
  },
  { requiredKeys: [] },
);

const cardInclude = fc.constantFrom<object>(
  {},
  { include: { customer: true } },
  { include: { customer: { include: { profile: true } } } },
  { select: { number: true } },
  {
    select: { id: true, customer: { select: { name: true, cards: { select: { number: true } } } } },
  },
  { omit: { id: true } },
);
const customerInclude = fc.oneof(
  fc.constantFrom<object>(
    {},
    { include: { cards: true, profile: true } },
    { select: { aadhaar: true, dob: true, _count: { select: { cards: true } } } },
    { select: { address: true, profile: { select: { ssn: true } } } },
    { omit: { name: true, tenantId: true } },
  ),
  cardLeaf.map((where) => ({ include: { cards: { where } } })),
  cardLeaf.map((where) => ({ select: { id: true, _count: { select: { cards: { where } } } } })),
);

type Parts = Readonly<Record<string, fc.Arbitrary<unknown>>>;

function operation(
  model: Operation['model'],
  name: Operation['name'],
  parts: Parts,
  include: fc.Arbitrary<object> = fc.constant({}),
): fc.Arbitrary<Operation> {
  return fc
    .tuple(fc.record(parts), include)
    .map(([args, more]) => ({ model, name, args: { ...args, ...more } }));
}

const cards = [
  operation('card', 'findMany', { where: cardWhere }, cardInclude),
  operation('card', 'findUnique', { where: cardUnique }, cardInclude),
  operation('card', 'count', { where: cardWhere }),
  operation('card', 'update', { where: cardUnique, data: cardUpdate }, cardInclude),
  operation('card', 'updateMany', {
    where: cardWhere,
    data: fc.record({ label: name, limit: fc.record({ increment: count }) }),
  }),
  operation('card', 'delete', { where: cardUnique }),
  operation('card', 'deleteMany', { where: cardWhere }),
  operation(
    'card',
    'create',
    {
      data: fc
        .tuple(cardData, customerUnique)
        .map(([data, connect]) => ({ ...data, customer: { connect } })),
    },
    cardInclude,
  ),
  operation('card', 'create', {
    data: fc.tuple(cardData, customerId).map(([data, id]) => ({ ...data, customerId: id })),
  }),
  operation('card', 'createMany', {
    data: fc.array(
      fc.tuple(cardData, customerId).map(([data, id]) => ({ ...data, customerId: id })),
      { minLength: 1, maxLength: 3 },
    ),
    skipDuplicates: fc.boolean(),
  }),
  operation('card', 'upsert', {
    where: fc.oneof(fc.record({ id: cardId }), fc.record({ number })),
    create: fc.tuple(cardData, customerId).map(([data, id]) => ({ ...data, customerId: id })),
    update: cardUpdate,
  }),
];

const customers = [
  operation('customer', 'create', { data: customerData }, customerInclude),
  operation('customer', 'create', { data: customerData }, customerInclude),
  operation('customer', 'createManyAndReturn', {
    data: fc.array(fc.record({ id: customerId, tenantId: tenant, aadhaar, name, dob: day }), {
      minLength: 1,
      maxLength: 3,
    }),
  }),
  operation('customer', 'findMany', { where: customerWhere }, customerInclude),
  operation('customer', 'findMany', { where: customerWhere }, customerInclude),
  operation('customer', 'findFirst', { where: customerWhere, orderBy: fc.constant({ id: 'asc' }) }),
  operation('customer', 'findUnique', { where: customerUnique }, customerInclude),
  operation('customer', 'count', { where: customerWhere }),
  operation('customer', 'update', { where: customerUnique, data: customerUpdate }, customerInclude),
  operation('customer', 'update', { where: customerUnique, data: customerUpdate }, customerInclude),
  operation('customer', 'updateMany', {
    where: customerWhere,
    data: fc.constantFrom<object>({ aadhaar: null }, { dob: { set: null } }, { email: 'x' }),
  }),
  operation('customer', 'delete', { where: customerUnique }),
  operation('customer', 'upsert', {
    where: customerUnique,
    create: customerData,
    update: customerUpdate,
  }),
];

const profiles = [
  operation('profile', 'findMany', { where: nested(profileLeaf) }),
  operation('profile', 'findUnique', { where: profileUnique }),
  operation('profile', 'update', { where: profileUnique, data: profileUpdate }),
  operation('profile', 'updateMany', {
    where: nested(profileLeaf),
    data: fc.constant({ ssn: null }),
  }),
  operation('profile', 'upsert', {
    where: profileUnique,
    create: fc.tuple(profileData, customerId).map(([data, id]) => ({ ...data, customerId: id })),
    update: profileUpdate,
  }),
];

/** Any operation that the extension supports, on small tables where rows meet often. */
export const arbitraryOperation: fc.Arbitrary<Operation> = fc.oneof(
  ...cards,
  ...customers,
  ...profiles,
);

/** Three customers with cards and profiles, made by operations on both twins. */
export const STARTING_ROWS: readonly Operation[] = [
  {
    model: 'customer',
    name: 'create',
    args: {
      data: {
        id: 'c1',
        tenantId: 't1',
        aadhaar: '100000001234',
        name: 'Asha',
        dob: new Date('1990-01-01'),
        cards: {
          create: [
            { id: 'k1', number: '4111110000001234', label: 'Asha', limit: 1 },
            { id: 'k2', number: '5500000000009999' },
          ],
        },
        profile: { create: { id: 'p1', ssn: 'A1', bio: 'Ravi' } },
      },
    },
  },
  {
    model: 'customer',
    name: 'create',
    args: {
      data: {
        id: 'c2',
        tenantId: 't2',
        aadhaar: '100000001234',
        name: 'Ravi',
        dob: new Date('1990-12-31'),
        email: 'Ravi',
        cards: { create: { id: 'k3', number: '5500000000001234', limit: 2 } },
      },
    },
  },
  {
    model: 'customer',
    name: 'create',
    args: {
      data: {
        id: 'c3',
        tenantId: 't1',
        name: '',
        address: { city: 'Pune' },
        profile: { create: { id: 'p2', ssn: null } },
      },
    },
  },
];
