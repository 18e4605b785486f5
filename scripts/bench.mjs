/** `npm run bench [-- --json]`: builds, starts PostgreSQL and runs the benchmarks on it. */
import { buildPackages, generate } from './steps/build.mjs';
import { install } from './steps/install.mjs';
import { run } from './steps/run.mjs';

await install();
await buildPackages();
await generate('bench');

const { startEmbeddedPostgres } = await import('./embedded-postgres.mjs');
const server = await startEmbeddedPostgres();
let code = 1;
try {
  code = await run(process.execPath, ['src/main.mjs', ...process.argv.slice(2)], {
    cwd: 'bench',
    env: { DATABASE_URL: server.url },
  });
} finally {
  await server.stop();
}
process.exit(code);
