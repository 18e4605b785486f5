import type { TestProject } from 'vitest/node';
import { type ServerFacts, startServer } from './start-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: ServerFacts;
  }
}

/** One PostgreSQL server for all integration tests of a run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  process.stderr.write(`PostgreSQL for the tests: ${server.facts.kind}\n`);
  project.provide('postgres', server.facts);
  return server.stop;
}
