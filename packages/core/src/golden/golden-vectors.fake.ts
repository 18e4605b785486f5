import { encodeRow, type RowColumnType } from '../cell/encode-row.ts';
import type { ValueType } from '../cell/value-type.ts';
import type { RandomSource } from '../cipher/engine.ts';
import { hex, readVectors } from '../cipher/engines.fake.ts';
import type { Suite } from '../cipher/suite.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';

/** Where a cell is expected to be. */
export interface GoldenPlace {
  readonly env: string;
  readonly field: string;
  readonly tenant?: string;
  readonly subject?: string;
  readonly row?: readonly (readonly [RowColumnType, string])[];
}

export interface GoldenCell {
  readonly suite: Suite;
  readonly expected: GoldenPlace;
  readonly type: ValueType;
  readonly value: string | number | boolean;
  readonly nonce: string;
  readonly fieldKey: string;
  readonly aad: string;
  readonly plaintext: string;
  readonly cell: string;
  readonly text: string;
}

/** Hex, or text where it says so. */
export type GoldenBytes = string | { readonly text: string };

export interface GoldenVectors {
  readonly ctx: readonly { readonly pairs: Record<string, string>; readonly hex: string }[];
  readonly derive: Readonly<Record<string, string>>;
  readonly cells: readonly GoldenCell[];
  readonly wraps: readonly {
    readonly parent: 'rootKey' | 'keyVersion';
    readonly parentId: string;
    readonly parentVersion: number;
    readonly child: 'keyVersion' | 'dataKey';
    readonly context: Readonly<Record<string, GoldenBytes>>;
    readonly nonce: string;
    readonly wrap: string;
  }[];
  readonly apiBlob: {
    readonly plaintext: string;
    readonly encryptionContext: Readonly<Record<string, string>>;
    readonly env: string;
    readonly nonce: string;
    readonly blob: string;
  };
  readonly rowMac: {
    readonly columns: Readonly<Record<string, GoldenBytes>>;
    readonly mac: string;
  };
  readonly head: {
    readonly rowMacs: readonly string[];
    readonly epoch: number;
    readonly digest: string;
    readonly mac: string;
  };
  readonly tokens: readonly {
    readonly kind: 'equality' | 'part';
    readonly index: string;
    readonly normalizer: string;
    readonly tenant: string | null;
    readonly type: ValueType;
    readonly canonical: string | number;
    readonly tokenKey: string;
    readonly token: string;
  }[];
  readonly refused: readonly {
    readonly why: string;
    readonly cell: string;
    readonly expected: GoldenPlace;
  }[];
  readonly refusedText: readonly string[];
}

/** Version 1 of our own formats, made by an implementation that shares no code with this one. */
export const GOLDEN = readVectors('v1/fieldseal_v1.json') as GoldenVectors;

/** Key material of the vectors. */
export function goldenBytes(name: string): Uint8Array {
  const value = GOLDEN.derive[name];
  if (value === undefined) throw new FieldsealError('ERR_INTERNAL', `No vector ${name}`);
  return hex(value);
}

export function bytesOf(value: GoldenBytes): Uint8Array {
  return typeof value === 'string' ? hex(value) : new TextEncoder().encode(value.text);
}

/** Gives out these bytes and no others: replays the nonces of the vectors. */
export function replay(bytes: Uint8Array): RandomSource {
  let used = 0;
  return {
    generation: 0,
    reset: () => undefined,
    fill(target) {
      if (used + target.length > bytes.length)
        throw new FieldsealError('ERR_INTERNAL', 'All bytes are used');
      target.set(bytes.subarray(used, used + target.length));
      used += target.length;
    },
  };
}

/** The value as an application has it. */
export function applicationValue(type: ValueType, value: string | number | boolean): unknown {
  switch (type) {
    case 'bytes':
      return hex(String(value));
    case 'bigint':
      return BigInt(value);
    case 'double':
      return new DataView(hex(String(value)).buffer).getFloat64(0);
    case 'date':
      return new Date(Number(value) * 86_400_000);
    case 'timestamp':
      return new Date(Number(value));
    case 'json':
      return JSON.parse(String(value));
    default:
      return value;
  }
}

/** Row identity of a place, or `undefined` where nothing is bound to a row. */
export function rowOf(place: GoldenPlace): Uint8Array | undefined {
  if (place.row === undefined) return undefined;
  return encodeRow(
    place.row.map(([type, value]) => ({ type, value: type === 'bytes' ? hex(value) : value })),
  );
}
