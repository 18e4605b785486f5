import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as core from '@fieldseal/core';
import * as node from '@fieldseal/core/node';
import * as prisma from '@fieldseal/prisma';
import * as store from '@fieldseal/store-postgres';
import * as testing from '@fieldseal/testing';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGES: Readonly<Record<string, object>> = {
  '@fieldseal/core': core,
  '@fieldseal/core/node': node,
  '@fieldseal/prisma': prisma,
  '@fieldseal/store-postgres': store,
  '@fieldseal/testing': testing,
};
const IMPORT = /^import \{([^}]+)\} from '(@fieldseal\/[^']+)';$/gm;

function pages(): readonly string[] {
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => join('docs', name))];
}

/** `[page, package, name]` of everything that the pages import. */
function documentedImports(): readonly (readonly [string, string, string])[] {
  return pages().flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(IMPORT)].flatMap(([, names = '', from = '']) =>
      names.split(',').map((name) => [page, from, name.trim()] as const),
    );
  });
}

it('everything that README and docs import is exported under that name', () => {
  const imports = documentedImports();
  expect(imports.length).toBeGreaterThan(15);
  const missing = imports.filter(([, from, name]) => !(name in (PACKAGES[from] ?? {})));
  expect(missing).toEqual([]);
});
