import {
  createFieldCodec,
  type FieldCodec,
  type Manifest,
  type ManifestField,
  type Predicate,
} from '@fieldseal/core';
import { buildIndex, encryptExisting, listJobs, verifyField } from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import {
  createPeople,
  KEYS,
  type Key,
  type People,
  panOf,
  peopleManifest,
} from './people-table.ts';

const INDEX = 'people.pan.equality';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

interface Grown extends People {
  /** The version of the application before the index. */
  readonly before: FieldCodec;
}

function withoutEquality(manifest: Manifest): Manifest {
  const models = manifest.models.map((model) => ({
    ...model,
    fields: model.fields.map((field) => ({
      ...field,
      indexes: field.indexes.filter(({ kind }) => kind !== 'equality'),
    })),
  }));
  return { ...manifest, models };
}

/** A table of cells with tokens of their last four digits, whose field has just got a unique index. */
async function grown(
  options: {
    readonly key?: readonly Key[];
    readonly field?: Partial<ManifestField>;
    readonly textOf?: (n: number) => string | null;
  } = {},
): Promise<Grown> {
  const { key = KEYS.uuid!, textOf = panOf } = options;
  const { indexes } = peopleManifest('migrating', key).models[0]!.fields[0]!;
  const made = await createPeople({
    phase: 'migrating',
    rows: 40,
    key,
    textOf,
    field: { indexes: indexes.filter(({ kind }) => kind !== 'equality') },
    more: 'ALTER TABLE people DROP CONSTRAINT people_pan_key',
  });
  open.push(made);
  await encryptExisting(made.job);
  await made.keyring.setPhase('people.pan', 'sealed');
  const manifest = peopleManifest('sealed', key, options.field);
  const before = createFieldCodec({
    keyring: made.keyring,
    manifest: withoutEquality(manifest),
  });
  const codec = createFieldCodec({ keyring: made.keyring, manifest });
  await codec.register();
  return { ...made, manifest, codec, before, job: { ...made.job, manifest } };
}

/** Ids of the rows of a tenant that have a value, asked as an adapter asks. */
async function find({ codec, sql }: People, tenant: string, pan: string): Promise<string[]> {
  const call = codec.call('Person.findMany');
  let asked: Predicate | undefined;
  const op = { model: 'Person', field: 'pan', operator: 'equals', operand: pan, tenant } as const;
  call.lookup(op, (predicate) => {
    asked = predicate;
  });
  await call.run();
  const { rows } = await sql.query(
    'SELECT id::text FROM people WHERE tenant_id = $1 AND pan_token = $2',
    [tenant, asked!.tokens[0]],
  );
  return rows.map(({ id }) => id);
}

async function write(codec: FieldCodec, { sql }: People, id: string, pan: string | null) {
  const { rows } = await sql.query('SELECT tenant_id FROM people WHERE id = $1', [id]);
  const tenantId = rows[0].tenant_id as string;
  const target: Record<string, unknown> = { pan };
  const call = codec.call('Person.update');
  call.seal({ model: 'Person', target, row: { id, tenantId }, scope: { tenant: tenantId } });
  await call.run();
  const columns = { pan: 'pan', panToken: 'pan_token', panLast4: 'pan_last4' };
  const sets = Object.entries(columns).filter(([name]) => name in target);
  await sql.query(
    `UPDATE people SET ${sets.map(([, column], i) => `${column} = $${i + 2}`).join(', ')} WHERE id = $1`,
    [id, ...sets.map(([name]) => target[name])],
  );
}

// each waits until other processes would have heard that the index is closed
describe.concurrent('an index that a field was given later', { timeout: 180_000 }, () => {
  test.each(['uuid', 'composite', 'bytes'])('is built: key of type %s', async (name) => {
    const made = await grown({ key: KEYS[name]! });
    const cells = async () => (await made.sql.query('SELECT pan FROM people ORDER BY pan')).rows;
    const stored = await cells();
    const report = await buildIndex(made.job);
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    expect(report.steps.map(({ step, read, written }) => [step, read, written])).toEqual([
      ['tokens', 36, 36],
      ['tokens', 0, 0],
      ['proof', 36, 0],
    ]);
    expect(await cells()).toEqual(stored);
    expect(made.keyring.indexStateOf(INDEX)).toBe('ready');
    expect(await verifyField(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
    expect((await listJobs(made.url)).map(({ kind }) => kind)).toContain('build-index');
  });

  test('answers no lookup before, and the right one from then on', async () => {
    const made = await grown();
    const building = { code: 'ERR_OPERATOR_UNSUPPORTED', meta: { reason: 'building' } };
    await expect(find(made, 't1', panOf(1)!)).rejects.toMatchObject(building);
    const waiting = buildIndex(made.job);
    await expect(find(made, 't1', panOf(1)!)).rejects.toMatchObject(building);
    expect(await waiting).toMatchObject({ state: 'done' });
    const opened = await made.opened();
    for (const [id, value] of opened) {
      if (value === null) continue;
      const { rows } = await made.sql.query('SELECT tenant_id FROM people WHERE id = $1', [id]);
      expect(await find(made, rows[0].tenant_id, String(value))).toEqual([id]);
    }
    expect(await find(made, 't0', panOf(1)!)).toEqual([]);
  });

  test('is mended where the version before it has written', async () => {
    const made = await grown();
    const [changed, cleared, added] = [...(await made.opened())].flatMap(([id, value]) =>
      value === null ? [] : [id],
    ) as [string, string, string];
    // as if tokens had been filled in, and an old version had written after that
    await made.sql.query(`UPDATE people SET pan_token = '\\x01' WHERE id = $1`, [changed]);
    await made.sql.query(`UPDATE people SET pan_token = '\\x02' WHERE id = $1`, [cleared]);
    await write(made.before, made, changed, '5000 0000 0001');
    await write(made.before, made, cleared, null);
    await write(made.before, made, added, '5000 0000 0002');
    expect(await buildIndex(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await verifyField(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
    const { rows } = await made.sql.query(
      'SELECT id, tenant_id AS tenant, pan_token FROM people WHERE id = ANY ($1::uuid[])',
      [[changed, cleared, added]],
    );
    const tenantOf = new Map(rows.map(({ id, tenant }) => [id, tenant]));
    expect(await find(made, tenantOf.get(changed), '500000000001')).toEqual([changed]);
    expect(await find(made, tenantOf.get(added), '500000000002')).toEqual([added]);
    expect(rows.find(({ id }) => id === cleared).pan_token).toBeNull();
    for (const value of ['5000 0000 0003', null]) {
      await expect(write(made.before, made, changed, value)).rejects.toMatchObject({
        code: 'ERR_MANIFEST_MISMATCH',
      });
    }
  });

  test('reports values that are there twice, and is ready when one of them is changed', async () => {
    const made = await grown({ textOf: (n) => (n === 3 ? '4111-1111-00000001' : panOf(n)) });
    const report = await buildIndex(made.job);
    expect(report).toMatchObject({ state: 'refused', problemCount: 1 });
    const [problem] = report.problems;
    expect(problem).toMatchObject({ class: 'duplicate', code: 'duplicate' });
    expect(made.keyring.indexStateOf(INDEX)).toBe('building');
    const { rows } = await made.sql.query(
      'SELECT id FROM people WHERE pan_token IS NULL AND pan IS NOT NULL',
    );
    expect(rows).toEqual([{ id: problem!.row }]);
    await write(made.codec, made, problem!.row, '4111 1111 9999');
    expect(await buildIndex(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await verifyField(made.job)).toMatchObject({ state: 'done' });
  });

  test('is not ready while a row does not open', async () => {
    const made = await grown();
    const { rows } = await made.sql.query(
      'SELECT id, pan FROM people WHERE pan IS NOT NULL ORDER BY id LIMIT 2',
    );
    await made.sql.query('UPDATE people SET pan = $2 WHERE id = $1', [rows[0].id, rows[1].pan]);
    const report = await buildIndex(made.job);
    expect(report).toMatchObject({ state: 'refused', problemCount: 1 });
    expect(report.problems[0]).toMatchObject({ row: rows[0].id });
    expect(made.keyring.indexStateOf(INDEX)).toBe('building');
    await write(made.codec, made, rows[0].id, null);
    expect(await buildIndex(made.job)).toMatchObject({ state: 'done' });
  });

  test('is ready without the rows of a tenant whose keys are gone, and says which they are', async () => {
    const made = await grown();
    const { rows } = await made.sql.query(
      `SELECT id FROM people WHERE tenant_id = 't1' AND pan IS NOT NULL`,
    );
    await made.keyring.kms.shred({ Tenant: 't1' });
    const report = await buildIndex(made.job);
    expect(report).toMatchObject({ state: 'done', problemCount: rows.length });
    expect(new Set(report.problems.map((problem) => problem.class))).toEqual(
      new Set(['ended-key']),
    );
    expect(made.keyring.indexStateOf(INDEX)).toBe('ready');
    const living = [
      ...(
        await made.sql.query(
          `SELECT pan_token FROM people WHERE tenant_id = 't0' AND pan IS NOT NULL`,
        )
      ).rows,
    ];
    expect(living.every(({ pan_token }) => pan_token !== null)).toBe(true);
  });

  test('leaves wrong tokens of other indexes for verify to find', async () => {
    const made = await grown();
    const { rows } = await made.sql.query(
      `UPDATE people SET pan_last4 = '\\x00' WHERE id = (SELECT id FROM people WHERE pan IS NOT NULL LIMIT 1)
        RETURNING id`,
    );
    expect(await buildIndex(made.job)).toMatchObject({ state: 'done' });
    expect((await verifyField(made.job)).problems).toEqual([
      { row: rows[0].id, class: 'wrong-token', code: 'ERR_INDEX_MISMATCH' },
    ]);
  });

  test('is only counted by a dry run, and nothing is left to do once it is ready', async () => {
    const made = await grown();
    const dry = await buildIndex({ ...made.job, dryRun: true });
    expect(dry).toMatchObject({ state: 'done', jobId: null });
    expect(dry.steps).toMatchObject([{ step: 'proof', read: 36, written: 36 }]);
    const { rows } = await made.sql.query('SELECT count(pan_token)::int AS n FROM people');
    expect(rows).toEqual([{ n: 0 }]);
    await buildIndex(made.job);
    expect(await buildIndex(made.job)).toMatchObject({ state: 'done', steps: [] });
  });
});
