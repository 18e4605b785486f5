import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AuditRow } from '../keys/key-store.ts';
import { AUDIT_TABLES, type ColumnType, type ColumnValue } from '../keys/record-schema.ts';
import { auditLine, parseAuditLine } from './audit-line.ts';

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const VALUES: Readonly<Record<ColumnType, fc.Arbitrary<ColumnValue>>> = {
  text: fc.string({ unit: 'binary' }),
  uuid: fc.uuid(),
  int: fc.integer(),
  bigint: fc.bigInt(INT64),
  timestamp: fc.bigInt(INT64),
  boolean: fc.boolean(),
  bytes: fc.uint8Array({ maxLength: 40 }),
};

const rows: fc.Arbitrary<AuditRow> = fc
  .constantFrom('audit_entry' as const, 'audit_checkpoint' as const)
  .chain((table) =>
    fc.record({
      table: fc.constant(table as 'audit_entry'),
      columns: fc.record(
        Object.fromEntries(
          Object.entries(AUDIT_TABLES[table].columns).map(([name, type]) => [
            name,
            fc.option(VALUES[type]),
          ]),
        ),
      ),
      rowMac: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    }),
  );

test('any row of the trail is one line, and is read back as it was', () => {
  fc.assert(
    fc.property(rows, (row) => {
      const line = auditLine(row);
      expect(line).not.toContain('\n');
      expect(parseAuditLine(line)).toEqual(row);
    }),
  );
});
