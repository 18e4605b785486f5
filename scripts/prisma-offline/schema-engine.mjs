#!/usr/bin/env node
/**
 * Stands in for Prisma's schema-engine binary where that cannot be downloaded: set
 * PRISMA_SCHEMA_ENGINE_BINARY to this file and `prisma generate`, `validate`, `format`,
 * `migrate diff`, `migrate dev` and `db push` work offline. It speaks the engine's protocol (one
 * JSON-RPC message a line) and forwards to the WebAssembly build of the same engine.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { databaseAdapter, reachDatabase } from './database-adapter.mjs';
import { openSchemaEngine, panic } from './load-schema-engine.mjs';
import { offlineAdapter } from './offline-adapter.mjs';

const NEEDS_NO_DATABASE = new Set(['empty', 'schemaDatamodel']);
const RPC_FAILURE = 4466;

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

function databaseUrl() {
  const source = option('--datasource');
  return source === undefined ? undefined : JSON.parse(source).url;
}

async function answerCommand(command) {
  const url = databaseUrl();
  if (!url) return { code: 'P1001', message: 'No database URL was given' };
  return reachDatabase(url, { create: command === 'create-database' });
}

function logLine(level, fields) {
  const entry = { timestamp: new Date().toISOString(), level, fields };
  process.stderr.write(`${JSON.stringify({ ...entry, target: 'schema_engine::logger' })}\n`);
}

async function runCommand(command) {
  const failure = await answerCommand(command);
  if (!failure) return 0;
  const { code, message } = failure;
  // The caller skips the first line, where the binary says that it starts.
  logLine('INFO', { message: `Starting schema engine CLI: ${command}` });
  logLine('ERROR', { is_panic: false, error_code: code, message });
  return 1;
}

function schemaFiles(params) {
  const paths = option('--datamodels');
  if (paths) return paths.split(',').map((path) => ({ path, content: readFileSync(path, 'utf8') }));
  return params?.schema?.files ?? params?.to?.files ?? params?.from?.files ?? [];
}

function isOffline({ method, params }) {
  if (method !== 'diff') return !databaseUrl();
  return NEEDS_NO_DATABASE.has(params.from.tag) && NEEDS_NO_DATABASE.has(params.to.tag);
}

async function openFor(request) {
  const adapter = isOffline(request) ? offlineAdapter : databaseAdapter(databaseUrl());
  return openSchemaEngine(adapter, schemaFiles(request.params));
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

function failure(error) {
  const message = panic.message || error.message;
  const data = { is_panic: panic.message !== '', message, meta: null, error_code: error.code };
  return { code: RPC_FAILURE, message: 'An error happened. Check the data field.', data };
}

/** After a panic the promise of the call never settles, and the caller would take that for success. */
function answerPanicsOf(current) {
  panic.set_message = (message) => {
    panic.message = message;
    send({ id: current.id, error: failure(new Error(message)) });
    process.exit(1);
  };
}

async function serve() {
  const current = { id: 0 };
  answerPanicsOf(current);
  let engine;
  for await (const line of createInterface({ input: process.stdin })) {
    if (!line.trim()) continue;
    const request = JSON.parse(line);
    current.id = request.id;
    try {
      engine ??= await openFor(request);
      const result = await engine[request.method](request.params);
      // The binary prints a script by a call of its own; the ids of the two directions are apart.
      if (request.method === 'diff' && result.stdout != null)
        send({ id: 1e6 + request.id, method: 'print', params: { content: result.stdout } });
      send({ id: request.id, result: result ?? {} });
    } catch (error) {
      send({ id: request.id, error: failure(error) });
    }
  }
}

if (process.argv.includes('--version')) {
  process.stdout.write('schema-engine-wasm offline\n');
} else {
  const at = process.argv.indexOf('cli');
  if (at < 0) await serve();
  else process.exitCode = await runCommand(process.argv[at + 1]);
}
process.exit();
