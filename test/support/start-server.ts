import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import { startEmbeddedPostgres } from '../../scripts/embedded-postgres.mjs';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';

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
  const stop = async () => {
    await container.stop();
  };
  // nothing else removes the container: Ryuk is not there
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => stop().finally(() => process.exit(1)));
  return {
    facts: {
      kind: 'testcontainers',
      url: container.getConnectionUri(),
      dataDirectory: data,
      logFile,
    },
    stop,
  };
}

async function startEmbedded(logFile: string): Promise<RunningServer> {
  const server = await startEmbeddedPostgres({ settings: SETTINGS, logFile });
  return {
    facts: {
      kind: 'embedded',
      url: server.url,
      dataDirectory: server.dataDirectory,
      logFile,
    },
    stop: server.stop,
  };
}

function start(folder: string, logFile: string): Promise<RunningServer> {
  const wanted = process.env.FIELDSEAL_TEST_POSTGRES ?? 'embedded';
  if (wanted === 'testcontainers') return startContainer(folder, logFile);
  if (wanted === 'embedded') return startEmbedded(logFile);
  throw new Error(`FIELDSEAL_TEST_POSTGRES is "embedded" or "testcontainers", not "${wanted}"`);
}

/** Starts the server that `FIELDSEAL_TEST_POSTGRES` asks for; see docs/testing.md. */
export async function startServer(): Promise<RunningServer> {
  const folder = temporaryFolder('test');
  const logFile = join(folder.path, 'server.log');
  appendFileSync(logFile, '');
  const { facts, stop } = await start(folder.path, logFile);
  return {
    facts,
    async stop() {
      await stop();
      folder.remove();
    },
  };
}
