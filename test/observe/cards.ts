import { createFieldCodec, type Keyring, type Manifest } from '@fieldseal/core';

const CARD = '0190f1c2-0000-7000-8000-000000000001';
/** A cardholder's own, and so is the tenant: neither is to be seen by whoever collects telemetry. */
export const NUMBER = '4111 1111 1111 1234';
export const TENANT = 'tenant-of-asha';

const manifest: Manifest = {
  version: 1,
  adapter: 'prisma',
  models: [
    {
      name: 'Card',
      table: 'Card',
      primaryKey: [{ name: 'id', column: 'id', type: 'uuid' }],
      fields: [
        {
          name: 'number',
          column: 'number',
          id: 'Card.number',
          type: 'string',
          storage: 'text',
          nullable: false,
          key: 'alias/cards',
          scope: 'tenantId',
          bind: 'row',
          indexes: [
            {
              id: 'Card.number.equality',
              kind: 'equality',
              name: 'numberToken',
              column: 'numberToken',
              normalizer: 'digits@1',
            },
          ],
        },
      ],
    },
  ],
};

/** One row with a sealed field: a write, a lookup and reads of it. */
export interface Cards {
  readonly row: Record<string, unknown>;
  seal(): Promise<void>;
  lookup(): Promise<void>;
  /** @param times - Rows of the result set. */
  open(times?: number): Promise<void>;
}

export function cardsOf(keyring: Keyring): Cards {
  const codec = createFieldCodec({ keyring, manifest });
  const row: Record<string, unknown> = { id: CARD, tenantId: TENANT };
  return {
    row,
    async seal() {
      row.number = NUMBER;
      const call = codec.call('Card.create');
      call.seal({ model: 'Card', target: row, row: { id: CARD }, scope: { tenant: TENANT } });
      await call.run();
    },
    async lookup() {
      const call = codec.call('Card.findFirst');
      const place = { model: 'Card', field: 'number', tenant: TENANT };
      call.lookup({ ...place, operator: 'equals', operand: NUMBER }, () => {});
      await call.run();
    },
    async open(times = 1) {
      const rows = Array.from({ length: times }, () => ({ ...row }));
      await codec.open('Card.findMany', [{ model: 'Card', rows }]);
    },
  };
}
