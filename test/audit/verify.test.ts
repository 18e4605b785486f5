import {
  type AuditFinding,
  type AuditPoint,
  type AuditReport,
  type AuditRow,
  createMemoryStore,
  type VerifyAuditOptions,
  verifyAudit,
} from '@fieldseal/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { entryHash } from '../../packages/core/src/audit/entry-hash.ts';
import { defaultEngine } from '../../packages/core/src/cipher/default-engine.node.ts';
import {
  copyOf,
  ENVIRONMENT,
  entriesOf,
  manage,
  type OpenSource,
  openTrail,
  secretsOf,
  use,
} from './trail-fixture.ts';

const P1 = 'process-p1';
const P2 = 'process-p2';
const secrets = secretsOf();

let copy: OpenSource;
let anchors: AuditPoint[];

function pointOf(row: AuditRow): AuditPoint {
  const { chain, sequence, hash } = row.columns;
  return { chain, sequence, hash } as AuditPoint;
}

/** Twelve entries in each of two processes, both concluded, and ten of management. */
async function make(): Promise<void> {
  const first = await openTrail({ processId: 'p1', detail: 'operation', checkpointEvery: 5 });
  const { store } = first;
  const second = await openTrail({ processId: 'p2', detail: 'operation', store });
  for (let i = 0; i < 12; i++) {
    first.trail.record(use({ requestId: `r-${i}`, context: { tenant: `t-${i}` } }));
    second.trail.record(use({ principal: 'worker', requestId: `w-${i}` }));
    if (i % 2 === 0) await manage(first);
    if (i % 4 === 0) await first.trail.flush();
  }
  await first.trail.close();
  await second.trail.close();
  copy = await copyOf(store);
  anchors = [...copy.chains.values()].map((rows) => pointOf(rows.at(-1)!));
}

async function verify(options: Partial<VerifyAuditOptions> = {}): Promise<AuditReport> {
  const signers = [await secrets.audit.publicKey()];
  return verifyAudit({ source: copy.source, signers, environment: ENVIRONMENT, ...options });
}

async function findings(
  options: Partial<VerifyAuditOptions> = {},
): Promise<readonly AuditFinding[]> {
  const report = await verify(options);
  expect(report.sound).toBe(report.findings.length === 0);
  return report.findings;
}

function rows(chain: string): AuditRow[] {
  return copy.chains.get(chain)!;
}

/** As somebody who can compute hashes, but has no key. */
function rehashed(row: AuditRow, columns: Readonly<Record<string, unknown>>): AuditRow {
  const changed = { ...row.columns, ...columns } as AuditRow['columns'];
  const hash = entryHash(defaultEngine(), changed);
  return { ...row, columns: { ...changed, hash } };
}

/** Writes a chain anew from an entry on, so that all hashes fit. */
function rewrite(chain: string, index: number, columns: Readonly<Record<string, unknown>>): void {
  const all = rows(chain);
  all[index] = rehashed(all[index]!, columns);
  for (let i = index + 1; i < all.length; i++) {
    all[i] = rehashed(all[i]!, { previous: all[i - 1]!.columns.hash });
  }
}

const other = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return value.with(0, (value[0]! + 1) & 0xff);
  if (typeof value === 'bigint') return value + 1n;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return value === null ? 'something' : `${value}x`;
};

beforeEach(make);

describe('verifyAudit', () => {
  test('finds nothing in a trail that nobody touched, with or without the store key', async () => {
    expect(await findings()).toEqual([]);
    const report = await verify({ verifyRow: secrets.verifyRow, anchors });
    expect(report).toMatchObject({ sound: true, findingCount: 0, truncation: 'anchored' });
    expect(report.chains.map(({ chain }) => chain).sort()).toEqual(['management', P1, P2]);
    for (const each of report.chains) {
      expect(each.signedUpTo).toBe(each.lastSequence);
      expect(each.completeUpTo).toBe(each.lastSequence);
    }
    expect(report.chains.filter(({ concluded }) => concluded)).toHaveLength(2);
  });

  test('says that without an anchor truncation cannot be excluded', async () => {
    expect((await verify()).truncation).toBe('cannot-be-excluded');
    const management = anchors.filter(({ chain }) => chain === 'management');
    // concluded chains are held by the management chain
    expect((await verify({ anchors: management })).truncation).toBe('anchored');
  });

  test('finds an edit of any column of any entry, and says where', async () => {
    for (const chain of ['management', P1]) {
      const [index, row] = [4, rows(chain)[4]!];
      for (const name of Object.keys(row.columns)) {
        rows(chain)[index] = {
          ...row,
          columns: { ...row.columns, [name]: other(row.columns[name]) } as AuditRow['columns'],
        };
        const found = await findings();
        const where = { chain, sequence: name === 'sequence' ? 6n : 5n };
        expect({ name, found }).toMatchObject({
          name,
          found: expect.arrayContaining([{ kind: 'edited', ...where }]),
        });
        rows(chain)[index] = row;
      }
      rows(chain)[index] = { ...row, rowMac: other(row.rowMac) as Uint8Array };
      expect(await findings({ verifyRow: secrets.verifyRow })).toEqual([
        { kind: 'unauthentic', chain, sequence: 5n },
      ]);
      rows(chain)[index] = row;
    }
    expect(await findings()).toEqual([]);
  });

  test('finds an edited entry whose hash was computed anew', async () => {
    rows(P1)[4] = rehashed(rows(P1)[4]!, { outcome: 'Success', principal: 'nobody' });
    const found = await findings();
    expect(found).toContainEqual({ kind: 'unlinked', chain: P1, sequence: 6n });
    expect(await findings({ verifyRow: secrets.verifyRow })).toContainEqual({
      kind: 'unauthentic',
      chain: P1,
      sequence: 5n,
    });
  });

  test('finds a chain that was written anew from an entry on, by its checkpoint', async () => {
    rewrite(P1, 2, { principal: 'nobody' });
    const kinds = (await findings()).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['rewritten']));
    expect(await findings({ anchors })).toContainEqual({
      kind: 'rewritten',
      chain: P1,
      sequence: rows(P1).at(-1)!.columns.sequence,
    });
  });

  test('finds an entry that was deleted in the middle', async () => {
    rows(P1).splice(4, 1);
    expect(await findings()).toContainEqual({ kind: 'gap', chain: P1, sequence: 5n });
    rows('management').splice(2, 1);
    expect(await findings()).toContainEqual({ kind: 'gap', chain: 'management', sequence: 3n });
  });

  test('finds a first entry that was deleted', async () => {
    rows(P1).shift();
    expect(await findings()).toContainEqual({ kind: 'gap', chain: P1, sequence: 1n });
  });

  test('finds two entries that changed places, with their numbers and without', async () => {
    const [a, b] = [rows(P1)[4]!, rows(P1)[5]!];
    [rows(P1)[4], rows(P1)[5]] = [b, a];
    expect(await findings()).toContainEqual({ kind: 'reordered', chain: P1, sequence: 5n });
    const numbered = (row: AuditRow, sequence: bigint) =>
      ({ ...row, columns: { ...row.columns, sequence } }) as AuditRow;
    [rows(P1)[4], rows(P1)[5]] = [numbered(b, 5n), numbered(a, 6n)];
    const found = await findings();
    expect(found).toContainEqual({ kind: 'edited', chain: P1, sequence: 5n });
    expect(found).toContainEqual({ kind: 'edited', chain: P1, sequence: 6n });
  });

  test('finds an entry that is there twice', async () => {
    rows(P1).splice(5, 0, rows(P1)[4]!);
    expect(await findings()).toEqual([{ kind: 'reordered', chain: P1, sequence: 5n }]);
  });

  test('finds an end that was cut where a checkpoint, a conclusion or an anchor holds it', async () => {
    rows(P1).splice(-3);
    const from = rows(P1).at(-1)!.columns.sequence as bigint;
    expect(await findings()).toContainEqual({ kind: 'truncated', chain: P1, sequence: from + 1n });
    // who cuts the checkpoints as well is told by the conclusion in the management chain
    copy.checkpoints.set(P1, []);
    expect(await findings()).toEqual([{ kind: 'truncated', chain: P1, sequence: from + 1n }]);
  });

  test('finds a management chain that was cut with its checkpoints only by an anchor', async () => {
    const last = rows('management').at(-1)!.columns.sequence as bigint;
    rows('management').splice(-1);
    const kept = copy.checkpoints
      .get('management')!
      .filter(({ columns }) => (columns.sequence as bigint) < last);
    copy.checkpoints.set('management', kept);
    const report = await verify();
    expect(report.sound).toBe(true);
    expect(report.truncation).toBe('cannot-be-excluded');
    expect(await findings({ anchors })).toEqual([
      { kind: 'truncated', chain: 'management', sequence: last },
    ]);
  });

  test('finds a whole chain that is gone', async () => {
    copy.chains.delete(P2);
    copy.checkpoints.delete(P2);
    expect(await findings()).toEqual([{ kind: 'missing-chain', chain: P2, sequence: 1n }]);
    copy.chains.clear();
    copy.checkpoints.clear();
    expect((await verify()).truncation).toBe('cannot-be-excluded');
    expect(await findings({ anchors })).toHaveLength(3);
  });

  test('finds forged checkpoints: any column, another signer, another key’s signature', async () => {
    const all = copy.checkpoints.get(P1)!;
    const genuine = all[0]!;
    for (const name of Object.keys(genuine.columns)) {
      const value = name === 'sequence' ? 1n : other(genuine.columns[name]);
      all[0] = {
        ...genuine,
        columns: { ...genuine.columns, [name]: value } as typeof genuine.columns,
      };
      const found = await findings();
      const kinds = found.map(({ kind }) => kind);
      expect({ name, kinds }).toEqual({ name, kinds: ['forged-checkpoint'] });
    }
    all[0] = genuine;
    expect(await findings({ signers: [await secretsOf(99).audit.publicKey()] })).toContainEqual({
      kind: 'forged-checkpoint',
      chain: P1,
      sequence: genuine.columns.sequence,
    });
    const without = await verify({ signers: [] });
    expect(without.chains.every(({ signedUpTo }) => signedUpTo === 0n)).toBe(true);
  });

  test('finds an old chain that is shown as a new one', async () => {
    const renamed = rows(P1).map((row) => ({
      ...row,
      columns: { ...row.columns, chain: 'process-new' },
    }));
    copy.chains.set('process-new', renamed as AuditRow[]);
    const plain = await findings();
    expect(plain).toContainEqual({ kind: 'unopened-chain', chain: 'process-new', sequence: 1n });
    expect(plain).toContainEqual({ kind: 'edited', chain: 'process-new', sequence: 1n });
    // hashed anew, and with an opening that its author added to the management chain
    const opening = rows('management').find(({ columns }) => columns.opens === P1)!;
    const last = rows('management').at(-1)!.columns;
    const sequence = (last.sequence as bigint) + 1n;
    const place = { opens: 'process-new', sequence, previous: last.hash, epoch: last.epoch };
    const added = rehashed(opening, place);
    rows('management').push(added);
    let previous = added.columns.hash;
    const anew = rows('process-new').map((row) => {
      const next = rehashed(row, { previous });
      previous = next.columns.hash;
      return next;
    });
    copy.chains.set('process-new', anew);
    // without a key: hashes alone hold nothing, and the report says so
    const report = await verify();
    expect(report.sound).toBe(true);
    const chain = report.chains.find((each) => each.chain === 'process-new');
    expect(chain).toMatchObject({ signedUpTo: 0n, completeUpTo: 0n });
    const found = await findings({ verifyRow: secrets.verifyRow });
    expect(found).toContainEqual({ kind: 'unauthentic', chain: 'management', sequence });
    expect(found).toContainEqual({ kind: 'unopened-chain', chain: 'process-new', sequence: 1n });
  });

  test('finds two chains that were spliced', async () => {
    const spliced = [...rows(P1).slice(0, 5), ...rows(P2).slice(5)];
    copy.chains.set(P1, spliced);
    const found = await findings();
    expect(found).toContainEqual({ kind: 'foreign', chain: P1, sequence: 6n });
    expect(found).toContainEqual({ kind: 'unlinked', chain: P1, sequence: 6n });
  });

  test('finds entries behind the conclusion of a chain', async () => {
    const last = rows(P1).at(-1)!;
    const sequence = (last.columns.sequence as bigint) + 1n;
    rows(P1).push(rehashed(last, { sequence, previous: last.columns.hash }));
    expect(await findings()).toContainEqual({ kind: 'unopened-chain', chain: P1, sequence });
  });

  test('finds entries of another store or environment', async () => {
    const elsewhere = await findings({ environment: 'production' });
    expect(elsewhere).toContainEqual({ kind: 'foreign', chain: P1, sequence: 1n });
  });

  test('finds a change of the store that left no entry, and a jump of epochs', async () => {
    const epoch = async () => 99n;
    const last = rows('management').at(-1)!.columns.sequence as bigint;
    expect(await findings({ source: { ...copy.source, epoch } })).toEqual([
      { kind: 'epoch', chain: 'management', sequence: last },
    ]);
    rewrite('management', 3, { epoch: 50n });
    expect(await findings()).toContainEqual({ kind: 'epoch', chain: 'management', sequence: 4n });
  });

  test('finds a store that was put back without its trail, and a change that was made on it', async () => {
    const { sequence, epoch: newest } = rows('management').at(-1)!.columns;
    const epoch = async () => (newest as bigint) - 1n;
    expect(await findings({ source: { ...copy.source, epoch } })).toEqual([
      { kind: 'epoch', chain: 'management', sequence },
    ]);
    const changes = rows('management').filter(({ columns }) => columns.principal === 'admin');
    const [first, second] = changes.map(({ columns }) => columns);
    const place = Number(second!.sequence);
    rewrite('management', place - 1, { epoch: first!.epoch as bigint, occurred_at: 1n });
    expect(await findings()).toContainEqual({
      kind: 'epoch',
      chain: 'management',
      sequence: BigInt(place),
    });
  });

  test('goes on behind entries that were archived on purpose', async () => {
    const archived = [P1, 'management'].map((chain) => pointOf(rows(chain)[3]!));
    for (const chain of [P1, 'management']) rows(chain).splice(0, 4);
    const kept = (chain: string) =>
      copy.checkpoints.get(chain)!.filter(({ columns }) => (columns.sequence as bigint) > 4n);
    for (const chain of [P1, 'management']) copy.checkpoints.set(chain, kept(chain));
    expect(await findings()).not.toEqual([]);
    expect(await findings({ archived, verifyRow: secrets.verifyRow })).toEqual([]);
  });

  test('lists the first hundred findings and counts the rest', async () => {
    const many = Array.from({ length: 150 }, () => rows(P1)[1]!);
    rows(P1).splice(2, 0, ...many);
    const report = await verify();
    expect(report.findings).toHaveLength(100);
    expect(report.findingCount).toBe(150);
  });

  test('an empty trail is sound and proves nothing', async () => {
    const empty = await copyOf(createMemoryStore());
    expect(await verify({ source: empty.source })).toMatchObject({
      sound: true,
      entries: 0,
      truncation: 'cannot-be-excluded',
    });
    expect(await entriesOf(createMemoryStore(), 'management')).toEqual([]);
  });
});
