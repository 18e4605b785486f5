import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('fieldseal_v1.py', import.meta.url));
/** Debian's own Python comes first: `python3-cryptography` belongs to it. */
const PYTHONS = ['python3', '/usr/bin/python3'];

export interface SecondImplementation {
  /** The vectors that it makes from its own key material. */
  vectors(): unknown;
  /** Opens all cells of a vectors file; says how many, or `undefined` when it refuses one. */
  check(vectors: unknown): string | undefined;
}

function run(python: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(python, args, {
    encoding: 'utf8',
    env: { ...process.env, PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 16 * 1024 * 1024,
  });
  return status === 0 ? stdout : undefined;
}

/** The implementation in Python, or `undefined` where it cannot run. */
export function secondImplementation(): SecondImplementation | undefined {
  const python = PYTHONS.find(
    (name) => run(name, ['-c', 'import cryptography.hazmat.primitives.ciphers.aead']) !== undefined,
  );
  if (python === undefined) return undefined;
  return {
    vectors: () => JSON.parse(run(python, [SCRIPT, 'vectors']) ?? 'null'),
    check(vectors) {
      const folder = mkdtempSync(join(tmpdir(), 'fieldseal-interop-'));
      try {
        const file = join(folder, 'cells.json');
        writeFileSync(file, JSON.stringify(vectors));
        return run(python, [SCRIPT, 'check', file])?.trim();
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}
