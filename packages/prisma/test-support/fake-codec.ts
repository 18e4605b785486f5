import {
  type FieldCall,
  type FieldCodec,
  FieldsealError,
  type LookupOp,
  type Manifest,
  type ManifestField,
  type ManifestIndex,
  type OpenGroup,
  type Predicate,
  type Scope,
  type SealedModel,
  type SealOp,
} from '@fieldseal/core';
import { expect } from 'vitest';

type Row = Record<string, unknown>;

/**
 * A field codec without cryptography for tests of the walkers: cells and tokens are readable and
 * say what they were made for, and opening checks it as the real one does.
 */
export interface FakeCodec extends FieldCodec {
  /** Every cell made so far. */
  readonly sealed: { readonly field: string; readonly row: unknown; readonly scope: Scope }[];
}

export function createFakeCodec(manifest: Manifest, ambient: () => Scope = () => ({})): FakeCodec {
  const models = new Map(manifest.models.map((model) => [model.name, sealedModel(model)]));
  const sealed: FakeCodec['sealed'] = [];
  return {
    manifest,
    sealed,
    model: (name) => models.get(name),
    phaseOf: (model, field) => (models.get(model)?.fields.has(field) ? 'sealed' : undefined),
    isReady: (model, index) => (models.get(model)?.tokens.has(index) ? true : undefined),
    likeness: () => undefined,
    register: async () => {},
    unregistered: () => [],
    forgottenIndexes: () => [],
    call: () => createCall(models, ambient, sealed),
    shapeOf: () => expect.unreachable('the extension asks for tokens, never for a shape'),
    async open(_operation, groups) {
      for (const group of groups) openGroup(modelOf(models, group.model), group);
    },
  };
}

function sealedModel(model: Manifest['models'][number]): SealedModel {
  const fields = new Map(model.fields.map((field) => [field.name, field]));
  const tokens = new Map(
    model.fields.flatMap((field) =>
      field.indexes.map((index) => [index.name, { field, index }] as const),
    ),
  );
  const chosen = (names: Iterable<string> | undefined): readonly ManifestField[] =>
    names === undefined
      ? [...fields.values()]
      : [...names].flatMap((name) => fields.get(name) ?? []);
  return {
    model,
    fields,
    tokens,
    olds: new Map(),
    bound: (names) => chosen(names).some((field) => field.bind === 'row'),
    companions(names) {
      const found = new Set<string>();
      for (const field of chosen(names)) {
        if (field.bind === 'row') for (const key of model.primaryKey) found.add(key.name);
        if (field.scope !== undefined) found.add(field.scope);
        if (field.subject !== undefined) found.add(field.subject);
      }
      return found;
    },
  };
}

function createCall(
  models: ReadonlyMap<string, SealedModel>,
  ambient: () => Scope,
  sealed: FakeCodec['sealed'],
): FieldCall {
  const work: (() => void)[] = [];
  return {
    seal(op) {
      const model = modelOf(models, op.model);
      for (const field of model.fields.values()) {
        const value = op.target[field.name];
        if (value === undefined) continue;
        if (value !== null) {
          checkAmbient(op.scope.tenant, ambient().tenant);
          sealed.push(checkedPlace(model, field, op));
        }
        work.push(() => sealInto(model, field, op, value));
      }
    },
    lookup(op, sink) {
      const field = modelOf(models, op.model).fields.get(op.field);
      checkAmbient(op.tenant, ambient().tenant);
      const predicate = field && plan(field, op, op.tenant ?? ambient().tenant);
      if (predicate === undefined) throw unsupported(op);
      work.push(() => sink(predicate));
    },
    async run() {
      for (const step of work) step();
    },
  };
}

function checkAmbient(named: string | undefined, around: string | undefined): void {
  if (named === undefined || around === undefined || named === around) return;
  throw new FieldsealError('ERR_SCOPE_CHANGE', 'Another tenant than the ambient one');
}

function checkedPlace(
  model: SealedModel,
  field: ManifestField,
  op: SealOp,
): FakeCodec['sealed'][number] {
  const meta = { model: op.model, field: field.name };
  if (field.bind === 'row' && !model.model.primaryKey.every((key) => op.row?.[key.name] != null)) {
    throw new FieldsealError('ERR_ROW_UNKNOWN', 'The row is not known', meta);
  }
  if (field.scope !== undefined && op.scope.tenant === undefined) {
    throw new FieldsealError('ERR_SCOPE_REQUIRED', 'The tenant is not known', meta);
  }
  return { field: field.id, row: op.row, scope: op.scope };
}

function sealInto(model: SealedModel, field: ManifestField, op: SealOp, value: unknown): void {
  const tenant = field.scope === undefined ? undefined : op.scope.tenant;
  const row = field.bind === 'row' ? rowOf(model, op.row ?? {}) : null;
  op.target[field.name] = value === null ? null : cellOf(field, { row, tenant, value });
  for (const index of field.indexes) {
    op.target[index.name] = value === null ? null : tokenOf(index, tenant, value);
  }
}

function rowOf(model: SealedModel, row: Readonly<Row>): readonly unknown[] {
  return model.model.primaryKey.map((key) => row[key.name]);
}

interface Content {
  readonly row: unknown;
  readonly tenant: string | undefined;
  readonly value: unknown;
}

function cellOf(field: ManifestField, { row, tenant, value }: Content): unknown {
  const content = { field: field.id, row, tenant, value: written(value) };
  const text = `fs1.${Buffer.from(JSON.stringify(content)).toString('base64url')}`;
  return field.storage === 'text' ? text : new Uint8Array(Buffer.from(text));
}

function written(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'object' && value !== null && 'toFixed' in value) return String(value);
  return typeof value === 'bigint' ? value.toString() : value;
}

function read(field: ManifestField, value: unknown): unknown {
  if (field.type === 'date' || field.type === 'timestamp') return new Date(String(value));
  if (field.type === 'bytes') return new Uint8Array(Buffer.from(String(value), 'hex'));
  return field.type === 'bigint' ? BigInt(String(value)) : value;
}

function openGroup(model: SealedModel, { rows, verify = [] }: OpenGroup): void {
  for (const row of rows) {
    for (const field of model.fields.values()) {
      const cell = row[field.name];
      if (cell !== undefined && cell !== null) openCell(model, field, row, cell, verify);
    }
  }
}

function openCell(
  model: SealedModel,
  field: ManifestField,
  row: Row,
  cell: unknown,
  verify: readonly string[],
): void {
  const meta = { model: model.model.name, field: field.name };
  const tenant = field.scope === undefined ? undefined : String(row[field.scope]);
  const text = typeof cell === 'string' ? cell : Buffer.from(cell as Uint8Array).toString();
  const expected = field.bind === 'row' ? rowOf(model, row) : null;
  const content = parse(text);
  const same =
    content?.field === field.id &&
    content.tenant === tenant &&
    JSON.stringify(content.row) === JSON.stringify(expected);
  if (!same) throw new FieldsealError('ERR_CIPHERTEXT_REJECTED', 'Ciphertext rejected', meta);
  row[field.name] = read(field, content.value);
  for (const index of field.indexes) {
    if (!verify.includes(index.name)) continue;
    const token = Buffer.from(row[index.name] as Uint8Array);
    if (token.equals(tokenOf(index, tenant, row[field.name]))) continue;
    throw new FieldsealError('ERR_INDEX_MISMATCH', 'The token is not that of the value', meta);
  }
}

function parse(text: string): (Content & { readonly field: string }) | undefined {
  if (!text.startsWith('fs1.')) return undefined;
  return JSON.parse(Buffer.from(text.slice(4), 'base64url').toString());
}

function normalized(index: ManifestIndex, value: unknown): string {
  const text = String(written(value));
  return index.normalizer.startsWith('digits') ? text.replace(/\D/g, '') : text;
}

function tokenOf(index: ManifestIndex, tenant: string | undefined, value: unknown): Uint8Array {
  const whole = normalized(index, value);
  const parts: Readonly<Record<string, string>> = {
    last4: whole.slice(-4),
    first6: whole.slice(0, 6),
    year: whole.slice(0, 4),
  };
  const part = index.part === undefined ? whole : (parts[index.part] ?? '');
  return new Uint8Array(Buffer.from(`${index.id}|${tenant ?? ''}|${part}`));
}

const PARTS: Readonly<Record<string, string>> = {
  endsWith: 'last4',
  startsWith: 'first6',
  range: 'year',
};

function plan(
  field: ManifestField,
  op: LookupOp,
  tenant: string | undefined,
): Predicate | undefined {
  const part = PARTS[op.operator];
  const index = field.indexes.find((each) => each.part === part);
  if (index === undefined) return undefined;
  if (field.scope !== undefined && tenant === undefined) {
    throw new FieldsealError('ERR_SCOPE_REQUIRED', 'The tenant is not known', {
      model: op.model,
      field: op.field,
    });
  }
  const scope = field.scope === undefined ? undefined : tenant;
  const values = Array.isArray(op.operand) ? op.operand : [operandOf(op)];
  return {
    column: index.name,
    match: Array.isArray(op.operand) ? 'in' : 'equals',
    tokens: values.map((value) => tokenOf(index, scope, value)),
    negated: op.operator === 'not' || op.operator === 'notIn',
    exact: true,
    andNotNull: false,
    index: index.name,
  };
}

function operandOf(op: LookupOp): unknown {
  return op.operator === 'range' ? (op.operand as { gte: Date }).gte : op.operand;
}

function modelOf(models: ReadonlyMap<string, SealedModel>, name: string): SealedModel {
  const model = models.get(name);
  if (model === undefined) {
    throw new FieldsealError('ERR_FIELD_UNKNOWN', 'The model has no sealed field', { model: name });
  }
  return model;
}

function unsupported(op: LookupOp): FieldsealError {
  const { model, field, operator } = op;
  return new FieldsealError('ERR_OPERATOR_UNSUPPORTED', 'No index answers it', {
    model,
    field,
    operator,
  });
}
