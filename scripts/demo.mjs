/** `npm run demo`: from a fresh clone to encrypted columns on a real PostgreSQL server. */
import { buildExample, buildPackages, generate } from './steps/build.mjs';
import { install } from './steps/install.mjs';
import { run } from './steps/run.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

const EXAMPLE = 'kyc-prisma';

await install();
process.stdout.write('Building ...\n');
await buildPackages();
await generate(`examples/${EXAMPLE}`);
await buildExample(EXAMPLE);

// installed only now
const { startEmbeddedPostgres } = await import('./embedded-postgres.mjs');
const server = await startEmbeddedPostgres();
const folder = temporaryFolder('demo');
let code = 1;
try {
  code = await run(process.execPath, ['dist/main.js'], {
    cwd: `examples/${EXAMPLE}`,
    env: { DATABASE_URL: server.url, TMPDIR: folder.path },
  });
} finally {
  await server.stop();
  folder.remove();
}
process.exit(code);
