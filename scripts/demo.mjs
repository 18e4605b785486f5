/**
 * `npm run demo [-- typeorm]`: from a fresh clone to encrypted columns on a real PostgreSQL server,
 * with Prisma or with TypeORM.
 */
import { buildExample, buildPackages, generate } from './steps/build.mjs';
import { install } from './steps/install.mjs';
import { run } from './steps/run.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

const EXAMPLES = { prisma: 'kyc-prisma', typeorm: 'kyc-typeorm' };

const [orm = 'prisma'] = process.argv.slice(2);
if (!Object.hasOwn(EXAMPLES, orm)) {
  process.stderr.write(
    `There is a demo for ${Object.keys(EXAMPLES).join(' and ')}, none for ${orm}\n`,
  );
  process.exit(1);
}
const example = EXAMPLES[orm];

await install();
process.stdout.write('Building ...\n');
await buildPackages();
if (orm === 'prisma') await generate(`examples/${example}`);
await buildExample(example);

// installed only now
const { startEmbeddedPostgres } = await import('./embedded-postgres.mjs');
const server = await startEmbeddedPostgres();
const folder = temporaryFolder('demo');
let code = 1;
try {
  code = await run(process.execPath, ['dist/main.js'], {
    cwd: `examples/${example}`,
    env: { DATABASE_URL: server.url, TMPDIR: folder.path },
  });
} finally {
  await server.stop();
  folder.remove();
}
process.exit(code);
