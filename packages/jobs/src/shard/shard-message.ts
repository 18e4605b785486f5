import type { ShardSettings } from './shard-settings.ts';

/** Which part of which job. */
export interface ShardName {
  readonly jobId: string;
  readonly number: number;
  /** uuid of the time that it was sent: what is left of earlier ones in the queue is about nothing any more. */
  readonly sending: string;
}

/** What is sent: which shard, and how to work on it. */
export interface ShardMessage extends ShardName {
  readonly settings: ShardSettings;
  readonly takeOverSeconds: number;
}
