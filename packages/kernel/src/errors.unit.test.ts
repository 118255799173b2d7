import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { AppError, assert, isAppError, startingAnew, toError } from './errors.ts';

describe('AppError', () => {
  it('is retryable by its kind, unless told otherwise', () => {
    expect(new AppError('X', 'unavailable', 'x').retryable).toBe(true);
    expect(new AppError('X', 'conflict', 'x').retryable).toBe(false);
    expect(new AppError('X', 'conflict', 'x', { retryable: true }).retryable).toBe(true);
  });

  it('keeps its cause', () => {
    const cause = new Error('why');
    expect(new AppError('X', 'internal', 'x', { cause }).cause).toBe(cause);
  });
});

describe('isAppError', () => {
  it('knows an error of another copy of the package by its brand', () => {
    expect(isAppError({ [Symbol.for('rideshare.AppError')]: true })).toBe(true);
    expect(isAppError(new AppError('X', 'internal', 'x'))).toBe(true);
  });

  it.each([[new Error('x')], [null], [undefined], ['x'], [{ code: 'X' }]])('does not take %p for one', (value) => {
    expect(isAppError(value)).toBe(false);
  });
});

describe('startingAnew', () => {
  it('keeps all that an error says, and adds that nothing was written', () => {
    const error = new AppError('X', 'unavailable', 'x', { retryAfterS: 3, details: { a: 1 } });
    expect(error.startsAnew).toBe(false);
    const anew = startingAnew(error);
    expect(anew).toMatchObject({ code: 'X', retryable: true, retryAfterS: 3, details: { a: 1 }, startsAnew: true });
    expect(startingAnew(new AppError('X', 'timeout', 'x'))).toMatchObject({ kind: 'timeout', retryAfterS: undefined });
  });

  it('leaves other errors as they are', () => {
    const error = new Error('x');
    expect(startingAnew(error)).toBe(error);
  });
});

describe('toError', () => {
  it('passes errors through and wraps the rest', () => {
    const error = new Error('x');
    expect(toError(error)).toBe(error);
    expect(toError('text').cause).toBe('text');
  });

  it('knows an error of another realm, which inherits from another Error', () => {
    const foreign: unknown = runInNewContext('new TypeError("x")');
    expect(foreign).not.toBeInstanceOf(Error);
    expect(toError(foreign)).toBe(foreign);
  });

  it('wraps what only looks like one', () => {
    const alike: unknown = Object.create(Error.prototype);
    expect(toError(alike).cause).toBe(alike);
  });
});

describe('assert', () => {
  it('throws an internal error when the condition fails', () => {
    expect(() => {
      assert(false, 'broken');
    }).toThrow(expect.objectContaining({ code: 'ASSERTION_FAILED', kind: 'internal' }));
    expect(() => {
      assert(true, 'fine');
    }).not.toThrow();
  });
});
