import { execFile } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import { type CodeBlock, codeBlocks } from './code-blocks.ts';

const execute = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Inside the workspace, where packages resolve to what was built. */
const FOLDER = join(HERE, 'generated');
const TSC = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url));

const OPTIONS = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: {
    outDir: 'out',
    composite: false,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    isolatedDeclarations: false,
    // as every project that uses TypeORM
    experimentalDecorators: true,
    noUnusedLocals: false,
    // beyond what `strict` asks of a reader's project
    noUncheckedIndexedAccess: false,
  },
  include: ['*.ts'],
};

const BLOCKS = codeBlocks();

/** Pages whose examples bring along all that they need. */
const RUN_PAGES = ['docs/observability.md'];

/** Needs nothing that its reader has to bring along, so it can be run as it is. */
function isComplete({ place, source, code }: CodeBlock): boolean {
  const assumed =
    /(?<!const )\b(prisma|keyring|manifest|store|roots|url|ownerUrl|adapter|encodeValue|dataSource|Card|card)\b(?!['":])/g;
  const own = new Set(
    [...code.matchAll(/\b(?:const|using|class) \{? ?([a-zA-Z]+)/g)].map((m) => m[1]),
  );
  const names = [...code.replaceAll(/^(?: *\/\/|import ).*$/gm, '').matchAll(assumed)].map(
    (m) => m[1],
  );
  const isRun = source === 'docstring' || RUN_PAGES.some((page) => place.startsWith(page));
  return isRun && names.every((name) => own.has(name));
}

async function compile(): Promise<string> {
  try {
    await execute(TSC, ['-p', FOLDER], { cwd: HERE });
    return '';
  } catch (error) {
    return String((error as { stdout: string }).stdout);
  }
}

let problems = '';

beforeAll(async () => {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER);
  await cp(join(HERE, 'assumed-names.d.ts'), join(FOLDER, 'assumed-names.d.ts'));
  await writeFile(join(FOLDER, 'tsconfig.json'), JSON.stringify(OPTIONS));
  for (const [index, { code }] of BLOCKS.entries())
    await writeFile(join(FOLDER, `block-${index}.ts`), `${code}\nexport {};\n`);
  problems = await compile();
});

afterAll(() => rm(FOLDER, { recursive: true, force: true }));

test('there are examples in docstrings and on pages, and some can be run', () => {
  expect(BLOCKS.filter(({ source }) => source === 'docstring').length).toBeGreaterThan(10);
  expect(BLOCKS.filter(({ source }) => source === 'page').length).toBeGreaterThan(10);
  expect(BLOCKS.filter(isComplete).length).toBeGreaterThan(8);
});

test.each(BLOCKS.map((block, index) => [block.place, index] as const))(
  'the example at %s fits the types of the packages',
  (_place, index) => {
    const own = problems.split('\n').filter((line) => line.includes(`block-${index}.ts`));
    expect(own).toEqual([]);
  },
);

test.each(
  BLOCKS.map((block, index) => [block.place, index, block] as const).filter(([, , block]) =>
    isComplete(block),
  ),
)('the example at %s runs', async (_place, index, { code }) => {
  const file = join(FOLDER, 'out', `block-${index}.js`);
  if (code.includes('postgresql://')) {
    const url = await (await startPostgres()).createDatabase();
    await writeFile(
      join(FOLDER, `block-${index}.ts`),
      `${code.replaceAll(/postgresql:[^']+/g, url)}\nexport {};\n`,
    );
    await compile();
  }
  const { stderr } = await execute(process.execPath, [file], { cwd: FOLDER });
  expect(stderr).toBe('');
});
