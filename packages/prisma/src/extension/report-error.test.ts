import { inspect } from 'node:util';
import { FieldsealError } from '@fieldseal/core';
import { describe, expect, test } from 'vitest';
import { createFakeCodec } from '../../test-support/fake-codec.ts';
import { sampleManifest } from '../../test-support/sample-manifest.ts';
import { reportError } from './report-error.ts';
import { createSchemaView } from './schema-view.ts';

const SECRET = '4111111111111111';
const schema = createSchemaView(sampleManifest, createFakeCodec(sampleManifest));
const constraints = new Map([['Card_numberToken_key', ['number']]]);

function reported(name: string, message: string, more: object = {}): Error {
  const error = Object.assign(new Error(message), more);
  Object.defineProperty(error, 'name', { value: name });
  error.stack = `${name}: ${message}\n    at call (application.ts:1:1)`;
  const result = reportError({ schema, constraints: () => constraints }, 'Card.create', error);
  expect(result).toBe(error);
  return error;
}

function uniqueViolation(constraint: object): object {
  const cause = {
    kind: 'UniqueConstraintViolation',
    originalCode: '23505',
    originalMessage: `Key ("numberToken")=(\\x${SECRET}) already exists.`,
    constraint,
  };
  const driverAdapterError = Object.assign(new Error(SECRET), { cause });
  return { code: 'P2002', meta: { modelName: 'Card', driverAdapterError } };
}

describe('an error of Prisma', () => {
  test.each([
    ['fields', { fields: ['numberToken'] }],
    ['quoted fields', { fields: ['"numberToken"'] }],
    ['an index', { index: 'Card_numberToken_key' }],
  ])('about a token column, by %s, is about its field', (_name, constraint) => {
    const error = reported(
      'PrismaClientKnownRequestError',
      `x ${SECRET}`,
      uniqueViolation(constraint),
    );
    expect(error.message).toBe('Card.create: Unique constraint failed on the fields: (`number`)');
    expect(error).toMatchObject({
      code: 'P2002',
      meta: {
        modelName: 'Card',
        driverAdapterError: {
          cause: { originalCode: '23505', constraint: { fields: ['number'] } },
        },
      },
    });
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
  });

  test('about an index that is not known keeps the name of the index', () => {
    const error = reported(
      'PrismaClientKnownRequestError',
      'Unique constraint failed on the constraint: `Other_key`',
      uniqueViolation({ index: 'Other_key' }),
    );
    expect(error.message).toContain('`Other_key`');
  });

  test('keeps what explains it and loses the call that it quotes', () => {
    const message = `\nInvalid \`db.card.update()\` invocation in\n/app.ts:1:1\n\n→ 1 update({ number: '${SECRET}'\nAn operation failed because it depends on one or more records that were required but not found.`;
    const error = reported('PrismaClientKnownRequestError', message, { code: 'P2025', meta: {} });
    expect(error.message).toBe(
      'Card.create: An operation failed because it depends on one or more records that were required but not found.',
    );
    expect(error.stack).toContain('at call (application.ts:1:1)');
    expect(inspect(error)).not.toContain(SECRET);
  });

  test('of validation names the field and not its token column', () => {
    const message =
      'needs at least one of `id`, `numberToken` or `tenantId_aadhaarToken` arguments.';
    expect(reported('PrismaClientValidationError', message).message).toBe(
      'Invalid Card.create: needs at least one of `id`, `number` or `tenantId_aadhaar` arguments.',
    );
  });

  test('of validation keeps its last line, without what it quotes', () => {
    const message = `Invalid invocation:\n\n{\n  data: { number: "${SECRET}" }\n}\n\nInvalid value "${SECRET}" for argument \`limit\`.`;
    const error = reported('PrismaClientValidationError', message);
    expect(error.message).toBe(
      'Invalid Card.create: Invalid value (a value) for argument `limit`.',
    );
    expect(inspect(error)).not.toContain(SECRET);
  });

  test.each([
    ['PrismaClientKnownRequestError', { code: 'P2010', meta: { message: SECRET } }],
    ['PrismaClientUnknownRequestError', {}],
    ['PrismaClientRustPanicError', {}],
  ])('%s that may quote anything keeps its name and code only', (name, more) => {
    const error = reported(name, `Failing row contains (${SECRET})`, more);
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
    expect(error.message).toContain('Card.create failed');
  });
});

describe('another error', () => {
  test.each([
    new FieldsealError('ERR_SCOPE_REQUIRED', 'The lookup names no tenant'),
    new TypeError('of the application'),
    'no error at all',
  ])('passes as it is', (error) => {
    expect(reportError({ schema, constraints: () => constraints }, 'Card.create', error)).toBe(
      error,
    );
  });
});
