import { controlJob, rotateIndex, verifyField } from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import { KEYS, type People } from './people-table.ts';
import * as rotated from './rotated-people.ts';
import {
  everyRowIsFound,
  find,
  HEAR,
  INDEXES,
  INSERT,
  reached,
  sealOne,
  tokensOf,
  triggers,
  UPDATE,
} from './rotated-people.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

async function sealedPeople(...options: Parameters<typeof rotated.sealedPeople>): Promise<People> {
  const made = await rotated.sealedPeople(...options);
  open.push(made);
  return made;
}

// each waits until other processes would have heard, twice
describe.concurrent('the indexes of a field', { timeout: 240_000 }, () => {
  test('get tokens of the next generation, and lookups answer all the while', async () => {
    const made = await sealedPeople();
    const before = await tokensOf(made);
    const cells = (await made.sql.query('SELECT pan, updated_at FROM people ORDER BY id')).rows;
    let isOver = false;
    const asking = (async () => {
      while (!isOver) await everyRowIsFound(made);
    })();
    const report = await rotateIndex({ ...made.job, ...HEAR });
    isOver = true;
    await asking;
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    expect(report.steps.map(({ step, read, written }) => [step, read, written])).toEqual([
      ['tokens', 36, 36],
      ['tokens', 36, 0],
    ]);
    const after = await tokensOf(made);
    for (const [id, token] of after) {
      if (token === null) expect(before.get(id)).toBeNull();
      else expect([token.length, token === before.get(id)]).toEqual([64, false]);
    }
    expect((await made.sql.query('SELECT pan, updated_at FROM people ORDER BY id')).rows).toEqual(
      cells,
    );
    for (const id of INDEXES) expect(made.keyring.indexStateOf(id)).toBe('ready');
    expect(await verifyField(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await triggers(made)).toBe(0);
    await everyRowIsFound(made);
  });

  test.each(['composite', 'bytes', 'date'])('rotate with a key of type %s', async (name) => {
    const made = await sealedPeople({ key: KEYS[name]! });
    expect(await rotateIndex({ ...made.job, ...HEAR })).toMatchObject({ state: 'done' });
    expect(await verifyField(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
  });

  test('refuse a writer that has not heard, and let no value in twice', async () => {
    const made = await sealedPeople();
    const { sql, codec } = made;
    const { rows } = await sql.query('SELECT id::text, tenant_id FROM people ORDER BY id');
    const values = await made.opened();
    const [first, second] = rows.filter(
      ({ id, tenant_id }) => tenant_id === 't1' && values.get(id) !== null,
    );
    const taken = String(values.get(second.id));
    const id = '0190f1c2-0000-7000-8000-00000000000a';
    const stale = await sealOne(codec, id, 't1', '5000 0000 0001');
    const staleOfFirst = await sealOne(codec, first.id, 't1', '5000 0000 0002');
    const old = await sql.connect();
    await old.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await old.query('SELECT 1 FROM people LIMIT 1');

    const rotating = rotateIndex({ ...made.job, ...HEAR, batchSize: 1, rowsPerSecond: 5 });
    rotating.catch(() => {});
    await reached(made, 'hear');
    // not heard of it yet: the tokens of now are kept
    await sql.query(UPDATE, [first.id, ...staleOfFirst]);
    expect(await find(made, 't1', '500000000002')).toEqual([first.id]);
    await sql.query(UPDATE, [
      first.id,
      ...(await sealOne(codec, first.id, 't1', '5000 0000 0003')),
    ]);
    expect(await find(made, 't1', '500000000003')).toEqual([first.id]);

    await reached(made, 'tokens');
    const unheard = expect.objectContaining({ code: '55000' });
    await expect(sql.query(INSERT, [id, 't1', ...stale])).rejects.toEqual(unheard);
    await expect(sql.query(UPDATE, [first.id, ...stale])).rejects.toEqual(unheard);
    const fresh = await sealOne(codec, id, 't1', '5000 0000 0001');
    await expect(old.query(INSERT, [id, 't1', ...fresh])).rejects.toMatchObject({ code: '40001' });
    await old.query('ROLLBACK');
    old.release();

    // whichever generation the row with the value has
    const duplicate = expect.objectContaining({
      code: '23505',
      constraint: 'people_pan_token_key',
    });
    const twice = await sealOne(codec, id, 't1', taken);
    await expect(sql.query(INSERT, [id, 't1', ...twice])).rejects.toEqual(duplicate);
    const ofFirst = await sealOne(codec, first.id, 't1', taken);
    await expect(sql.query(UPDATE, [first.id, ...ofFirst])).rejects.toEqual(duplicate);
    // of another tenant it is another token
    const other = await sealOne(codec, id, 't0', taken);
    await sql.query(INSERT, [id, 't0', ...other]);
    expect(await find(made, 't0', taken)).toContain(id);

    expect(await rotating).toMatchObject({ state: 'done', problemCount: 0 });
    await everyRowIsFound(made);
    expect(await verifyField(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
  });

  test('take an upsert of either kind while they rotate', async () => {
    const made = await sealedPeople();
    const { sql, codec } = made;
    const { rows } = await sql.query(
      `SELECT id::text FROM people WHERE tenant_id = 't1' AND pan IS NOT NULL ORDER BY id DESC`,
    );
    const values = await made.opened();
    const rotating = rotateIndex({ ...made.job, ...HEAR, batchSize: 1, rowsPerSecond: 5 });
    await reached(made, 'tokens');
    const overwritten =
      'pan = EXCLUDED.pan, pan_token = EXCLUDED.pan_token, pan_last4 = EXCLUDED.pan_last4';
    for (const { id } of rows.slice(0, 6)) {
      const own = String(values.get(id));
      // by key: to its own value and to another one
      for (const pan of [own, `6${own.slice(1)}`, own]) {
        const made6 = await sealOne(codec, id, 't1', pan);
        await sql.query(`${INSERT} ON CONFLICT (id) DO UPDATE SET ${overwritten}`, [
          id,
          't1',
          ...made6,
        ]);
        expect(await find(made, 't1', pan)).toEqual([id]);
      }
      // by the value
      const again = await sealOne(codec, '0190f1c2-0000-7000-8000-00000000000b', 't1', own);
      const values5 = ['0190f1c2-0000-7000-8000-00000000000b', 't1', ...again];
      const bumped = await sql.query(
        `${INSERT} ON CONFLICT (pan_token) DO UPDATE SET version = people.version + 1 RETURNING id::text`,
        values5,
      );
      expect(bumped.rows).toEqual([{ id }]);
      const nothing = await sql.query(`${INSERT} ON CONFLICT DO NOTHING RETURNING id`, values5);
      expect(nothing.rows).toEqual([]);
    }
    expect(await rotating).toMatchObject({ state: 'done' });
    await everyRowIsFound(made);
    expect(await verifyField(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
  });

  test('stay right when the rotation is cancelled, and the next run finishes it', async () => {
    const made = await sealedPeople();
    const rotating = rotateIndex({ ...made.job, ...HEAR, batchSize: 1, rowsPerSecond: 5 });
    const stopped = expect(rotating).rejects.toMatchObject({ code: 'ERR_JOB_STOPPED' });
    await controlJob(made.url, await reached(made, 'tokens'), 'cancel');
    await stopped;
    expect(made.keyring.indexStateOf(INDEXES[0]!)).toBe('rotating');
    await everyRowIsFound(made);
    expect(await verifyField(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await triggers(made)).toBe(2);
    const report = await rotateIndex({ ...made.job, ...HEAR });
    expect(report.state).toBe('done');
    expect(report.steps.map(({ step }) => step)).toEqual(['tokens', 'tokens']);
    await everyRowIsFound(made);
    expect(await triggers(made)).toBe(0);
    // and once more, to the generation after that
    const before = await tokensOf(made);
    expect(await rotateIndex({ ...made.job, ...HEAR })).toMatchObject({ state: 'done' });
    const after = await tokensOf(made);
    expect([...after].filter(([id, token]) => token !== null && token === before.get(id))).toEqual(
      [],
    );
    await everyRowIsFound(made);
  });
});

describe('a rotation is refused before anything happens', () => {
  async function refusedFor(made: People, meta: Record<string, unknown>): Promise<void> {
    await expect(rotateIndex({ ...made.job, ...HEAR })).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
      meta,
    });
    expect(await triggers(made)).toBe(0);
    for (const id of INDEXES) expect(made.keyring.indexStateOf(id)).not.toBe('rotating');
  }

  test.each([
    ['over another column', 'CREATE UNIQUE INDEX odd ON people (pan_token, version)'],
    ['of some rows', 'CREATE UNIQUE INDEX odd ON people (pan_token) WHERE version > 0'],
    [
      'of other tokens of them',
      'CREATE UNIQUE INDEX odd ON people (tenant_id) WHERE pan_token IS NULL AND version < 0',
    ],
    ['over an expression', 'CREATE UNIQUE INDEX odd ON people ((encode(pan_token, $$hex$$)))'],
    ['that is deferrable', 'ALTER TABLE people ADD CONSTRAINT odd UNIQUE (pan_token) DEFERRABLE'],
    [
      'with a generated column',
      `ALTER TABLE people ADD lower text GENERATED ALWAYS AS (lower(tenant_id)) STORED;
       CREATE UNIQUE INDEX odd ON people (lower, pan_token)`,
    ],
    [
      'that takes NULLs for equal',
      'CREATE UNIQUE INDEX odd ON people (tenant_id, pan_token) NULLS NOT DISTINCT',
    ],
    ['of two indexes', 'CREATE UNIQUE INDEX odd ON people (pan_token, pan_last4)'],
  ])('for a unique index %s', async (_name, more) => {
    await refusedFor(await sealedPeople({ more, rows: 2 }), { index: 'odd', reason: 'unique' });
  });

  test.each([
    ['with rows in another', 'CREATE TABLE younger () INHERITS (people)'],
    ['that inherits', 'CREATE TABLE elder (version int); ALTER TABLE people INHERIT elder'],
  ])('for a table %s', async (_name, more) => {
    await refusedFor(await sealedPeople({ more, rows: 2 }), { table: '"people"' });
  });

  test('for an owner that policies are forced upon', async () => {
    const made = await sealedPeople();
    const role = `forced_${Date.now()}`;
    await made.sql.query(`CREATE ROLE ${role} LOGIN PASSWORD 'forced';
      GRANT ALL ON SCHEMA fieldseal_jobs, public TO ${role};
      GRANT ALL ON ALL TABLES IN SCHEMA fieldseal_jobs TO ${role}; ALTER TABLE people OWNER TO ${role};
      ALTER TABLE people ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`);
    const url = new URL(made.url);
    url.username = role;
    url.password = 'forced';
    const job = { ...made.job, database: url.href };
    const asked = rotateIndex({ ...job, ...HEAR });
    await expect(asked).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
      message: expect.stringContaining('FORCE ROW LEVEL SECURITY'),
    });
    expect(await triggers(made)).toBe(0);
    expect(made.keyring.indexStateOf(INDEXES[0]!)).toBe('ready');
  });

  test('for an index that is not built, and without an index', async () => {
    const made = await sealedPeople();
    await made.keyring.setIndexState(INDEXES[1]!, 'building');
    await refusedFor(made, { index: 'panLast4', reason: 'building' });
    const models = made.manifest.models.map((model) => ({
      ...model,
      fields: model.fields.map((field) => ({ ...field, indexes: [] })),
    }));
    const manifest = { ...made.manifest, models };
    await expect(rotateIndex({ ...made.job, manifest })).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
    });
  });

  test('for a database user that does not own the table', async () => {
    const made = await sealedPeople();
    await made.sql.query(`DROP ROLE IF EXISTS rotate_guest`);
    await made.sql.query(`CREATE ROLE rotate_guest LOGIN PASSWORD 'guest';
      GRANT ALL ON people TO rotate_guest; GRANT ALL ON SCHEMA fieldseal_jobs TO rotate_guest;
      GRANT ALL ON ALL TABLES IN SCHEMA fieldseal_jobs TO rotate_guest`);
    const url = new URL(made.url);
    url.username = 'rotate_guest';
    url.password = 'guest';
    await expect(rotateIndex({ ...made.job, ...HEAR, database: url.href })).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
      meta: { table: '"people"' },
    });
    expect(made.keyring.indexStateOf(INDEXES[0]!)).toBe('ready');
  });

  test.each([0, 15, 86_401, Number.NaN])('for hearSeconds of %s', async (hearSeconds) => {
    const made = { database: 'postgres://nowhere', field: 'Person.pan' } as never;
    await expect(rotateIndex({ ...(made as object), hearSeconds } as never)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
    });
  });

  test('a dry run counts the tokens that it would change', async () => {
    const made = await sealedPeople();
    const report = await rotateIndex({ ...made.job, dryRun: true });
    expect(report).toMatchObject({ state: 'done', jobId: null });
    expect(report.steps).toMatchObject([{ step: 'tokens', read: 36, written: 36 }]);
    expect(await triggers(made)).toBe(0);
    expect(made.keyring.indexStateOf(INDEXES[0]!)).toBe('ready');
  });
});
