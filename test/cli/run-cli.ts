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
  /** Through pipes. */
  run(args: readonly string[], more?: { input?: string; phase?: string }): Promise<Ran>;
  /** In a pseudo-terminal; both streams are one there. */
  runInTerminal(args: readonly string[], more?: { phase?: string }): Promise<Ran>;
  start(args: readonly string[], more?: { phase?: string }): ReturnType<typeof spawn>;
  close(): Promise<void>;
}

export async function createProject(rows: number): Promise<CliProject> {
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

  function environment(phase: string | undefined): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: folder.path,
      TERM: 'xterm',
      DATABASE_URL: url,
      ROOT_FILE: `${folder.path}/root`,
      PHASE: phase ?? 'plain',
    };
  }

  async function ended(child: ReturnType<typeof spawn>, input: string): Promise<Ran> {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (part: Buffer) => out.push(part));
    child.stderr?.on('data', (part: Buffer) => err.push(part));
    child.stdin?.end(input);
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
  }

  const start: CliProject['start'] = (args, { phase } = {}) =>
    spawn(process.execPath, [BIN, ...args], { cwd: HERE, env: environment(phase) });

  return {
    sql,
    start,
    run: (args, { input = '', phase } = {}) =>
      ended(start(args, phase === undefined ? {} : { phase }), input),
    runInTerminal(args, { phase } = {}) {
      const command = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ');
      const child = spawn('script', ['-qec', command, '/dev/null'], {
        cwd: HERE,
        env: environment(phase),
      });
      return ended(child, '');
    },
    async close() {
      await sql.end();
      folder.remove();
    },
  };
}
