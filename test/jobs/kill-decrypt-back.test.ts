import { encryptExisting, listJobs } from '@fieldseal/jobs';
import { expect, test, vi } from 'vitest';
import { type CliProject, createProject } from '../cli/run-cli.ts';
import { countJobWrites } from './job-writes.ts';
import { KILLS, killAtWork, panOf } from './kill-at-work.ts';
import { leaveLongAgo } from './leave-long-ago.ts';
import { ALIAS, openPeopleApplication } from './people-application.ts';
import { writeBeside } from './write-beside.ts';

const ROWS = 4000;
const WRITERS = 4;
/** Kills after which rows have their cells again, so that there is always something to do. */
const AGAIN_EVERY = 3;
const PHASE = 'plain';

test(`cells are opened by a job that is killed ${KILLS} times, beside ${WRITERS} writers`, {
  timeout: 1_800_000,
}, async () => {
  // everybody has heard that the field is leaving before the first run begins
  const project = await createProject(ROWS, ALIAS, undefined, 0);
  const { sql } = project;
  const { keyring, job, overwrite, stored, opened } = await openPeopleApplication(project, PHASE);
  const over = new AbortController();
  try {
    expect(await encryptExisting({ ...job, settleMs: 0 })).toMatchObject({ state: 'done' });
    await keyring.setPhase('people.pan', 'sealed');
    await sql.query('CREATE TABLE kept AS SELECT * FROM people');
    await leaveLongAgo(project);
    await vi.waitFor(() => expect(keyring.phaseOf('people.pan')).toBe('leaving'), 15_000);
    const jobWrites = await countJobWrites(sql);

    const twin = new Map<number, unknown>(
      Array.from({ length: ROWS }, (_, i) => [i + 1, panOf(i + 1)]),
    );
    const writing = { writers: WRITERS, over: over.signal };
    const writers = writeBeside(writing, async (writer, n) => {
      const id = 1 + writer + WRITERS * ((n * 7919) % (ROWS / WRITERS / 2));
      const pan = `5${writer}${String(n).padStart(10, '0')}`;
      await overwrite(twin, id, pan);
    });

    const args = ['decrypt-back', 'Person.pan', '--load', '1', '--batch-size', '10'];
    const again = new Map<number, number>();
    let kills = 0;
    // on a busy machine it may take more of them to come to the rows that are sealed again
    while (kills < KILLS || again.size === 0) {
      const code = await killAtWork(project, args, [0, 700], PHASE);
      if (code === null) kills += 1;
      else expect(code).toBe(0);
      const [last] = await listJobs(project.url);
      // one that compares already is not to find cells
      const isOpening = last?.step === 'plaintext' || last?.state === 'done';
      if (isOpening && (code === 0 || kills % AGAIN_EVERY === 0))
        for (const id of await sealSome(project, kills)) again.set(id, 1 + (again.get(id) ?? 0));
    }
    expect(await project.run(args, { phase: PHASE })).toMatchObject({ code: 0 });
    over.abort();
    await writers;

    const rows = await stored();
    expect(new Map(rows.map(({ id, pan }) => [Number(id), pan]))).toEqual(twin);
    // with the tokens that they had, so that uniqueness holds to the end
    expect(await opened()).toEqual(twin);
    const writes = await jobWrites();
    for (let id = ROWS / 2 + 1; id <= ROWS; id++)
      expect([id, writes.of(id)]).toEqual([id, 1 + (again.get(id) ?? 0)]);
    expect(await project.run(['verify', 'Person.pan'], { phase: PHASE })).toMatchObject({
      code: 0,
    });
  } finally {
    over.abort();
    await keyring.close();
    await project.close();
  }
});

/** As a process writes that has not heard, into rows that no writer has; gives those that were plaintext. */
async function sealSome({ sql }: CliProject, n: number): Promise<number[]> {
  const { rows } = await sql.query(
    `UPDATE people AS p SET pan = k.pan FROM kept AS k
      WHERE k.id = p.id AND p.id > $2 AND p.id % 3 = $1::int AND p.pan <> k.pan RETURNING p.id`,
    [n % 3, ROWS / 2],
  );
  return rows.map(({ id }) => Number(id));
}
