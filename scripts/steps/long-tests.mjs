/** Which test files do more in a long run than in an ordinary one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { root } from './run.mjs';

/** Properties, and tests that ask for it themselves. */
const SIGNS = /from 'fast-check'|FIELDSEAL_LONG/;
const IMPORTS = /from '(\.{1,2}\/[^']+)'/g;

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** Whether a file or one that it imports has a sign; what a test imports of the sources has none. */
function isLong(path, seen = new Set()) {
  if (seen.has(path) || !existsSync(path)) return false;
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  if (SIGNS.test(text)) return true;
  const imported = [...text.matchAll(IMPORTS)].map(([, name]) => resolve(dirname(path), name));
  return imported.some((each) => isLong(each, seen));
}

/** @returns {string[]} paths from the root of the repository */
export function longTests() {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`);
  return ['test', ...packages]
    .flatMap((folder) => filesBelow(join(root, folder)))
    .filter((path) => path.endsWith('.test.ts') && isLong(path))
    .map((path) => relative(root, path));
}
