import { expect, test } from 'vitest';
import { readShardMessage, readShardName } from './read-shard-message.ts';

const NAME = {
  jobId: '0198c5a0-1111-4000-8000-000000000001',
  number: 3,
  sending: '5d8c1a7e-2222-4000-8000-000000000002',
};
const SETTINGS = {
  batchSize: 20,
  load: 0.5,
  batchMs: 500,
  rowsPerSecond: 10,
  maxReplicaLagBytes: 1,
};
const MESSAGE = { ...NAME, settings: SETTINGS, takeOverSeconds: 60 };

test('a message as it is sent is read as it is, without what else stands in it', () => {
  const settings = { ...SETTINGS, skipTriggers: ['touch'] };
  const data = { ...MESSAGE, settings: { ...settings, database: 'elsewhere' }, field: 'Other.pan' };
  expect(readShardName(data)).toEqual(NAME);
  expect(readShardMessage(NAME, data)).toEqual({ ...MESSAGE, settings });
  expect(readShardMessage(NAME, { ...MESSAGE, settings: {} })).toEqual({
    ...MESSAGE,
    settings: {},
  });
});

test.each([
  null,
  'text',
  [],
  {},
  { ...NAME, jobId: `${NAME.jobId}'` },
  { ...NAME, jobId: 7 },
  { ...NAME, sending: undefined },
  { ...NAME, sending: `${NAME.sending}'` },
  { ...NAME, sending: [NAME.sending] },
  { ...NAME, number: -1 },
  { ...NAME, number: 0.5 },
  { ...NAME, number: 257 },
  { ...NAME, number: '3' },
])('what names no shard is nobody’s: %j', (data) => {
  expect(readShardName(data)).toBeUndefined();
});

test.each([
  ['takeOverSeconds', { takeOverSeconds: undefined }],
  ['takeOverSeconds', { takeOverSeconds: 9 }],
  ['takeOverSeconds', { takeOverSeconds: 1e9 }],
  ['takeOverSeconds', { takeOverSeconds: '60' }],
  ['batchSize', { settings: { batchSize: 0 } }],
  ['batchSize', { settings: { batchSize: 1e9 } }],
  ['batchSize', { settings: { batchSize: '20' } }],
  ['load', { settings: { load: 0 } }],
  ['load', { settings: { load: [1] } }],
  ['rowsPerSecond', { settings: { rowsPerSecond: -1 } }],
  ['batchMs', { settings: { batchMs: 1e12 } }],
  ['maxReplicaLagBytes', { settings: { maxReplicaLagBytes: null } }],
  ['skipTriggers', { settings: { skipTriggers: 'touch' } }],
  ['skipTriggers', { settings: { skipTriggers: [1] } }],
  ['skipTriggers', { settings: { skipTriggers: ['x'.repeat(64)] } }],
  ['skipTriggers', { settings: { skipTriggers: new Array(101).fill('touch') } }],
])('a setting that no job is started with is refused: %s of %j', (option, over) => {
  expect(() => readShardMessage(NAME, { ...MESSAGE, ...over })).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIG_INVALID', meta: { option } }),
  );
});
