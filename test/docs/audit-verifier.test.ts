import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { auditSource, exportAudit } from '@fieldseal/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { entriesOf, manage, openTrail, secretsOf, use } from '../audit/trail-fixture.ts';

const PAGE = fileURLToPath(new URL('../../docs/audit.md', import.meta.url));
const execute = promisify(execFile);

let folder: ReturnType<typeof temporaryFolder>;
let lines: string[] = [];
let key = '';

beforeAll(async () => {
  folder = temporaryFolder('audit-verifier');
  const [, program] = /```js\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8')) ?? [];
  writeFileSync(join(folder.path, 'verify-audit.mjs'), program ?? '');
  const fixture = await openTrail({ processId: 'p', detail: 'operation', contexts: 'clear' });
  for (let i = 0; i < 4; i++) {
    const dataKeyId = new Uint8Array(16).fill(i);
    fixture.trail.record(use({ context: { tenant: `größe-${i}` }, dataKeyId, keyVersion: i }));
    await manage(fixture, { details: { alias: 'alias/kyc', days: i } });
  }
  await fixture.trail.close();
  lines = [];
  for await (const line of exportAudit(auditSource(fixture.store))) lines.push(line);
  key = Buffer.from(await secretsOf().audit.publicKey()).toString('hex');
  const [last] = (await entriesOf(fixture.store, 'process-p')).slice(-1);
  expect(last?.columns.sequence).toBe(5n);
});
afterAll(() => folder.remove());

/** What the program of the page says about these lines. */
async function verdict(
  of: readonly string[],
  signer = key,
): Promise<{ code: number; out: string[] }> {
  const file = join(folder.path, 'audit.jsonl');
  writeFileSync(file, `${of.join('\n')}\n`);
  const args = [join(folder.path, 'verify-audit.mjs'), file, signer];
  const { stdout, code } = await execute(process.execPath, args).then(
    (done) => ({ ...done, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );
  return { code, out: stdout.trim().split('\n') };
}

function edited(chain: string, sequence: string, change: object): string[] {
  return lines.map((line) => {
    const row = JSON.parse(line) as Record<string, unknown>;
    const isMeant = row.table === 'audit_entry' && row.chain === chain && row.sequence === sequence;
    return isMeant ? JSON.stringify({ ...row, ...change }) : line;
  });
}

test('the verifier of the page finds a trail sound and says how far its chains go', async () => {
  const { code, out } = await verdict(lines);
  expect(code).toBe(0);
  expect(out.map((line) => line.replace(/[0-9a-f]{64}$/, '#'))).toEqual([
    'management 6 #',
    'process-p 5 #',
  ]);
});

test.each([
  ['principal', { principal: 'nobody' }],
  ['read_only', { read_only: false }],
  ['key_version', { key_version: null }],
  ['data_key_id', { data_key_id: 'ff'.repeat(16) }],
])('it finds an edit of %s', async (_name, change) => {
  const { code, out } = await verdict(edited('process-p', '3', change));
  expect(code).toBe(1);
  expect(out[0]).toBe('edited: process-p 3');
});

test('it finds a missing entry, a forged signature and another signer', async () => {
  const missing = lines.filter((line) => !line.includes('"chain":"process-p","sequence":"3"'));
  expect((await verdict(missing)).out).toContain('gap before: process-p 4');
  const forged = lines.map((line) => line.replace(/("signature":")(..)/, '$1aa'));
  expect((await verdict(forged)).out).toContain('forged checkpoint: process-p 5');
  const other = Buffer.from(await secretsOf(99).audit.publicKey()).toString('hex');
  expect((await verdict(lines, other)).code).toBe(1);
});
