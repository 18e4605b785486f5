import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const BIN = fileURLToPath(
  new URL('../../packages/prisma/bin/fieldseal-prisma.mjs', import.meta.url),
);
const ENGINE = fileURLToPath(
  new URL('../../scripts/prisma-offline/schema-engine.mjs', import.meta.url),
);
const PRISMA = createRequire(import.meta.url).resolve('prisma/build/index.js');
// Below the workspace, so that the generator finds the application's Prisma as it would in one.
const WORK = fileURLToPath(new URL('./generated/', import.meta.url));

/** What every schema of these tests starts with. */
export const HEAD = `generator client {
  provider = "prisma-client"
  output   = "../generated/client"
}
generator fieldseal {
  provider = "node ${BIN}"
  output   = "../generated/fieldseal"
}
datasource db {
  provider = "postgresql"
}
`;

export interface GeneratorRun {
  readonly code: number | null;
  /** Both streams, without colours. */
  readonly output: string;
  /** Holds `prisma/` and `generated/`. */
  readonly folder: string;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Makes a folder with these files under `prisma/`; a single one is `schema.prisma`. */
export function writeProject(
  files: Readonly<Record<string, string>>,
  url = 'postgresql://unused',
): string {
  mkdirSync(WORK, { recursive: true });
  const folder = mkdtempSync(join(WORK, 'run-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, 'prisma', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const schema = 'schema.prisma' in files ? 'prisma/schema.prisma' : 'prisma';
  writeFileSync(
    join(folder, 'prisma.config.mjs'),
    `export default { schema: '${schema}', datasource: { url: '${url}' } };\n`,
  );
  return folder;
}

/** Runs the real `prisma generate`, or another command of it, in a project folder. */
export async function runGenerator(
  folder: string,
  command: readonly string[] = ['generate'],
): Promise<GeneratorRun> {
  const child = spawn(process.execPath, [PRISMA, ...command], {
    cwd: folder,
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: ENGINE, NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  return { code, output, folder };
}
