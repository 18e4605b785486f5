import { FieldRef } from './field-ref.ts';
import type { Refused } from './refused.ts';

function whereCase(operator: string, operand: unknown): Refused {
  return {
    model: 'Card',
    operation: 'findMany',
    args: { where: { number: { [operator]: operand } } },
    field: 'number',
    operator,
  };
}

/** Conditions that no index answers exactly. */
export const refusedConditions: readonly Refused[] = [
  whereCase('contains', '41'),
  whereCase('startsWith', '41'),
  whereCase('search', 'a & b'),
  whereCase('mode', 'insensitive'),
  whereCase('has', 'x'),
  whereCase('path', ['a']),
  whereCase('string_contains', 'a'),
  whereCase('array_contains', ['a']),
  whereCase('in', 'not a list'),
  whereCase('in', ['1', null]),
  whereCase('equals', new FieldRef('Card', 'label')),
  whereCase('not', { in: ['1'], equals: '2' }),
  whereCase('not', { not: '1' }),
  whereCase('not', { not: null }),
  { ...whereCase('gt', '1'), operator: 'range' },
  { ...whereCase('lte', '9'), operator: 'range' },
  {
    model: 'Card',
    operation: 'findMany',
    args: { where: { label: { equals: new FieldRef('Card', 'number') } } },
    field: 'number',
    operator: 'fieldReference',
  },
  {
    model: 'Card',
    operation: 'findMany',
    args: { where: { NOT: [{ OR: [{ number: { contains: '1' } }] }] } },
    field: 'number',
    operator: 'contains',
  },
  {
    model: 'Customer',
    operation: 'findMany',
    args: { where: { cards: { none: { number: { contains: '1' } } } } },
    of: 'Card',
    field: 'number',
    operator: 'contains',
  },
  {
    model: 'Customer',
    operation: 'findMany',
    args: { include: { cards: { where: { number: { contains: '1' } } } } },
    of: 'Card',
    field: 'number',
    operator: 'contains',
  },
  {
    model: 'Customer',
    operation: 'findMany',
    args: { select: { _count: { select: { cards: { where: { number: { lt: '1' } } } } } } },
    of: 'Card',
    field: 'number',
    operator: 'range',
  },
  {
    model: 'Customer',
    operation: 'findMany',
    args: { where: { tenantId: 't', address: { equals: { city: 'Pune' } } } },
    field: 'address',
    operator: 'equals',
  },
  {
    model: 'Card',
    operation: 'deleteMany',
    args: { where: { number: { notIn: null } } },
    field: 'number',
    operator: 'notIn',
  },
  {
    model: 'Card',
    operation: 'count',
    args: { where: { number: { contains: '' } } },
    field: 'number',
    operator: 'contains',
  },
  {
    model: 'Card',
    operation: 'aggregate',
    args: { where: { number: { contains: '' } } },
    field: 'number',
    operator: 'contains',
  },
  {
    model: 'Customer',
    operation: 'findMany',
    args: { where: { aadhaar: '1' } },
    code: 'ERR_SCOPE_REQUIRED',
    field: 'aadhaar',
  },
];
