import { describe, expect, test } from 'vitest';
import type { Refused } from '../../test-support/refused.ts';
import { refusedConditions } from '../../test-support/refused-conditions.ts';
import { refusedLists, refusedTokens } from '../../test-support/refused-lists.ts';
import { refusedWrites } from '../../test-support/refused-writes.ts';
import { createSampleApplication } from '../../test-support/sample-application.ts';

const matrix: readonly Refused[] = [
  ...refusedConditions,
  ...refusedLists,
  ...refusedTokens,
  ...refusedWrites,
];

describe('what a sealed field cannot do', () => {
  test.each(matrix)(
    '$model.$operation of $field by $operator is refused before anything is sent: $args',
    async ({ model, operation, args, code = 'ERR_OPERATOR_UNSUPPORTED', of, field, operator }) => {
      const application = createSampleApplication();
      const meta = { model: of ?? model, field, ...(operator !== undefined && { operator }) };
      await expect(application.run(model, operation, args)).rejects.toMatchObject({
        name: 'FieldsealError',
        code,
        meta,
      });
      expect(application.sent).toEqual([]);
    },
  );

  test('an operation that is not known is refused', async () => {
    const application = createSampleApplication();
    await expect(application.run('Card', 'aggregateRaw', {})).rejects.toMatchObject({
      code: 'ERR_OPERATOR_UNSUPPORTED',
    });
    expect(application.sent).toEqual([]);
  });

  test('a model that the manifest does not know is refused', async () => {
    const application = createSampleApplication();
    await expect(application.run('Ghost', 'findMany', {})).rejects.toMatchObject({
      code: 'ERR_MANIFEST_MISMATCH',
    });
  });

  test('a JSON null is refused, since it cannot be told from no value', async () => {
    const { JsonNull } = await import('@prisma/client/runtime/client');
    const application = createSampleApplication();
    const data = { tenantId: 't', address: JsonNull };
    await expect(application.run('Customer', 'create', { data })).rejects.toMatchObject({
      code: 'ERR_VALUE_TYPE',
    });
    expect(application.sent).toEqual([]);
  });

  test('an update in a batch of a row that is not there yet is refused', async () => {
    const application = createSampleApplication();
    const args = { where: { number: '1' }, data: { number: '2' } };
    const batch = { transaction: { kind: 'batch' } };
    await expect(application.run('Card', 'update', args, batch)).rejects.toMatchObject({
      code: 'ERR_ROW_UNKNOWN',
      meta: { model: 'Card', field: 'number' },
    });
    expect(application.sent.map(({ action }) => action)).toEqual(['findUnique']);
  });
});
