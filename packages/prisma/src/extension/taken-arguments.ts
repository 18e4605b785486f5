import { FieldsealError } from '@fieldseal/core';
import { isSkip } from './prisma-value.ts';
import { isRecord } from './record.ts';
import { setKey } from './set-key.ts';

type Values = Readonly<Record<string, unknown>>;

/** Where the arguments are from, and what the client was generated with. */
export interface TakenFrom {
  readonly model: string;
  readonly operation: string;
  /** The preview feature `strictUndefinedChecks`. */
  readonly strictUndefined: boolean;
}

/**
 * The arguments as Prisma takes them, at any depth: what is `Prisma.skip` is not there. The walkers
 * do not copy what is `undefined`, so Prisma could not refuse it any more, and a condition that the
 * application lost would hit every row.
 * @returns the same object where there is nothing to leave out
 * @throws `ERR_VALUE_TYPE` for an explicit `undefined` under `strictUndefinedChecks`
 */
export function takenArguments(from: TakenFrom, args: Values): Values {
  let out: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(args)) {
    if (value === undefined && from.strictUndefined) throw explicitUndefined(from, key);
    const taken = isSkip(value) ? undefined : takenValue(from, value);
    if (taken === value) continue;
    out ??= { ...args };
    if (taken === undefined) delete out[key];
    else setKey(out, key, taken);
  }
  return out ?? args;
}

/** Prisma itself refuses `undefined` and `Prisma.skip` as items of a list. */
function takenValue(from: TakenFrom, value: unknown): unknown {
  if (isRecord(value)) return takenArguments(from, value);
  if (!Array.isArray(value)) return value;
  const items = value.map((item) => takenValue(from, item));
  return items.some((item, place) => item !== value[place]) ? items : value;
}

function explicitUndefined({ model, operation }: TakenFrom, field: string): FieldsealError {
  const call = `${model}.${operation}`;
  return new FieldsealError(
    'ERR_VALUE_TYPE',
    `${field} in ${call}: is undefined, which strictUndefinedChecks forbids; use Prisma.skip`,
    { model, field, operation: call },
  );
}
