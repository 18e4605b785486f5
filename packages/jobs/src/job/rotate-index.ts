import { isDeepStrictEqual } from 'node:util';
import { FieldsealError, type IndexState } from '@fieldseal/core';
import { invalidOption } from '../engine/invalid-option.ts';
import { settleMsOf } from '../engine/settle.ts';
import type { FieldTarget } from '../field/field-target.ts';
import { requireFieldRight } from '../field/require-field-right.ts';
import { rotatingColumns } from '../field/rotating-columns.ts';
import type { TokenColumn } from '../field/rotation-body.ts';
import { type RotationTrigger, rotationTrigger } from '../field/rotation-trigger.ts';
import { ownTable } from '../table/own-table.ts';
import { drainReaders } from './drain-readers.ts';
import { type FieldJobOptions, type JobReport, type Run, runFieldJob } from './field-job.ts';
import { patiently } from './patiently.ts';
import { refuseEndless } from './refuse-endless.ts';
import { isRotating, rotateTokens } from './rotate-tokens.ts';
import { untilSettled } from './until-settled.ts';
import { waitFor } from './wait-for.ts';

export interface RotateIndexOptions extends FieldJobOptions {
  /**
   * How long a process may go on without having heard of a change, when it cannot reach the key store: 16
   * to 86,400 s. The largest `cache.openStaleMs` of all processes and 20 s are enough.
   * @defaultValue 920, which is enough for whatever they have
   */
  readonly hearSeconds?: number;
}

/** Lookups go on for 15 minutes at most without the key store, whatever a keyring is told. */
const HEAR_SECONDS = 920;

/**
 * Moves all indexes of a field to the next generation of their index key, with the application running:
 * yearly, or because whoever had the old one could try out values on a dump. Cells stay as they are.
 *
 * 1. The table gets a trigger, and the indexes become `rotating`: lookups ask for tokens of both
 *    generations, and writers write both, of which the trigger keeps the older one.
 * 2. `hear`: every process is given the time to hear of that.
 * 3. `tokens`: the trigger keeps newer tokens, and refuses what a process writes that has not heard. Every
 *    row gets its newer tokens, until a pass over the table writes nothing.
 * 4. `drain`: nobody sees rows of before any more.
 * 5. `last`: the indexes are `ready` again, of the next generation; when every process writes single
 *    tokens again, the trigger goes.
 *
 * A unique index holds all the while. Only one over the token alone, or over it and the tenant, can be
 * held; another one is refused before anything happens.
 *
 * A run that was stopped, killed or cancelled leaves lookups and uniqueness as they have to be, and the
 * next one goes on from there. Takes the right to `SetIndexState` on the key of the field, the role
 * `fieldseal_admin`, and the database user that owns the table.
 *
 * @returns state `refused` with the rows whose tokens cannot be made; the indexes stay `rotating` then
 * @throws as `encryptExisting`; `ERR_JOB_REFUSED` before anything happens for an index that is not built or
 * cannot be held, and at the end for one of the latter that has come meanwhile; `ERR_JOB_STOPPED` also where
 * somebody sees rows as they were for longer than `patienceSeconds`
 *
 * @example
 * ```ts
 * import { rotateIndex } from '@fieldseal/jobs';
 *
 * const { state } = await rotateIndex({ database: url, keyring, manifest, field: 'Customer.aadhaar' });
 * ```
 */
export async function rotateIndex(options: RotateIndexOptions): Promise<JobReport> {
  const { hearSeconds = HEAR_SECONDS, ...given } = options;
  if (!(hearSeconds >= 16 && hearSeconds <= 86_400))
    throw invalidOption('hearSeconds', 'Must be 16 to 86,400');
  return runFieldJob(given, {
    kind: 'rotate-index',
    first: 'trigger',
    isShared: true,
    settles: () => true,
    async check({ session, target }) {
      requireBuilt(target);
      await requireFieldRight(target, 'SetIndexState');
      await ownTable(session, target.table.name);
      await rotatingColumns(session, target);
    },
    run: (run) => runSteps(run, hearSeconds),
  });
}

async function runSteps(run: Run, hearSeconds: number): Promise<'done' | 'refused'> {
  const { session, target, options, log } = run;
  if (options.dryRun === true) return lookOnly(run);
  const table = await ownTable(session, target.table.name);
  const columns = await rotatingColumns(session, target);
  const trigger = rotationTrigger({ session, target, table, columns });
  const found = await trigger.read();
  const isLast = found?.form === 'last' && found.isFiring;
  if (!isLast) {
    // where there are newer tokens already, the other forms would let a duplicate in
    if (!isRotating(target) || found?.form === 'older') await begin(run, trigger, hearSeconds);
    if (!(await moveTokens(run, table, columns))) return 'refused';
    await patiently(run, () => trigger.set('last'));
  }
  await moveTo(target, 'ready');
  // as long as anybody seals without having heard: what is written from then on is one token again
  await waitFor(run, 'last', Math.min(hearSeconds, settleMsOf(options) / 1000));
  await patiently(run, () => trigger.drop(log.jobId));
  return 'done';
}

async function begin(run: Run, trigger: RotationTrigger, hearSeconds: number): Promise<void> {
  await patiently(run, () => trigger.set('older'));
  await moveTo(run.target, 'rotating');
  await waitFor(run, 'hear', hearSeconds);
}

/**
 * The trigger is made anew also where an earlier run has made it: somebody may have disabled it since, or have
 * restored it into another database, where the transactions that it knows have other numbers.
 * @returns whether every row has newer tokens, for everybody
 */
async function moveTokens(
  run: Run,
  table: string,
  columns: readonly TokenColumn[],
): Promise<boolean> {
  const { session, target, log } = run;
  const trigger = rotationTrigger({ session, target, table, columns });
  await patiently(run, () => trigger.set('newer'));
  await untilSettled(run, refuseEndless(rotateTokens));
  if ((await log.countProblems('ERR_KEY_DESTROYED')) > 0) return false;
  await drainReaders(run);
  // what has become unique meanwhile, the trigger has not looked after
  const now = await rotatingColumns(session, target);
  return isDeepStrictEqual(now, columns) || moveTokens(run, table, now);
}

/** Rows that do not open are found before anything has changed. */
async function lookOnly(run: Run): Promise<'done' | 'refused'> {
  await untilSettled(run, rotateTokens);
  return (await run.log.countProblems('ERR_KEY_DESTROYED')) > 0 ? 'refused' : 'done';
}

async function moveTo({ keyring, field }: FieldTarget, state: IndexState): Promise<void> {
  for (const { id } of field.indexes) await keyring.setIndexState(id, state);
}

/** @throws `ERR_JOB_REFUSED` */
function requireBuilt({ keyring, field, model }: FieldTarget): void {
  const name = `${model.name}.${field.name}`;
  const place = { model: model.name, field: field.name };
  if (field.indexes.length === 0)
    throw new FieldsealError('ERR_JOB_REFUSED', `${name} has no index`, place);
  for (const index of field.indexes) {
    const state = keyring.indexStateOf(index.id);
    if (state === 'ready' || state === 'rotating') continue;
    const message = `${name}: ${index.name} is not built: run "fieldseal index build ${name}" first`;
    throw new FieldsealError('ERR_JOB_REFUSED', message, {
      ...place,
      index: index.name,
      reason: 'building',
    });
  }
}
