import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIOME = join(ROOT, 'node_modules/.bin/biome');

/** Folders of a package, in chains: a layer imports what stands before it in one of them. */
const LAYERS = {
  core: [
    'errors ambient observe bytes cipher cell keys policy keyring manifest index field'.split(' '),
    'errors ambient observe bytes cipher cell keys cache audit keyring manifest index field'.split(
      ' ',
    ),
  ],
  typeorm: [['annotation', 'model', 'parameter', 'query', 'install']],
  jobs: [
    ['table', 'engine', 'field', 'job'],
    ['table', 'engine', 'shard', 'job'],
    ['table', 'status', 'doctor'],
    ['table', 'coverage'],
    ['table', 'engine', 'field', 'leakage'],
  ],
};

type Layered = keyof typeof LAYERS;

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string };
}

/** Lints files of a package that do not exist, under the rules of the repository. */
function lint(
  files: Readonly<Record<string, string>>,
  layered: Layered = 'core',
): readonly Diagnostic[] {
  const folder = temporaryFolder('layers');
  try {
    for (const name of ['biome.json', 'biome-plugins', '.gitignore'])
      cpSync(join(ROOT, name), join(folder.path, name), { recursive: true });
    for (const [name, code] of Object.entries(files)) {
      const path = join(folder.path, `packages/${layered}/src`, name);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, code);
    }
    const { stdout } = spawnSync(BIOME, ['lint', '--reporter=json', '--max-diagnostics=none'], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    return (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
  } finally {
    folder.remove();
  }
}

/** What a rule found, as paths below the sources of the package. */
function found(diagnostics: readonly Diagnostic[], rule: string): string[] {
  return diagnostics
    .filter(({ category }) => category === rule)
    .map(({ location }) => location.path.replace(/^packages\/[a-z]+\/src\//, ''))
    .sort();
}

test.each<[Layered, string]>([
  ['core', 'cell/imports-keyring.ts'],
  ['typeorm', 'annotation/imports-query.ts'],
  ['jobs', 'status/imports-engine.ts'],
])('a layer of %s may import those below it and none above, as in %s', (layered, example) => {
  const chains: readonly (readonly string[])[] = LAYERS[layered];
  const layers = [...new Set(chains.flat())];
  const isBelow = (to: string, from: string): boolean =>
    chains.some((chain) => chain.includes(to) && chain.indexOf(to) < chain.indexOf(from));
  const pairs = layers.flatMap((from) =>
    layers
      .filter((to) => to !== from)
      .map((to) => ({
        file: `${from}/imports-${to}.ts`,
        code: `export { probe } from '../${to}/probe.ts';\n`,
        allowed: isBelow(to, from),
      })),
  );
  const files = Object.fromEntries(pairs.map(({ file, code }) => [file, code]));
  const forbidden = pairs.filter(({ allowed }) => !allowed).map(({ file }) => file);
  expect(forbidden).toContain(example);
  expect(found(lint(files, layered), 'lint/style/noRestrictedImports')).toEqual(forbidden.sort());
});

test('modules of Node are imported in engines and files for Node alone', () => {
  const code = "export { randomBytes } from 'node:crypto';\n";
  const files = {
    'cell/probe.ts': code,
    'keyring/probe.ts': code,
    'cipher/probe.ts': code,
    'cipher/node-probe.ts': code,
    'field/probe.node.ts': code,
    'node/probe.ts': code,
  };
  expect(found(lint(files), 'lint/correctness/noNodejsModules')).toEqual([
    'cell/probe.ts',
    'cipher/probe.ts',
    'keyring/probe.ts',
  ]);
});
