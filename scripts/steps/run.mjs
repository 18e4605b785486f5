import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Signals that ask a program to end. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program in the repository. A signal that asks this process to end goes on to the program,
 * and the caller tidies up once that has ended.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean, env?: Record<string, string>, cwd?: string }} [options] `quiet` keeps
 *   the output until the program fails.
 * @returns {Promise<number>} exit code
 */
export function run(command, args, { quiet = false, env = {}, cwd = '.' } = {}) {
  const child = spawn(command, args, {
    cwd: join(root, cwd),
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
  });
  const output = [];
  child.stdout?.on('data', (piece) => output.push(piece));
  child.stderr?.on('data', (piece) => output.push(piece));
  const forward = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      for (const signal of SIGNALS) process.off(signal, forward);
      if (quiet && code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code ?? 1);
    });
  });
}

/** The same, where going on after a failure makes no sense. */
export async function must(command, args, options) {
  const code = await run(command, args, options);
  if (code === 0) return;
  process.stderr.write(`\n${command} ${args.join(' ')} failed with code ${code}\n`);
  process.exit(code);
}

/** A program that npm installed. */
export function npmBin(name) {
  return `${root}/node_modules/.bin/${name}`;
}
