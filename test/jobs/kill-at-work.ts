import { setTimeout as wait } from 'node:timers/promises';
import type { CliProject } from '../cli/run-cli.ts';

/** Kills in a short run, and in a long one; `FIELDSEAL_KILLS` says another number. */
export const KILLS = Number(
  process.env.FIELDSEAL_KILLS ?? (process.env.FIELDSEAL_LONG === '1' ? 200 : 20),
);

/**
 * Starts the command line and kills it somewhere in the time given, unless it has ended by then. The time
 * counts from when the job has its connection, however long the machine took to get there.
 * @param phase - That its manifest accepts.
 * @returns its exit code; `null` when it was killed
 */
export async function killAtWork(
  project: CliProject,
  args: string[],
  [fromMs, toMs]: readonly [number, number],
  phase = 'migrating',
): Promise<number | null> {
  const { rows } = await project.sql.query('SELECT clock_timestamp() AS now');
  const child = project.start(args, { phase });
  let isOver = false;
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      isOver = true;
      resolve(code);
    });
  });
  const text = `SELECT FROM pg_stat_activity WHERE datname = current_database()
    AND application_name = 'fieldseal-jobs' AND backend_start > $1`;
  while (!isOver && (await project.sql.query(text, [rows[0].now])).rows.length === 0)
    await wait(20);
  await Promise.race([ended, wait(fromMs + Math.random() * (toMs - fromMs))]);
  child.kill('SIGKILL');
  return ended;
}

/** As `createProject` fills the table. */
export function panOf(id: number): string {
  return `4111 1111 ${String(id).padStart(8, '0')}`;
}
