import { inspect } from 'node:util';
import { FieldsealError } from '@fieldseal/core';
import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { fromDriver, lostRace, unavailable } from './driver-error.ts';

const SECRET = 'Key (tenant)=(4111 1111 1111 1111) already exists';

function answer(code: string): DatabaseError {
  const error = new DatabaseError(SECRET, 1, 'error');
  return Object.assign(error, {
    code,
    severity: 'ERROR',
    detail: SECRET,
    hint: SECRET,
    where: SECRET,
  });
}

function socketError(code: string): Error {
  return Object.assign(new RangeError(SECRET), { code, address: '10.0.0.1' });
}

describe('fromDriver', () => {
  it.each([
    ['08006', 'connection_failure'],
    ['57P01', 'admin_shutdown'],
    ['57P03', 'cannot_connect_now'],
    ['57014', 'query_canceled'],
    ['53300', 'too_many_connections'],
    ['40001', 'serialization_failure'],
    ['40P01', 'deadlock_detected'],
    ['55P03', 'lock_not_available'],
    ['25006', 'read_only_sql_transaction'],
    ['28P01', 'invalid_password'],
    ['3D000', 'invalid_catalog_name'],
    ['58030', 'io_error'],
  ])('SQLSTATE %s (%s) is ERR_STORE_UNAVAILABLE and may be tried again', (code) => {
    expect(fromDriver(answer(code))).toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      retryable: true,
      meta: { reason: code },
    });
  });

  it.each([
    ['3F000', 'invalid_schema_name'],
    ['42P01', 'undefined_table'],
    ['42703', 'undefined_column'],
    ['42501', 'insufficient_privilege'],
  ])('SQLSTATE %s (%s) is ERR_STORE_SCHEMA', (code) => {
    expect(fromDriver(answer(code))).toMatchObject({
      code: 'ERR_STORE_SCHEMA',
      retryable: false,
      meta: { reason: code },
    });
  });

  it.each([
    ['23505', 'unique_violation'],
    ['23514', 'check_violation'],
    ['22021', 'character_not_in_repertoire'],
    ['42601', 'syntax_error'],
    ['XX000', 'internal_error'],
  ])('SQLSTATE %s (%s) is ERR_INTERNAL', (code) => {
    expect(fromDriver(answer(code))).toMatchObject({
      code: 'ERR_INTERNAL',
      meta: { reason: code },
    });
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT'])(
    'a socket that fails with %s is ERR_STORE_UNAVAILABLE',
    (code) => {
      expect(fromDriver(socketError(code))).toMatchObject({
        code: 'ERR_STORE_UNAVAILABLE',
        meta: { reason: code },
      });
    },
  );

  it('a code of five capital letters from a socket is not taken for a SQLSTATE', () => {
    expect(fromDriver(socketError('EBADF'))).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  });

  it('an error without a code, as pg throws for a lost connection, is ERR_STORE_UNAVAILABLE', () => {
    const lost = new EvalError('Connection terminated unexpectedly');
    expect(fromDriver(lost)).toMatchObject({ meta: { reason: 'CONNECTION' }, retryable: true });
  });

  it.each([undefined, null, 'text', 7, {}])(
    '%s that was thrown is ERR_STORE_UNAVAILABLE',
    (thrown) => {
      expect(fromDriver(thrown)).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    },
  );

  it('a mistake in the code is ERR_INTERNAL, not a server that is away', () => {
    expect(fromDriver(new TypeError(SECRET))).toMatchObject({
      code: 'ERR_INTERNAL',
      meta: { reason: 'TypeError' },
    });
  });

  it('an error of Fieldseal passes as it is', () => {
    const error = unavailable('TIMEOUT');
    expect(fromDriver(error)).toBe(error);
  });

  it('nothing of the message, the detail, the hint or the address is kept', () => {
    const texts = ['23505', '08006', '42501', '42P01'].map((code) => fromDriver(answer(code)));
    texts.push(fromDriver(socketError('ECONNREFUSED')), fromDriver(new TypeError(SECRET)));
    for (const error of texts) {
      expect(error).toBeInstanceOf(FieldsealError);
      expect(error.cause).toBeUndefined();
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
      expect(shown).not.toContain('4111');
      expect(shown).not.toContain('10.0.0.1');
    }
  });

  it('a code that is not one, which could be anything, is not kept', () => {
    const error = fromDriver({ code: SECRET });
    expect(error.meta).toEqual({ reason: 'CONNECTION' });
  });
});

describe('lostRace', () => {
  it.each([
    ['40001', true],
    ['40P01', true],
    ['23505', true],
    ['55P03', false],
    ['08006', false],
  ])('after SQLSTATE %s the transaction is tried again: %s', (code, expected) => {
    expect(lostRace(fromDriver(answer(code)))).toBe(expected);
  });

  it('other errors are not tried again', () => {
    expect(lostRace(new RangeError('x'))).toBe(false);
  });
});
