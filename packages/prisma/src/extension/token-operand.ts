import { asList } from './as-list.ts';
import { isRecord } from './record.ts';
import { type RefusedPlace, refusal } from './refusal.ts';

/**
 * A token column in `where`: allowed with tokens made by `$fieldseal.token`, for clients that are
 * generated from the physical schema. Anything that is not bytes is a value by mistake.
 */
export function checkTokenOperand(value: unknown, place: RefusedPlace): unknown {
  if (value instanceof Uint8Array) return value;
  const operators = isRecord(value) ? Object.entries(value) : [];
  const tokens = operators.flatMap(([operator, operand]) =>
    operator === 'equals' || operator === 'in' ? asList(operand) : [undefined],
  );
  if (tokens.length > 0 && tokens.every((token) => token instanceof Uint8Array)) return value;
  throw refusal(place, 'a token column takes tokens of $fieldseal.token by equals or in only');
}
