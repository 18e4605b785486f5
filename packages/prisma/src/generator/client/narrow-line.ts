import type { ManifestField } from '@fieldseal/core';

export interface NarrowPlace {
  readonly model: string;
  readonly field: ManifestField;
}

export interface NarrowedLine {
  /** Absent: the line goes. */
  readonly line?: string;
  readonly isFilter: boolean;
}

const FILTER =
  /^(\s*\w+\?: )((?:Prisma\.)?)(\w+?)(Nullable)?(WithAggregates)?Filter<"\w+">(?: \| (.+))?$/;
const SCALAR =
  /^\s*\w+\?: (?:string|number|bigint|boolean|runtime\.|Bytes|Uint8Array|Date|Decimal)/;
const UPDATE =
  /^(\s*\w+\?: )(?:Prisma\.)?(?:Nullable)?(?:Int|BigInt|Float|Decimal)FieldUpdateOperationsInput \| (.+)$/;

const WHERE = /^(?:Scalar)?Where(?:Unique|WithAggregates)?Input$/;
const UPDATES = /^(?:Unchecked)?Update(?:ManyMutation|Many)?(?:Without\w+)?Input$/;
/** Types in which a sealed field has no place at all. */
const CLOSED =
  /^(?:OrderByWith\w+Input|(?:Min|Max|Sum|Avg)(?:OrderByAggregateInput|AggregateInputType))$/;

/**
 * @returns the line to write; `'unknown'` when it is about the field and of no known form;
 * `'kept'` when it needs no change
 */
export function narrowLine(
  line: string,
  block: string,
  { model, field }: NarrowPlace,
): NarrowedLine | 'kept' | 'unknown' {
  const kind = block.slice(model.length);
  // `never` and not nothing: a type that has lost its last property would take any object.
  if (CLOSED.test(kind)) return { line: line.replace(/: .*$/, ': never'), isFilter: false };
  if (kind === 'FieldRefs') return { isFilter: false };
  if (kind === 'ScalarFieldEnum') return hasEquality(field) ? 'kept' : { isFilter: false };
  if (UPDATES.test(kind)) return narrowUpdate(line);
  if (!WHERE.test(kind)) return 'kept';
  const match = FILTER.exec(line);
  // The field by itself: one of the ways to name a row in WhereUniqueInput.
  if (match === null) return kind === 'WhereUniqueInput' && SCALAR.test(line) ? 'kept' : 'unknown';
  const [, head = '', namespace = '', type = '', , aggregate, scalars] = match;
  if (aggregate !== undefined) return { isFilter: false };
  const right = type === 'Json' ? jsonFilter(namespace, field) : filter(field, scalars ?? '');
  return { line: `${head}${right}`, isFilter: true };
}

/** Arithmetic in the database is impossible on cells; what is left is to set the value. */
function narrowUpdate(line: string): NarrowedLine | 'kept' {
  const match = UPDATE.exec(line);
  if (match === null) return 'kept';
  const [, head = '', scalars = ''] = match;
  return { line: `${head}{ set?: ${scalars} } | ${scalars}`, isFilter: false };
}

function hasEquality({ indexes }: ManifestField): boolean {
  return indexes.some(({ kind }) => kind === 'equality');
}

/** @param scalars what the column takes by itself, such as `Date | string | null` */
function filter(field: ManifestField, scalars: string): string {
  const value = scalars.replace(/ \| null$/, '');
  const parts = new Set(field.indexes.map(({ part }) => part));
  const members: string[] = [];
  if (hasEquality(field)) {
    const list = `(${value})[]`;
    members.push(`equals?: ${scalars}`, `not?: ${scalars}`, `in?: ${list}`, `notIn?: ${list}`);
  } else if (field.nullable) {
    members.push('equals?: null', 'not?: null');
  }
  if (parts.has('last4')) members.push('endsWith?: string');
  if (parts.has('first6')) members.push('startsWith?: string');
  if (parts.has('year'))
    for (const end of ['gt', 'gte', 'lt', 'lte']) members.push(`${end}?: ${value}`);
  if (members.length === 0) return 'never';
  const alone = hasEquality(field) ? ` | ${scalars}` : field.nullable ? ' | null' : '';
  return `{ ${members.join('; ')} }${alone}`;
}

/** JSON has no tokens; whether there is a value can be asked where there may be none. */
function jsonFilter(namespace: string, field: ManifestField): string {
  if (!field.nullable) return 'never';
  const none = `${namespace}JsonNullValueFilter`;
  return `{ equals?: ${none}; not?: ${none} }`;
}
