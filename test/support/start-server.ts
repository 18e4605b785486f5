import { appendFileSync, mkdtempSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import { startEmbeddedPostgres } from '../../scripts/embedded-postgres.mjs';

/** What a test process needs to know of the server. */
export interface ServerFacts {
  readonly kind: 'embedded' | 'testcontainers';
  /** As the administrator, to its first database. */
  readonly url: string;
  readonly dataDirectory: string;
  /** Everything that the server logs, all statements and their parameters included. */
  readonly logFile: string;
}

export interface RunningServer {
  readonly facts: ServerFacts;
  stop(): Promise<void>;
}

const SETTINGS = {
  log_statement: 'all',
  log_line_prefix: '%m [%p] %d ',
  max_connections: '300',
  fsync: 'off',
};

async function startContainer(folder: string, logFile: string): Promise<RunningServer> {
  const image = process.env.FIELDSEAL_TEST_POSTGRES_IMAGE ?? 'postgres:15';
  const data = join(folder, 'data');
  const flags = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const container = await new PostgreSqlContainer(image)
    .withBindMounts([{ source: folder, target: '/fieldseal' }])
    .withEnvironment({ PGDATA: '/fieldseal/data' })
    .withCommand(['postgres', ...flags])
    .start();
  const logs = await container.logs();
  logs.on('data', (line) => appendFileSync(logFile, String(line)));
  return {
    facts: {
      kind: 'testcontainers',
      url: container.getConnectionUri(),
      dataDirectory: data,
      logFile,
    },
    async stop() {
      await container.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startEmbedded(folder: string, logFile: string): Promise<RunningServer> {
  const server = await startEmbeddedPostgres({ settings: SETTINGS, logFile });
  return {
    facts: {
      kind: 'embedded',
      url: server.url,
      dataDirectory: server.dataDirectory,
      logFile,
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts the server that `FIELDSEAL_TEST_POSTGRES` asks for; see docs/testing.md. */
export async function startServer(): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'fieldseal-test-'));
  await chmod(folder, 0o755);
  const logFile = join(folder, 'server.log');
  appendFileSync(logFile, '');
  const wanted = process.env.FIELDSEAL_TEST_POSTGRES ?? 'embedded';
  if (wanted === 'testcontainers') return startContainer(folder, logFile);
  if (wanted === 'embedded') return startEmbedded(folder, logFile);
  throw new Error(`FIELDSEAL_TEST_POSTGRES is "embedded" or "testcontainers", not "${wanted}"`);
}
