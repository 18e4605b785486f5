import type { ManifestField, ManifestIndex } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import type { PrismaManifest } from '../../manifest/prisma-manifest.ts';
import { narrowTypes } from './narrow-types.ts';

const graph = { table: 't', fields: {}, uniques: [] };

function index(change: Partial<ManifestIndex>): ManifestIndex {
  return { id: 'i', kind: 'equality', name: 't', column: 't', normalizer: 'raw@1', ...change };
}

function manifest(change: Partial<ManifestField>): PrismaManifest {
  const field: ManifestField = {
    name: 'pan',
    column: 'pan',
    id: 'Card.pan',
    type: 'string',
    storage: 'text',
    nullable: false,
    key: null,
    bind: 'row',
    indexes: [],
    ...change,
  };
  const model = { name: 'Card', table: 'Card', primaryKey: [], fields: [field] };
  return {
    version: 1,
    adapter: 'prisma',
    models: [model],
    graph: { Card: { name: 'Card', ...graph }, CardHolder: { name: 'CardHolder', ...graph } },
  };
}

/** One line in a type, narrowed. */
function narrow(block: string, line: string, change: Partial<ManifestField> = {}): string {
  const text = `export type ${block} = {\n${line}\n}`;
  const lines = narrowTypes(text, manifest(change)).text.split('\n');
  return lines.slice(1, -1).join('\n');
}

describe('narrowTypes', () => {
  const required = '  pan?: Prisma.StringFilter<"Card"> | string';
  const optional = '  pan?: StringNullableFilter<"Card"> | string | null';
  const date = '  pan?: DateTimeFilter<"Card"> | Date | string';

  it.each([
    ['nothing without an index', required, {}, '  pan?: never'],
    [
      'null without an index',
      optional,
      { nullable: true },
      '  pan?: { equals?: null; not?: null } | null',
    ],
    [
      'equality and lists with an equality index',
      required,
      { indexes: [index({})] },
      '  pan?: { equals?: string; not?: string; in?: (string)[]; notIn?: (string)[] } | string',
    ],
    [
      'endings with last4',
      required,
      { indexes: [index({ kind: 'part', part: 'last4' })] },
      '  pan?: { endsWith?: string }',
    ],
    [
      'beginnings with first6',
      optional,
      { nullable: true, indexes: [index({ kind: 'part', part: 'first6' })] },
      '  pan?: { equals?: null; not?: null; startsWith?: string } | null',
    ],
    [
      'ranges with year',
      date,
      { type: 'date', indexes: [index({ kind: 'part', part: 'year' })] },
      '  pan?: { gt?: Date | string; gte?: Date | string; lt?: Date | string; lte?: Date | string }',
    ],
    [
      'the absence of JSON',
      '  pan?: Prisma.JsonNullableFilter<"Card">',
      { type: 'json', nullable: true },
      '  pan?: { equals?: Prisma.JsonNullValueFilter; not?: Prisma.JsonNullValueFilter }',
    ],
  ] as const)('leaves a filter %s', (_, line, change, expected) => {
    expect(narrow('CardWhereInput', line, change)).toBe(expected);
    expect(narrow('CardScalarWhereInput', line, change)).toBe(expected);
  });

  it.each([
    ['CardOrderByWithRelationInput', '  pan?: Prisma.SortOrder'],
    ['CardOrderByWithAggregationInput', '  pan?: SortOrderInput | SortOrder'],
    ['CardMinAggregateInputType', '  pan?: true'],
    ['CardSumOrderByAggregateInput', '  pan?: SortOrder'],
  ])('closes the field in %s', (block, line) => {
    expect(narrow(block, line)).toBe('  pan?: never');
  });

  it('takes the field out of conditions on groups and out of column references', () => {
    const having = '  pan?: StringWithAggregatesFilter<"Card"> | string';
    expect(narrow('CardScalarWhereWithAggregatesInput', having)).toBe('');
    expect(narrow('CardFieldRefs', '  readonly pan: FieldRef<"Card", \'String\'>')).toBe('');
  });

  it('keeps a column name for distinct and groupBy only with an equality index', () => {
    expect(narrow('CardScalarFieldEnum', "  pan: 'pan',")).toBe('');
    expect(narrow('CardScalarFieldEnum', "  pan: 'pan',", { indexes: [index({})] })).toBe(
      "  pan: 'pan',",
    );
  });

  it('takes arithmetic from updates', () => {
    const line = '  pan?: NullableIntFieldUpdateOperationsInput | number | null';
    const expected = '  pan?: { set?: number | null } | number | null';
    expect(narrow('CardUncheckedUpdateManyWithoutHolderInput', line)).toBe(expected);
  });

  it.each([
    ['CardHolderWhereInput', '  pan?: StringFilter<"CardHolder"> | string'],
    ['CardCreateInput', '  pan: string'],
    ['CardCountAggregateInputType', '  pan?: true'],
    ['CardWhereUniqueInput', '  pan?: string'],
    ['CardWhereInput', '  name?: StringFilter<"Card"> | string'],
  ])('leaves %s alone where nothing has to go', (block, line) => {
    expect(narrow(block, line)).toBe(line);
  });

  it('leaves text of an unknown form as it is and says so', () => {
    const text = 'export type CardWhereInput = {\n  pan?: NewFilter<"Card", string>\n}';
    const result = narrowTypes(text, manifest({}));
    expect(result.text).toBe(text);
    expect(result.unknown).toEqual(['CardWhereInput: pan?: NewFilter<"Card", string>']);
    expect([...result.narrowed]).toEqual([]);
  });

  it('says which filters it found', () => {
    const text = `export type CardWhereInput = {\n${required}\n}`;
    expect([...narrowTypes(text, manifest({})).narrowed]).toEqual(['Card.pan']);
  });
});
