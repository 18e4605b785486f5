import type { CliProject } from '../cli/run-cli.ts';

/** Kills in a short run, and in a long one. */
export const KILLS = process.env.FIELDSEAL_LONG === '1' ? 200 : 20;

/**
 * Starts the command line and kills it somewhere in the time given, unless it has ended by then.
 * @returns its exit code; `null` when it was killed
 */
export async function killSoon(
  project: CliProject,
  args: string[],
  [fromMs, toMs]: readonly [number, number],
): Promise<number | null> {
  const child = project.start(args, { phase: 'migrating' });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const killed = setTimeout(() => child.kill('SIGKILL'), fromMs + Math.random() * (toMs - fromMs));
  const code = await ended;
  clearTimeout(killed);
  return code;
}

/** As `createProject` fills the table. */
export function panOf(id: number): string {
  return `4111 1111 ${String(id).padStart(8, '0')}`;
}
