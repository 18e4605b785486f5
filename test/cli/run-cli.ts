import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { startPostgres } from '../support/postgres.ts';

const BIN = fileURLToPath(new URL('../../packages/cli/bin/fieldseal.mjs', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A table, a key store and a root file for the command line. */
export interface CliProject {
  readonly sql: pg.Pool;
  readonly url: string;
  /** Of the development root. */
  readonly rootFile: string;
  /** Through pipes. */
  run(args: readonly string[], more?: { input?: string; phase?: string }): Promise<Ran>;
  /** In a pseudo-terminal; both streams are one there. */
  runInTerminal(args: readonly string[], more?: { input?: string; phase?: string }): Promise<Ran>;
  start(args: readonly string[], more?: { phase?: string }): ReturnType<typeof spawn>;
  /** What is written to its input is typed. */
  startInTerminal(args: readonly string[], more?: { phase?: string }): ReturnType<typeof spawn>;
  close(): Promise<void>;
}

/**
 * @param keyAlias - Of the key that seals the column; the service's own when absent.
 * @param approver - Public key of user/carol, who then has to approve.
 * @param settleMs - How long jobs wait for other processes, none of which is cut off from its store.
 */
export async function createProject(
  rows: number,
  keyAlias?: string,
  approver?: string,
  settleMs = 16_000,
): Promise<CliProject> {
  const url = await (await startPostgres()).createDatabase();
  const folder = temporaryFolder('cli');
  const sql = new pg.Pool({ connectionString: url });
  await sql.query(`CREATE TABLE people (id int PRIMARY KEY, tenant_id text NOT NULL, pan text UNIQUE,
    pan_token bytea UNIQUE)`);
  await sql.query(
    `INSERT INTO people SELECT n, 't' || n % 2, '4111 1111 ' || lpad(n::text, 8, '0')
       FROM generate_series(1, $1::int) AS n`,
    [rows],
  );
  await sql.query('ANALYZE people');

  const rootFile = `${folder.path}/root`;

  function environment(phase: string | undefined): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: folder.path,
      TERM: 'xterm',
      DATABASE_URL: url,
      ROOT_FILE: rootFile,
      SETTLE_MS: String(settleMs),
      ...(keyAlias === undefined ? {} : { KEY_ALIAS: keyAlias }),
      ...(approver === undefined ? {} : { APPROVER: approver }),
      PHASE: phase ?? 'plain',
    };
  }

  async function ended(child: ReturnType<typeof spawn>, input: string | undefined): Promise<Ran> {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (part: Buffer) => out.push(part));
    child.stderr?.on('data', (part: Buffer) => err.push(part));
    // a command that was refused has ended before it reads
    child.stdin?.on('error', () => {});
    if (input !== undefined) child.stdin?.end(input);
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
  }

  const start: CliProject['start'] = (args, { phase } = {}) =>
    spawn(process.execPath, [BIN, ...args], { cwd: HERE, env: environment(phase) });

  const startInTerminal: CliProject['startInTerminal'] = (args, { phase } = {}) => {
    const command = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ');
    const env = environment(phase);
    // in the place of the shell, which has an exit code of its own for Ctrl-C
    return spawn('script', ['-qec', `exec ${command}`, '/dev/null'], { cwd: HERE, env });
  };

  return {
    sql,
    url,
    rootFile,
    start,
    startInTerminal,
    run: (args, { input = '', phase } = {}) =>
      ended(start(args, phase === undefined ? {} : { phase }), input),
    runInTerminal(args, { input = '', phase } = {}) {
      const child = startInTerminal(args, phase === undefined ? {} : { phase });
      if (input === '') return ended(child, '');
      // typed when the question is there: what comes before a prompt is not heard by it
      let isTyped = false;
      child.stdout?.on('data', (part: Buffer) => {
        if (isTyped || !/go on|secret|value/i.test(part.toString())) return;
        isTyped = true;
        child.stdin?.write(input);
      });
      return ended(child, undefined);
    },
    async close() {
      await sql.end();
      folder.remove();
    },
  };
}
