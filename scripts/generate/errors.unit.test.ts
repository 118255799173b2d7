import { describe, expect, it } from '@jest/globals';
import { raisedCodes, renderErrorsDocument } from './errors.ts';

describe('raisedCodes', () => {
  it('with the code on a line of its own, finds it', () => {
    const source = "throw new AppError<'A_B'>(\n  'A_B',\n  'timeout',\n  'late',\n);";
    expect(raisedCodes(source, 'x.ts')).toEqual([{ code: 'A_B', kind: 'timeout', file: 'x.ts' }]);
  });

  it('with a computed code, leaves it to the catalogues', () => {
    expect(raisedCodes('new AppError(code, kind, message)', 'x.ts')).toEqual([]);
  });
});

describe('renderErrorsDocument', () => {
  const http = { INTERNAL: { kind: 'internal' as const, meaning: 'A defect.' } };
  const services = new Map([['trip', { TRIP_GONE: { kind: 'gone' as const, meaning: 'It is over.' } }]]);

  it('with a code in a catalogue, gives its status and meaning', () => {
    expect(renderErrorsDocument(http, services, [])).toContain('| `TRIP_GONE` | 410 | gone | It is over. |');
  });

  it('with a status of its own, prefers that to the one of its kind', () => {
    const odd = { ODD: { kind: 'invalid' as const, status: 418, meaning: 'Odd.' } };
    expect(renderErrorsDocument(odd, new Map(), [])).toContain('| `ODD` | 418 | invalid | Odd. |');
  });

  it('with a raised code that no catalogue has, lists where it is raised, once', () => {
    const raised = [
      { code: 'LATE', kind: 'timeout', file: 'a.ts' },
      { code: 'LATE', kind: 'timeout', file: 'a.ts' },
      { code: 'LATE', kind: 'timeout', file: 'b.ts' },
      { code: 'TRIP_GONE', kind: 'gone', file: 'c.ts' },
    ];
    const document = renderErrorsDocument(http, services, raised);
    expect(document).toContain('| `LATE` | timeout | `a.ts` `b.ts` |');
    expect(document).not.toContain('c.ts');
  });
});
