import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { ServerFacts } from './start-server.ts';

/** The PostgreSQL server of this run; it is shared, so every test file makes databases of its own. */
export interface TestServer extends ServerFacts {
  /** Makes an empty database; gives its URL. */
  createDatabase(name?: string): Promise<string>;
  /** What the server logged until now. */
  statementLog(): Promise<string>;
}

/** The server that the run started. */
export async function startPostgres(): Promise<TestServer> {
  const facts = inject('postgres');
  return {
    ...facts,
    async createDatabase(name = `t_${randomBytes(6).toString('hex')}`) {
      const client = new Client({ connectionString: facts.url });
      await client.connect();
      try {
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      } finally {
        await client.end();
      }
      const url = new URL(facts.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    statementLog: () => readFile(facts.logFile, 'utf8'),
  };
}
