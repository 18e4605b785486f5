import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { type GeneratorRun, HEAD, runGenerator, writeProject } from './run-generator.ts';

const FIXTURE = fileURLToPath(new URL('../prisma-schema/prisma/', import.meta.url));

const CARD = `model Card {
  id          String @id @default(uuid())
  number      String /// @encrypted(normalize: digits)
  numberToken Bytes  @unique /// @token(number)
}
`;

const LOCK = `{
  "version": 1,
  "fields": {
    "Card.number": { "field": "Card.number", "type": "string", "bind": "row" }
  },
  "indexes": {
    "Card.number.equality": { "token": "Card.numberToken", "normalizer": "digits@1" }
  }
}
`;

function read(folder: string, ...path: readonly string[]): string {
  return readFileSync(join(folder, ...path), 'utf8');
}

const timeout = 60_000;

describe('prisma generate in a project', () => {
  describe('that is in order', () => {
    let run: GeneratorRun;
    beforeAll(async () => {
      run = await runGenerator(writeProject({ 'schema.prisma': HEAD + CARD }));
    }, timeout);

    test('writes manifest, application schema and lock, and says what is sealed', () => {
      expect(run.code).toBe(0);
      expect(run.output).toContain(
        'fieldseal: Card.number: sealed as string, bound to its row, searchable by equality\n',
      );
      expect(read(run.folder, 'prisma', 'fieldseal.lock.json')).toBe(LOCK);
      const manifest = read(run.folder, 'generated', 'fieldseal', 'index.ts');
      expect(manifest).toContain('export const manifest: PrismaManifest = {');
      expect(readdirSync(join(run.folder, 'generated', 'fieldseal')).sort()).toEqual([
        'application.prisma',
        'index.ts',
      ]);
    });

    test('gives the client the queries of the database and the types of the application', () => {
      const runtime = read(run.folder, 'generated', 'client', 'internal', 'class.ts');
      const types = read(run.folder, 'generated', 'client', 'models', 'Card.ts');
      expect(runtime).toContain('\\"name\\":\\"numberToken\\"');
      expect(runtime).toContain('/// @token(number)');
      expect(runtime).not.toContain('.clients');
      expect(types).not.toContain('numberToken');
      expect(types).toContain('}, "id" | "number">');
    });
  });

  test('leaves the clients of the database as they are when the schema is refused', {
    timeout,
  }, async () => {
    const folder = writeProject({ 'schema.prisma': HEAD + CARD.replace('@token', '@tokens') });
    const { code } = await runGenerator(folder);
    expect(code).toBe(1);
    expect(read(folder, 'generated', 'client', 'models', 'Card.ts')).toContain('numberToken');
    expect(existsSync(join(folder, 'generated', 'fieldseal'))).toBe(false);
    expect(existsSync(join(folder, 'prisma', 'fieldseal.lock.json'))).toBe(false);
  });

  test('refuses to unseal a locked field until its line is gone', { timeout }, async ({
    expect,
  }) => {
    const open = 'model Card {\n  id String @id @default(uuid())\n  number String\n}\n';
    const folder = writeProject({ 'schema.prisma': HEAD + open, 'fieldseal.lock.json': LOCK });
    const lock = join(folder, 'prisma', 'fieldseal.lock.json');

    const refused = await runGenerator(folder);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain(
      'prisma/fieldseal.lock.json:4: Card.number (id "Card.number") is not sealed any more; if that is meant, remove this line from the lock in the same change',
    );
    expect(refused.output).toContain(
      'prisma/fieldseal.lock.json:7: the token column Card.numberToken',
    );
    expect(readFileSync(lock, 'utf8')).toBe(LOCK);

    const kept = LOCK.split('\n').filter((line) => !line.includes('"Card.number'));
    writeFileSync(lock, kept.join('\n'));
    expect((await runGenerator(folder)).code).toBe(0);
  });

  test('refuses a lock that was damaged', { timeout }, async () => {
    const folder = writeProject({
      'schema.prisma': HEAD + CARD,
      'fieldseal.lock.json': '<<<<<<< ours\n',
    });
    const { code, output } = await runGenerator(folder);
    expect(code).toBe(1);
    expect(output).toContain('fieldseal.lock.json:1: the lock cannot be read: it is not JSON');
  });

  test('names the file of a problem in a schema of several files', { timeout }, async ({
    expect,
  }) => {
    const folder = writeProject({
      'base.prisma': HEAD,
      'people/card.prisma': CARD.replace('@token', '@tokn'),
    });
    const { code, output } = await runGenerator(folder);
    expect(code).toBe(1);
    expect(output).toContain('prisma/people/card.prisma:4: Card.numberToken: "@tokn" is not');
  });

  test('refuses an output among the schema files, which Prisma would read back', {
    timeout,
  }, async () => {
    const head = HEAD.replace('"../generated/fieldseal"', '"./generated"');
    const { code, output } = await runGenerator(
      writeProject({ 'a.prisma': head, 'b.prisma': CARD }),
    );
    expect(code).toBe(1);
    expect(output).toContain('"output" must be outside of the folder with the schema files');
  });

  test('refuses a client generator behind ours, which would undo the types', {
    timeout,
  }, async () => {
    const [client = '', own = '', rest = ''] = HEAD.split(/(?=generator fieldseal|datasource)/);
    const { code, output } = await runGenerator(
      writeProject({ 'schema.prisma': own + client + rest + CARD }),
    );
    expect(code).toBe(1);
    expect(output).toContain(
      'prisma/schema.prisma:5: client: this client must stand before the generator "fieldseal"',
    );
  });

  test('refuses a database that is not PostgreSQL', { timeout }, async () => {
    const { code, output } = await runGenerator(
      writeProject({ 'schema.prisma': HEAD.replace('postgresql', 'mysql') + CARD }),
    );
    expect(code).toBe(1);
    expect(output).toContain('db: mysql is not supported yet by this version, only postgresql is');
  });

  test('changes nothing when nothing is sealed', { timeout }, async () => {
    const model = 'model Note {\n  id String @id\n}\n';
    const { code, folder } = await runGenerator(writeProject({ 'schema.prisma': HEAD + model }));
    expect(code).toBe(0);
    const manifest = read(folder, 'generated', 'fieldseal', 'index.ts');
    expect(manifest).toContain('"models": []');
    expect(manifest).toContain('"Note": {');
  });

  test('writes the application schema of the fixture as agreed', { timeout }, async ({
    expect,
  }) => {
    const names = readdirSync(FIXTURE).filter((name) => name.endsWith('.prisma'));
    const files = Object.fromEntries(
      names.map((name) => [name, readFileSync(join(FIXTURE, name), 'utf8')]),
    );
    const provider = /provider = "node [^"]*"/.exec(HEAD)?.[0] ?? '';
    files['base.prisma'] =
      files['base.prisma']?.replace('provider = "fieldseal-prisma"', provider) ?? '';
    const { code, output, folder } = await runGenerator(writeProject(files));
    expect(output).not.toContain('warning');
    expect(code).toBe(0);
    const application = read(folder, 'generated', 'fieldseal', 'application.prisma');
    await expect(application).toMatchFileSnapshot('./application.prisma.golden');
    const lock = read(folder, 'prisma', 'fieldseal.lock.json');
    expect(lock).toBe(readFileSync(join(FIXTURE, 'fieldseal.lock.json'), 'utf8'));
  });
});
