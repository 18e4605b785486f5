import { createFieldCodec, type Predicate } from '@fieldseal/core';
import { encryptExisting } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { createProject } from '../cli/run-cli.ts';
import { KILLS, killAtWork, panOf } from './kill-at-work.ts';
import { ALIAS, openPeopleApplication } from './people-application.ts';
import { writeBeside } from './write-beside.ts';

const ROWS = 4000;
const WRITERS = 4;
const INDEX = 'people.pan.equality';
/** How long a run is let live, in ms: steps that are nothing but time, and one that begins anew each time. */
const WINDOWS: Readonly<Record<string, readonly [number, number]>> = {
  hear: [0, 8000],
  drain: [0, 30_000],
  last: [0, 8000],
};

test(`an index whose rotation is killed ${KILLS} times misses no row, beside ${WRITERS} writers`, {
  timeout: 2_400_000,
}, async () => {
  const project = await createProject(ROWS, ALIAS);
  const { sql } = project;
  const { keyring, job, write, overwrite, stored, opened } = await openPeopleApplication(project);
  const codec = createFieldCodec({ keyring, manifest: job.manifest });
  const over = new AbortController();

  async function find(id: number, pan: string): Promise<number[]> {
    const call = codec.call('Person.findMany');
    let asked: Predicate | undefined;
    const op = { model: 'Person', field: 'pan', operator: 'equals', operand: pan } as const;
    call.lookup({ ...op, tenant: `t${id % 2}` }, (predicate) => {
      asked = predicate;
    });
    await call.run();
    const text = 'SELECT id FROM people WHERE tenant_id = $1 AND pan_token = ANY ($2)';
    const { rows } = await sql.query(text, [`t${id % 2}`, asked?.tokens]);
    return rows.map((row) => Number(row.id));
  }

  try {
    expect(await encryptExisting(job)).toMatchObject({ state: 'done' });
    await keyring.setPhase('people.pan', 'sealed');
    const before = new Set((await stored()).map(({ panToken }) => String(panToken)));
    const twin = new Map<number, unknown>(
      Array.from({ length: ROWS }, (_, i) => [i + 1, panOf(i + 1)]),
    );

    const writing = { writers: WRITERS, over: over.signal };
    const writers = writeBeside(writing, async (writer, n) => {
      const id = 1 + writer + WRITERS * ((n * 7919) % (ROWS / WRITERS / 2));
      const pan = `5${writer}${String(n).padStart(10, '0')}`;
      await overwrite(twin, id, pan);
      expect(await find(id, pan)).toEqual([id]);
      // one that no writer touches, and a value that another row has
      const other = ROWS - ((n * 104_729) % (ROWS / 2 - WRITERS));
      expect(await find(other, panOf(other))).toEqual([other]);
      const peer = ROWS - ((n * 2) % 100) - ((ROWS - id) % 2);
      await expect(write(id, panOf(peer))).rejects.toMatchObject({ code: '23505' });
    });

    const args = ['index', 'rotate', 'Person.pan', '--load', '1', '--batch-size', '40'];
    args.push('--hear', '16');
    const killedIn = new Set<string>();
    let step = 'trigger';
    for (let kills = 0; kills < KILLS; ) {
      const code = await killAtWork(project, args, WINDOWS[step] ?? [0, 900]);
      const job = 'SELECT step FROM fieldseal_jobs.job ORDER BY created_at DESC LIMIT 1';
      step = (await sql.query(job)).rows[0].step;
      if (code === null) {
        killedIn.add(step);
        kills += 1;
      } else {
        expect(code).toBe(0);
        step = 'trigger';
      }
    }
    expect([...killedIn]).toEqual(expect.arrayContaining(['hear', 'tokens']));
    const last = await project.run([...args, '--json'], { phase: 'migrating' });
    expect(JSON.parse(last.out)).toMatchObject({ state: 'done', problemCount: 0 });
    over.abort();
    await writers;

    expect(await opened()).toEqual(twin);
    for (const { panToken } of await stored()) {
      expect(panToken).toHaveLength(32);
      expect(before.has(String(panToken))).toBe(false);
    }
    const list = await project.run(['index', 'list', '--json'], { phase: 'migrating' });
    expect(JSON.parse(list.out)).toMatchObject({ id: INDEX, state: 'ready' });
    expect(await project.run(['verify', 'Person.pan'], { phase: 'migrating' })).toMatchObject({
      code: 0,
    });
    const { rows } = await sql.query(`SELECT FROM pg_trigger WHERE tgname LIKE 'fieldseal%'`);
    expect(rows).toHaveLength(0);
  } finally {
    over.abort();
    await keyring.close();
    await project.close();
  }
});
