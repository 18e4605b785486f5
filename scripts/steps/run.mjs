import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a program in the repository.
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
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
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
