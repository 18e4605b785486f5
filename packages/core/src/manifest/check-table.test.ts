import { describe, expect, it } from 'vitest';
import { checkTable, type TableFacts } from './check-table.ts';
import type { ManifestModel } from './manifest.ts';

const model: ManifestModel = {
  name: 'Card',
  table: 'cards',
  primaryKey: [{ name: 'id', column: 'id', type: 'text' }],
  fields: [
    {
      name: 'number',
      column: 'number',
      id: 'cards.number',
      type: 'string',
      storage: 'text',
      nullable: false,
      key: null,
      bind: 'row',
      indexes: [
        {
          id: 'cards.number.equality',
          kind: 'equality',
          name: 'numberToken',
          column: 'number_token',
          normalizer: 'raw@1',
        },
      ],
    },
  ],
};

const columns = (over: Readonly<Record<string, string | undefined>> = {}): TableFacts['columns'] =>
  new Map(
    Object.entries({ number: 'text', number_token: 'bytea', ...over }).flatMap(([name, type]) =>
      type === undefined ? [] : [[name, { type }]],
    ),
  );
const indexed: TableFacts['indexed'] = new Set(['number_token']);

describe('a table', () => {
  it('that fits is accepted', () => {
    expect(() => checkTable(model, { columns: columns(), indexed })).not.toThrow();
  });

  it.each<[string, TableFacts | undefined]>([
    ['Card: cards: the database has no such table', undefined],
    [
      'Card: cards.number: the column is missing',
      { columns: columns({ number: undefined }), indexed },
    ],
    [
      'Card: cards.number: the column is int4, not text',
      { columns: columns({ number: 'int4' }), indexed },
    ],
    [
      'Card: cards.number_token: the token column is missing',
      { columns: columns({ number_token: undefined }), indexed },
    ],
    [
      'Card: cards.number_token: the token column has no index',
      { columns: columns(), indexed: new Set() },
    ],
  ])('that does not is refused with what to do: %s', (message, table) => {
    expect(() => checkTable(model, table)).toThrow(
      expect.objectContaining({
        code: 'ERR_MANIFEST_MISMATCH',
        message: `${message}; run your migrations`,
      }),
    );
  });
});
