import { describe, expect, it } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import pg from 'pg';
import { isConnectionLost, isSerializationFailure, isUniqueViolation, statementError } from './errors.ts';

function refused(code: string, constraint?: string): pg.DatabaseError {
  const error = new pg.DatabaseError(code, 0, 'error');
  error.code = code;
  if (constraint !== undefined) error.constraint = constraint;
  return error;
}

describe('isConnectionLost', () => {
  it.each([
    Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
    refused('57P01'),
    refused('53300'),
    refused('08006'),
    new AppError('COMMIT_AMBIGUOUS', 'unavailable', ''),
  ])('is true of %s', (error) => {
    expect(isConnectionLost(error)).toBe(true);
  });

  it.each([
    refused('23505'),
    refused('28P01'),
    new Error('other'),
    'text',
    undefined,
    new AppError('X', 'internal', ''),
  ])('is false of %s', (error) => {
    expect(isConnectionLost(error)).toBe(false);
  });
});

describe('what the engine said', () => {
  it('is found in the chain of causes', () => {
    const wrapped = new AppError('WRAPPED', 'internal', '', {
      cause: new Error('', { cause: refused('23505', 'one') }),
    });
    expect([isUniqueViolation(wrapped), isUniqueViolation(wrapped, 'one'), isUniqueViolation(wrapped, 'two')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(isSerializationFailure(new Error('', { cause: refused('40001') }))).toBe(true);
    expect(isSerializationFailure(refused('23505'))).toBe(false);
  });
});

describe('statementError', () => {
  it.each([
    ['57P01', 'ENGINE_UNREACHABLE'],
    ['57014', 'STATEMENT_TIMED_OUT'],
    ['55P03', 'LOCK_TIMED_OUT'],
    ['23505', '23505'],
  ])('makes %s %s', (code, expected) => {
    expect(statementError(refused(code))).toMatchObject({ code: expected });
  });

  it('leaves our own errors as they are, and makes an error of anything', () => {
    const own = new AppError('OWN', 'conflict', '');
    expect(statementError(own)).toBe(own);
    expect(statementError('text')).toBeInstanceOf(Error);
  });
});
