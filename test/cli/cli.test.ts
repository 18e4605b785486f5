import { type SignedCoverage, verifyCoverage } from '@fieldseal/jobs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliProject, createProject } from './run-cli.ts';

const FIELD = 'Person.pan';
const ROWS = 300;
let project: CliProject;
beforeAll(async () => {
  project = await createProject(ROWS);
}, 60_000);
afterAll(() => project.close());

const run: CliProject['run'] = (...args) => project.run(...args);

function json(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('the way in and out, by the command line', { shuffle: false, timeout: 120_000 }, () => {
  test('init makes the store and prints its pin', async () => {
    const { code, out, err } = await run(['init', '--json']);
    expect({ code, err, failed: code === 0 ? '' : out }).toEqual({ code: 0, err: '', failed: '' });
    expect(json(out)).toEqual([{ pin: expect.stringMatching(/^fsp1\./) }]);
    const again = await run(['init']);
    expect(again).toMatchObject({ code: 3, out: '' });
    expect(again.err).toContain('ERR_STORE_ALREADY_INITIALIZED');
  });

  test('phase shows what nobody has registered yet, and registers before it moves', async () => {
    const { out } = await run(['phase', FIELD]);
    expect(out).toBe(`${FIELD}: plain (the key store does not know it yet, manifest plain)\n`);
    const skipped = await run(['phase', FIELD, 'sealed']);
    expect(skipped.code).toBe(1);
    expect(skipped.err).toMatch(/ERR_PHASE_CHANGE: people.pan is plain: .* migrating, not sealed/);
  });

  test('status counts, as a table and as JSON', async () => {
    const { code, out } = await run(['status']);
    expect(code).toBe(0);
    expect(out).toMatch(/field.*phase.*cells.*plaintext.*nulls.*untokened/);
    expect(out).toMatch(new RegExp(`${FIELD}.*plain.*0.*${ROWS}.*0.*${ROWS}`));
    const [row] = json((await run(['status', '--json'])).out);
    expect(row).toMatchObject({ field: FIELD, phase: 'plain', cells: 0, plaintext: ROWS });
  });

  test('a dry run writes nothing', async () => {
    const shown = await run(['encrypt-existing', FIELD, '--dry-run']);
    expect(shown.out).toMatch(/Went over \d+ at \d+ a second: the job takes at least \d+ s/);
    const { code, out } = await run(['encrypt-existing', FIELD, '--dry-run', '--json']);
    expect(code).toBe(0);
    expect(json(out)).toMatchObject([{ state: 'done', jobId: null }]);
    expect(json((await run(['status', '--json'])).out)).toMatchObject([{ untokened: ROWS }]);
  });

  test('encrypt-existing says what it does through a pipe, line by line', async () => {
    const { code, out, err } = await run(['encrypt-existing', FIELD, '--load', '1']);
    expect(code).toBe(0);
    expect(err).toMatch(/^check: 300 of about 300 rows, \d+ rows\/s$/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes of a terminal
    expect(err + out).not.toMatch(/\u001b|\r/);
    expect(out).toContain(`Next: fieldseal phase ${FIELD} sealed`);
    const moved = await run(['phase', FIELD, 'sealed']);
    expect(moved.out).toBe(`${FIELD}: sealed (key store sealed, manifest plain)\n`);
  });

  test('coverage counts, and with --json signs what it counted', async () => {
    const { code, out } = await run(['coverage']);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`${FIELD}.*exact.*${ROWS}.*0.*0.*0.*0`));
    expect(out).toContain('Not seen: EXPORTS, ');
    const [signed] = json((await run(['coverage', '--sample', '--json'])).out);
    const { evidence, coverage } = signed as unknown as SignedCoverage;
    expect(coverage.versions).toMatchObject([{ keyVersion: 1, cells: ROWS }]);
    expect(await verifyCoverage(signed, Buffer.from(evidence.signer, 'hex'))).toBe(true);
  });

  test('verify draws a bar in a terminal', async () => {
    const { code, out } = await project.runInTerminal(['verify', FIELD]);
    expect(code).toBe(0);
    expect(out).toMatch(/verify .*100%.*rows\/s/);
    expect(out).toContain('Every row is what it has to be.');
  });

  test('reencrypt shares its work between threads, and with "jobs work"', async () => {
    const threads = await run(['reencrypt', FIELD, '--load', '1', '--workers', '2', '--json']);
    expect(threads.code).toBe(0);
    expect(json(threads.out)).toMatchObject([{ state: 'done', steps: [{ read: ROWS }, {}] }]);
    const worker = project.start(['jobs', 'work']);
    const ended = new Promise((resolve) => worker.once('close', resolve));
    const shared = await run(['reencrypt', FIELD, '--load', '1', '--workers', '0', '--json']);
    worker.kill('SIGTERM');
    expect(json(shared.out)).toMatchObject([{ state: 'done', steps: [{ read: ROWS }, {}] }]);
    expect(await ended).toBe(0);
    expect((await run(['reencrypt', FIELD, '--workers', '65'])).code).toBe(3);
    expect((await run(['reencrypt', FIELD, '--workers', 'x'])).code).toBe(2);
  });

  test('verify finds plaintext, and names its row and nothing else', async () => {
    await project.sql.query(`UPDATE people SET pan = '9999-8888' WHERE id = 7`);
    const { code, out, err } = await run(['verify', FIELD, '--json']);
    expect(code).toBe(1);
    expect(json(out)).toMatchObject([
      {
        state: 'refused',
        problems: expect.arrayContaining([{ row: '7', class: 'phase', code: 'plaintext' }]),
      },
    ]);
    expect(out + err).not.toContain('9999');
    const doctor = await run(['doctor']);
    expect(doctor.code).toBe(1);
    expect(doctor.out).toMatch(/^failed {3}Person.pan: sealed; 299 cells, 1 plaintext$/m);
    await project.sql.query(`UPDATE people SET pan = NULL, pan_token = NULL WHERE id = 7`);
  });

  test('doctor explains, and gives SQL that works', async () => {
    const { code, out } = await run(['doctor', '--json']);
    expect(code).toBe(0);
    const findings = json(out);
    const levels = Object.fromEntries(findings.map(({ check, level }) => [check, level]));
    expect(levels).toMatchObject({
      engine: 'ok',
      'root slots': 'warning',
      pin: 'warning',
      anchor: 'warning',
      roles: 'ok',
      registry: 'ok',
      'table of Person': 'ok',
      'Person.pan': 'ok',
      'constraint of Person.pan': 'warning',
    });
    for (const check of ['core dumps', 'swap', 'log of parameters', 'database user'])
      expect(levels).toHaveProperty([check]);
    const constraint = findings.find(({ check }) => check === 'constraint of Person.pan');
    await project.sql.query(String(constraint?.advice));
    const plaintext = `UPDATE people SET pan = 'plain' WHERE id = 1`;
    await expect(project.sql.query(plaintext)).rejects.toMatchObject({ code: '23514' });
    const bare = 'UPDATE people SET pan_token = NULL WHERE id = 1';
    await expect(project.sql.query(bare)).rejects.toMatchObject({ code: '23514' });
    const again = json((await run(['doctor', '--json'])).out);
    expect(again).toContainEqual(
      expect.objectContaining({ check: 'constraint of Person.pan', level: 'ok' }),
    );
    await project.sql.query('ALTER TABLE people DROP CONSTRAINT fieldseal_people_pan');
  });

  test('seal and open take one value from standard input', async () => {
    const place = ['--row', 'id=1', '--tenant', 't1'];
    const sealed = await run(['seal', FIELD, ...place, '--json'], { input: '4000 0000\n' });
    expect(sealed.code).toBe(0);
    const [cell] = json(sealed.out);
    expect(cell).toMatchObject({ pan: expect.stringMatching(/^fs1\./) });
    const opened = await run(['open', FIELD, ...place, '--yes'], { input: `${cell?.pan}\n` });
    expect(opened).toMatchObject({ code: 0, out: '4000 0000\n' });
    const elsewhere = await run(['open', FIELD, '--row', 'id=2', '--tenant', 't1', '--yes'], {
      input: String(cell?.pan),
      phase: 'sealed',
    });
    expect(elsewhere.code).toBe(6);
    expect(elsewhere.err).toContain('ERR_CIPHERTEXT_REJECTED');
    expect(elsewhere.out).toBe('');
  });

  test('decrypt-back opens all of it', async () => {
    const { code, out } = await run(['decrypt-back', FIELD, '--load', '1', '--json']);
    expect(code).toBe(0);
    expect(json(out)).toMatchObject([{ state: 'done', phase: 'leaving', problemCount: 0 }]);
    const { rows } = await project.sql.query('SELECT pan FROM people WHERE id = 300');
    expect(rows).toEqual([{ pan: '4111 1111 00000300' }]);
  });

  test('jobs lists what was done, newest first', async () => {
    const listed = json((await run(['jobs', '--json'])).out);
    expect(listed.map(({ kind }) => kind).slice(0, 2)).toEqual(['decrypt-back', 'verify']);
    const { code, err } = await run(['jobs', 'pause', String(listed[0]?.id)]);
    expect(code).toBe(1);
    expect(err).toContain('ERR_JOB_REFUSED');
  });
});

describe('what is wrong with a command line', () => {
  // some of these open the key store, which makes one in development: not that of the tests above
  let other: CliProject;
  beforeAll(async () => {
    other = await createProject(1);
  }, 60_000);
  afterAll(() => other.close());

  test.each([
    ['an unknown command', ['frobnicate'], 2],
    ['an unknown option', ['status', '--frob'], 2],
    ['a missing argument', ['verify'], 2],
    ['a number that is none', ['verify', FIELD, '--batch-size', 'many'], 2],
    ['a share above 1', ['verify', FIELD, '--load', '2'], 2],
    ['a phase that is none', ['phase', FIELD, 'open'], 2],
    ['a field that is not there', ['phase', 'Person.x'], 3],
    ['a configuration that is not there', ['status', '--config', 'none.ts'], 3],
  ])('%s', async (_name, args, code) => {
    const ran = await other.run(args);
    expect(ran.code).toBe(code);
    expect(ran.out).toBe('');
    expect(ran.err).not.toBe('');
    expect(ran.err).not.toMatch(/\n {4}at /);
  });

  test('help is no error', async () => {
    const { code, out } = await other.run(['--help']);
    expect(code).toBe(0);
    for (const command of ['init', 'status', 'doctor', 'encrypt-existing', 'seal'])
      expect(out).toContain(command);
  });
});

test('a job that is told to stop ends in order, and goes on later', {
  timeout: 60_000,
}, async () => {
  const other = await createProject(200);
  try {
    const child = other.start(
      ['encrypt-existing', FIELD, '--rows-per-second', '100', '--batch-size', '10'],
      {
        phase: 'migrating',
      },
    );
    await new Promise<void>((resolve, reject) => {
      const poll = setInterval(() => {
        other.sql
          .query(`SELECT count(*)::int AS n FROM people WHERE pan LIKE 'fs1.%'`)
          .then(({ rows }) => {
            if (rows[0].n < 20) return;
            clearInterval(poll);
            resolve();
          }, reject);
      }, 50);
    });
    child.kill('SIGTERM');
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(5);
    const status = await other.run(['status'], { phase: 'migrating' });
    expect(status.out).toMatch(/job .*: encrypt-existing Person.pan, running at cells/);
    const again = await other.run(['encrypt-existing', FIELD, '--load', '1'], {
      phase: 'migrating',
    });
    expect(again.code).toBe(0);
    const { rows } = await other.sql.query(
      `SELECT count(*)::int AS n FROM people WHERE pan LIKE 'fs1.%'`,
    );
    expect(rows).toEqual([{ n: 200 }]);
  } finally {
    await other.close();
  }
});
