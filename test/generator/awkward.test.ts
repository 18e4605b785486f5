import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { PrismaManifest } from '@fieldseal/prisma';
import { beforeAll, describe, expect, test } from 'vitest';
import { type GeneratorRun, HEAD, runGenerator, writeProject } from './run-generator.ts';

const MODELS = readFileSync(fileURLToPath(new URL('awkward.prisma', import.meta.url)), 'utf8');
const CLIENTS = `generator js {
  provider        = "prisma-client-js"
  output          = "../generated/js"
  previewFeatures = ["fullTextSearchPostgres", "relationJoins", "strictUndefinedChecks"]
}
`;

describe('prisma generate with an awkward schema', () => {
  let run: GeneratorRun;
  let manifest: PrismaManifest;
  beforeAll(async () => {
    const schema = (CLIENTS + HEAD + MODELS).replaceAll('\n', '\r\n');
    run = await runGenerator(writeProject({ 'schema.prisma': schema }));
    const path = join(run.folder, 'generated', 'fieldseal', 'index.js');
    ({ manifest } = (await import(pathToFileURL(path).href)) as { manifest: PrismaManifest });
  }, 60_000);

  test('succeeds without a warning', () => {
    expect(run.output).not.toContain('warning');
    expect(run.code).toBe(0);
  });

  test('writes the manifest as agreed', async () => {
    const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot('./awkward.manifest.golden');
  });

  test('binds cells to rows only where the key is known and stays', () => {
    const bound = manifest.models.map(({ name, fields }) => [name, fields[0]?.bind]);
    expect(Object.fromEntries(bound)).toEqual({
      patient: 'row',
      hospital: 'field',
      visit_note: 'field',
      doctor: 'row',
      family_link: 'field',
      insurance: 'field',
      Legacy: 'field',
    });
  });

  test('names uniques as the application and as the database knows them', () => {
    expect(manifest.graph.patient?.uniques.map(({ name }) => name)).toEqual([
      'patient_id',
      'ssn',
      'by_mrn',
    ]);
    expect(manifest.graph.insurance?.uniques[1]).toEqual({
      name: 'policy',
      physicalName: 'policyTok',
      fields: ['policy'],
      physicalFields: ['policyTok'],
      isPrimaryKey: false,
    });
  });

  test('narrows the types of models with lower-case names', () => {
    const types = readFileSync(
      join(run.folder, 'generated', 'client', 'models', 'patient.ts'),
      'utf8',
    );
    const sum = /export type PatientMinAggregateInputType = \{[^}]*\n {2}mrn\?: never\n/;
    expect(types).toMatch(sum);
    expect(types).not.toContain('mrn_token');
  });
});
