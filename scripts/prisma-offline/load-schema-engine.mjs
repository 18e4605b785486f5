import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The packages that make Prisma work without its downloaded binary belong to the tests, not to the
 * product, so they are resolved from the workspace that declares them.
 */
export const testRequire = createRequire(new URL('../../test/package.json', import.meta.url));

/** @param {string} specifier @returns {Promise<any>} the ES module of a package of the tests */
export function importFromTests(specifier) {
  return import(pathToFileURL(testRequire.resolve(specifier)).href);
}

/** What the engine said when it panicked: `message` is read by whoever caught its exception. */
export const panic = {
  message: '',
  set_message: (text) => Object.assign(panic, { message: text }),
};

let glue;

async function loadGlue() {
  if (glue) return glue;
  globalThis.PRISMA_WASM_PANIC_REGISTRY = panic;
  const specifier = '@prisma/schema-engine-wasm/schema_engine_bg';
  const loaded = await importFromTests(specifier);
  const wasm = join(dirname(testRequire.resolve(specifier)), 'schema_engine_bg.wasm');
  const { instance } = await WebAssembly.instantiate(readFileSync(wasm), {
    './schema_engine_bg.js': loaded,
  });
  loaded.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  glue = loaded;
  return glue;
}

/**
 * Prisma's schema engine, compiled to WebAssembly.
 *
 * @param {object} adapterFactory a Prisma driver adapter factory
 * @param {readonly { path: string, content: string }[]} files the schema
 */
export async function openSchemaEngine(adapterFactory, files) {
  const { SchemaEngine } = await loadGlue();
  const { bindMigrationAwareSqlAdapterFactory } = await importFromTests(
    '@prisma/driver-adapter-utils',
  );
  const datamodels = files.map(({ path, content }) => [path, content]);
  const options = datamodels.length === 0 ? {} : { datamodels };
  return SchemaEngine.new(options, () => {}, bindMigrationAwareSqlAdapterFactory(adapterFactory));
}
