import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TURBO = join(ROOT, 'node_modules/.bin/turbo');

/** `turbo boundaries` on the packages as they are declared, each with one source file. */
function boundaries(sources: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder('boundaries');
  const copy = (path: string) => cpSync(join(ROOT, path), join(folder.path, path));
  try {
    for (const name of ['package.json', 'package-lock.json', 'turbo.json']) copy(name);
    for (const name of readdirSync(join(ROOT, 'packages'))) {
      mkdirSync(join(folder.path, 'packages', name, 'src'), { recursive: true });
      for (const file of ['package.json', 'turbo.json']) copy(`packages/${name}/${file}`);
      writeFileSync(join(folder.path, 'packages', name, 'src/probe.ts'), sources[name] ?? '');
    }
    spawnSync('git', ['init', '--quiet'], { cwd: folder.path });
    const { status, stdout, stderr } = spawnSync(TURBO, ['boundaries', '--filter=./packages/*'], {
      cwd: folder.path,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', TURBO_TELEMETRY_DISABLED: '1' },
    });
    return status === 0 ? '' : stdout + stderr;
  } finally {
    folder.remove();
  }
}

test('packages that import what is below them pass', () => {
  expect(
    boundaries({
      prisma: "export { openKeyring } from '@fieldseal/core';\n",
      'store-postgres': "export { openKeyring } from '@fieldseal/core';\n",
    }),
  ).toBe('');
});

test.each([
  ['core', "export { probe } from '@fieldseal/store-postgres';\n"],
  ['prisma', "export { probe } from '@fieldseal/store-postgres';\n"],
  ['store-postgres', "export { probe } from '@fieldseal/testing';\n"],
  ['core', "export { probe } from '../../prisma/src/probe.ts';\n"],
])('a package %s that says %s is refused', (name, code) => {
  expect(boundaries({ [name]: code })).toContain(`packages/${name}/src/probe.ts`);
});
