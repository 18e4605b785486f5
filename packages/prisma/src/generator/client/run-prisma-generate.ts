import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { FieldsealError } from '@fieldseal/core';

/** Prisma's command line, and its name where Prisma 8 has taken the first. */
const COMMANDS = ['prisma/build/index.js', '@prisma/prisma7/build/index.js'];

/**
 * Runs `prisma generate` on another schema, with the Prisma that the application has installed.
 * @param from folder where the application's modules are found
 * @throws `ERR_NOT_WIRED` when it is not installed or fails
 */
export async function runPrismaGenerate(schema: string, from: string): Promise<void> {
  const command = findCommand(from);
  // The configuration of the application is loaded from its working folder, as in the outer run.
  const child = spawn(process.execPath, [command, 'generate', '--no-hints', '--schema', schema], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0) return;
  const said = Buffer.concat(output).toString('utf8').trim();
  throw new FieldsealError(
    'ERR_NOT_WIRED',
    `"prisma generate" failed on the schema that the application sees (${schema}):\n${said}`,
    { file: schema },
  );
}

function findCommand(from: string): string {
  for (const folder of [from, process.cwd()]) {
    const { resolve } = createRequire(join(folder, 'package.json'));
    for (const command of COMMANDS) {
      try {
        return resolve(command);
      } catch {
        // The next candidate may be there.
      }
    }
  }
  throw new FieldsealError('ERR_NOT_WIRED', 'The package "prisma" is not installed');
}
