import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseAuditLine } from '@fieldseal/core';
import { fileAuditAnchor, jsonLinesSink } from '@fieldseal/core/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { auditCheckpoint, auditEntry } from '../conformance/sample-audit.ts';
import { bytes } from '../conformance/sample-rows.ts';
import { checkpointsOf, entriesOf, openTrail, use } from './trail-fixture.ts';

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder('audit-files');
  path = join(folder.path, 'log', 'audit.jsonl');
});
afterEach(() => folder.remove());

const lines = (file = path) => readFileSync(file, 'utf8').split('\n').filter(Boolean);

describe('jsonLinesSink', () => {
  test('has every entry and checkpoint of the process, and reads back what was written', async () => {
    const { trail, store } = await openTrail({ sinks: [jsonLinesSink({ path })] });
    trail.record(use());
    await trail.close();
    const kept = [
      ...(await entriesOf(store, 'management')),
      ...(await entriesOf(store, trail.chain)),
      ...(await checkpointsOf(store, trail.chain)),
      ...(await checkpointsOf(store, 'management')),
    ];
    const read = lines().map(parseAuditLine);
    expect(read).toHaveLength(kept.length);
    expect(read).toEqual(expect.arrayContaining(kept));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a line that a crash cut in half does not swallow the next one', async () => {
    const sink = jsonLinesSink({ path, sync: 'never' });
    await sink.write([auditEntry('p', 1n)]);
    appendFileSync(path, '{"table":"audit_ent');
    await sink.write([auditEntry('p', 2n)]);
    const read = lines().map(parseAuditLine);
    expect(read.map((row) => row?.columns.sequence)).toEqual([1n, undefined, 2n]);
  });

  test('goes on in a new file after the old one was renamed', async () => {
    const sink = jsonLinesSink({ path });
    await sink.write([auditEntry('p', 1n)]);
    renameSync(path, `${path}.1`);
    await sink.write([auditEntry('p', 2n)]);
    await sink.checkpoint(auditCheckpoint('p', 2n));
    expect(lines(`${path}.1`)).toHaveLength(1);
    expect(lines()).toHaveLength(2);
  });

  test('a file that cannot be written is told by the system’s code, without its path', async () => {
    const sink = jsonLinesSink({ path: folder.path });
    const error: unknown = await Promise.resolve(sink.write([auditEntry('p', 1n)])).catch((e) => e);
    expect(error).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option: 'path', reason: 'EISDIR' },
    });
    expect(String(error)).not.toContain(folder.path);
  });

  test.each(['', '{', '[]', 'null', '{"table":"key"}', '{"table":"audit_entry","row_mac":"00"}'])(
    'the line %j is none of a trail',
    (line) => {
      expect(parseAuditLine(line)).toBeNull();
    },
  );
});

describe('fileAuditAnchor', () => {
  const point = (sequence: bigint, seed = 1) => ({
    chain: 'process-p',
    sequence,
    hash: bytes(32, seed),
  });

  test('remembers the furthest point of each chain, in files of mode 0600', async () => {
    const anchor = fileAuditAnchor({ folder: join(folder.path, 'anchors') });
    expect(await anchor.read()).toEqual([]);
    await anchor.write(point(5n));
    await anchor.write(point(3n, 2));
    await anchor.write({ ...point(9n), chain: 'management' });
    expect(await anchor.read()).toEqual([{ ...point(9n), chain: 'management' }, point(5n)]);
    expect(statSync(join(folder.path, 'anchors/process-p.anchor')).mode & 0o777).toBe(0o600);
    await anchor.forget('process-p');
    await anchor.forget('process-p');
    expect(await anchor.read()).toHaveLength(1);
  });

  test('another entry in the same place is ERR_AUDIT_BROKEN', async () => {
    const anchor = fileAuditAnchor({ folder: folder.path });
    await anchor.write(point(5n));
    await anchor.write(point(5n));
    await expect(anchor.write(point(5n, 2))).rejects.toMatchObject({ code: 'ERR_AUDIT_BROKEN' });
  });

  test('a malformed or unreadable file is ERR_CONFIG_INVALID', async () => {
    const anchor = fileAuditAnchor({ folder: folder.path });
    writeFileSync(join(folder.path, 'process-p.anchor'), 'fieldseal-audit-anchor-1 p 0 00\n');
    await expect(anchor.read()).rejects.toMatchObject({
      meta: { option: 'folder', reason: 'malformed' },
    });
    mkdirSync(join(folder.path, 'process-q.anchor'));
    const other = { ...point(1n), chain: 'process-q' };
    await expect(anchor.write(other)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { reason: 'EISDIR' },
    });
  });

  test('an anchor that fails keeps the trail from being taken for signed', async () => {
    const anchor = fileAuditAnchor({ folder: folder.path });
    const broken = { ...anchor, write: async () => Promise.reject(new RangeError('no')) };
    const { trail } = await openTrail({ anchor: broken });
    trail.record(use());
    await expect(trail.close()).rejects.toMatchObject({ code: 'ERR_AUDIT_UNAVAILABLE' });
  });
});
