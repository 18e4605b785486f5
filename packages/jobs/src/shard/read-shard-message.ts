import { FieldsealError } from '@fieldseal/core';
import { checkPageOptions } from '../engine/check-page-options.ts';
import { MOST_SHARDS } from './most-shards.ts';
import type { ShardMessage, ShardName } from './shard-message.ts';
import { type ShardSettings, shardSettings } from './shard-settings.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MOST_TRIGGERS = 100;
/** Of a name in PostgreSQL. */
const LONGEST_NAME_BYTES = 63;

/** @returns `undefined` for what names no shard: nobody waits for it, so there is nobody to tell */
export function readShardName(data: unknown): ShardName | undefined {
  const { jobId, number, sending } = membersOf(data);
  if (!isUuid(jobId) || !isUuid(sending)) return undefined;
  return isWhole(number, 0, MOST_SHARDS) ? { jobId, number, sending } : undefined;
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

/**
 * Takes a message of the queue apart. Whoever can insert rows into the queue can write one: it says which
 * shard, how fast, and what the job asks of a worker, and nothing else of it is looked at.
 *
 * @throws `ERR_CONFIG_INVALID` for a setting that a job could not have been started with
 */
export function readShardMessage(name: ShardName, data: unknown): ShardMessage {
  const { settings, takeOverSeconds } = membersOf(data);
  if (!isWhole(takeOverSeconds, 10, 3600)) throw wrong('takeOverSeconds');
  return { ...name, settings: readSettings(membersOf(settings)), takeOverSeconds };
}

function readSettings(given: Readonly<Record<string, unknown>>): ShardSettings {
  const { skipTriggers, ...pace } = shardSettings(given);
  for (const [option, value] of Object.entries(pace))
    if (typeof value !== 'number') throw wrong(option);
  checkPageOptions(pace);
  if (skipTriggers === undefined) return pace;
  if (!isListOfNames(skipTriggers)) throw wrong('skipTriggers');
  return { ...pace, skipTriggers: [...skipTriggers] };
}

function isListOfNames(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length > MOST_TRIGGERS) return false;
  return value.every(
    (each) => typeof each === 'string' && Buffer.byteLength(each) <= LONGEST_NAME_BYTES,
  );
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function membersOf(data: unknown): Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null ? { ...data } : {};
}

function wrong(option: string): FieldsealError {
  const message = 'A message of the queue has a setting that no job was started with';
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option });
}
