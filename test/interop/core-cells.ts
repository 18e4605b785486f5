import fc from 'fast-check';
import { typedValue } from '../../packages/core/src/cell/arbitrary-value.fake.ts';
import { createFieldCipher } from '../../packages/core/src/cell/create-field-cipher.ts';
import type { ValueType } from '../../packages/core/src/cell/value-type.ts';
import { defaultRandom } from '../../packages/core/src/cipher/default-engine.node.ts';
import type { Engine } from '../../packages/core/src/cipher/engine.ts';
import type { Suite } from '../../packages/core/src/cipher/suite.ts';
import { type GoldenPlace, rowOf } from '../../packages/core/src/golden/golden-vectors.fake.ts';
import { deriveKey } from '../../packages/core/src/keys/derive.ts';

/** A file of vectors, as far as the second implementation reads it. */
export interface CoreCells {
  readonly derive: { readonly dataKey: string };
  readonly cells: readonly {
    readonly expected: GoldenPlace;
    readonly type: ValueType;
    readonly value: string | number | boolean;
    readonly text: string;
  }[];
}

const DATA_KEY = Uint8Array.from({ length: 32 }, (_, i) => 255 - 3 * i);
const DAY_MS = 86_400_000;

const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/);
const owner = fc.option(fc.string({ unit: 'grapheme', maxLength: 20 }), { nil: undefined });
const column = fc.oneof(
  fc.tuple(
    fc.constant('int' as const),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  ),
  fc.tuple(
    fc.constant('uuid' as const),
    fc.uuid().map((id) => id.toUpperCase()),
  ),
  fc.tuple(fc.constant('text' as const), fc.string({ unit: 'grapheme', maxLength: 20 })),
  fc.tuple(
    fc.constant('bytes' as const),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  ),
);
const place = fc.record({
  env: name,
  field: name,
  tenant: owner,
  subject: owner,
  row: fc.option(fc.array(column, { minLength: 1, maxLength: 3 }), { nil: undefined }),
});
const suites = fc.constantFrom<Suite>(1, 2);

/** The value in the notation of the vectors. */
function notation(type: ValueType, value: unknown): string | number | boolean {
  switch (type) {
    case 'bytes':
      return Buffer.from(value as Uint8Array).toString('hex');
    case 'bigint':
      return String(value);
    case 'double': {
      const bytes = Buffer.alloc(8);
      if (Number.isNaN(value)) bytes.writeUInt16BE(0x7ff8);
      else bytes.writeDoubleBE(value as number);
      return bytes.toString('hex');
    }
    case 'date':
      return (value as Date).getTime() / DAY_MS;
    case 'timestamp':
      return (value as Date).getTime();
    case 'json':
      return JSON.stringify(value);
    default:
      return value as string | number | boolean;
  }
}

/** Cells of random values of all types, in random places. */
export function coreCells(engine: Engine, count: number): CoreCells {
  const samples = fc.sample(fc.tuple(suites, place, typedValue), count);
  const dataKeyId = deriveKey(engine, 'data-key', DATA_KEY, { use: 'id' }, 16);
  const cells = samples.map(([suite, expected, { type, value }]) => {
    const { env: environment, field: fieldId, tenant, subject, row } = expected;
    const info = { use: 'cell', suite: Uint8Array.of(suite), field: fieldId };
    const cipher = createFieldCipher({
      engine,
      random: defaultRandom(),
      fieldKey: deriveKey(engine, 'data-key', DATA_KEY, info),
      suite,
      dataKeyId,
      environment,
      fieldId,
      type,
      bound: row !== undefined,
      tenant,
      subject,
    });
    const where = expected as GoldenPlace;
    return {
      expected: where,
      type,
      value: notation(type, value),
      text: cipher.sealText(value, rowOf(where)),
    };
  });
  return { derive: { dataKey: Buffer.from(DATA_KEY).toString('hex') }, cells };
}
