import { fileURLToPath } from 'node:url';

/**
 * Variables with which the `prisma` command needs no download. A binary that is named already
 * stays: on the normal internet nothing here is needed.
 *
 * @returns {Record<string, string | undefined>} to be passed to the child process
 */
export function prismaEnvironment(environment = process.env) {
  const engine = fileURLToPath(new URL('schema-engine.mjs', import.meta.url));
  return {
    PRISMA_SCHEMA_ENGINE_BINARY: engine,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
    ...environment,
  };
}
