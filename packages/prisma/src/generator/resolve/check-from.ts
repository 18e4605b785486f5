import { oldColumnTypes } from '@fieldseal/core';
import type { DMMF } from '@prisma/generator-helper';
import type { ModelContext, SealedDraft } from './model-context.ts';
import { oldTypeOf } from './old-column.ts';

type Refuse = (message: string, paste?: readonly string[]) => void;

/** Checks the column that a field's plaintext is in while the field moves to another one. */
export function checkFrom(context: ModelContext, draft: SealedDraft): void {
  const { model, problems } = context;
  const { field, options } = draft;
  const { from, phase, required } = options;
  const subject = `${model.name}.${field.name}`;
  const refuse: Refuse = (message, paste) => problems.add(draft, `${subject}: ${message}`, paste);
  if (from === undefined) {
    if (required !== undefined)
      refuse('required goes with from; elsewhere the type of the field says it');
    return;
  }
  if (phase === undefined)
    refuse('from names the old column of a field that is moving, so it needs a phase');
  if (field.isRequired)
    refuse('it is NULL where the old column has the value; say required: true, and write', [
      optional(draft.statement.text),
    ]);
  const old = model.fields.find(({ name }) => name === from);
  if (old === undefined) refuse(`from: ${from} is not a field of ${model.name}`);
  else checkOld(context, draft, old, refuse);
}

function optional(statement: string): string {
  return statement.replace(/^(\w+\s+\w+)(?!\?)/, '$1?');
}

function checkOld(
  context: ModelContext,
  draft: SealedDraft,
  old: DMMF.Field,
  refuse: Refuse,
): void {
  const about = `from: ${old.name}`;
  const statement = context.block.statements.find(({ name }) => name === old.name)?.text ?? '';
  const isTaken =
    context.sealed.some(({ field }) => field.name === old.name) ||
    context.tokens.some(({ field }) => field.name === old.name);
  if (isTaken) refuse(`${about} is sealed itself, or holds tokens`);
  if (context.sealed.some((each) => each !== draft && each.options.from === old.name))
    refuse(`${about} is the old column of another field too`);
  if (old.isId || context.relationFields.has(old.name) || isInKey(context, old.name))
    refuse(`${about} is part of a key or relation, which cannot be emptied`);
  if (old.isUpdatedAt === true || old.hasDefaultValue)
    refuse(`${about} would be filled by its default, beside the cell; write`, [
      statement.replace(/\s*@(?:default|updatedAt)\b(?:\((?:[^()]|\([^()]*\))*\))?/g, ''),
    ]);
  if (old.isRequired && !isTaken)
    refuse(`${about} is NULL once the value is sealed; write`, [optional(statement)]);
  checkType(draft, old, refuse);
}

function isInKey({ model }: ModelContext, name: string): boolean {
  return model.primaryKey?.fields.includes(name) ?? false;
}

function checkType({ options }: SealedDraft, old: DMMF.Field, refuse: Refuse): void {
  const type = options.type ?? 'string';
  const holds = oldColumnTypes(type);
  const found = oldTypeOf(old);
  if (found !== undefined && holds.includes(found.type)) return;
  const is = found?.type ?? old.nativeType?.[0] ?? old.type;
  refuse(`from: ${old.name} is ${is}, and values of type ${type} are in ${holds.join(' or ')}`);
}
