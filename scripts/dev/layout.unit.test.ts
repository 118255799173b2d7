import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { usageError } from '../cli.ts';
import { readLayout } from './layout.ts';

const { ports: badPorts } = JSON.parse(readFileSync(path.join(import.meta.dirname, 'bad-ports.json'), 'utf8')) as {
  readonly ports: readonly number[];
};

describe('the layout', () => {
  it('shifts every port by PORT_OFFSET, and takes an empty one for none', () => {
    expect(readLayout({ PORT_OFFSET: '100' })).toMatchObject({
      portOffset: 100,
      ports: { trip: 3_100, gateway: 8_180 },
    });
    expect(readLayout({ PORT_OFFSET: '' }).ports).toMatchObject({ trip: 3_000, postgres: 15_432 });
  });

  it.each(['-1', '1.5', '40001', 'many'])('with PORT_OFFSET=%s, refuses it', (offset) => {
    expect(() => readLayout({ PORT_OFFSET: offset })).toThrow(
      usageError('PORT_OFFSET must be a whole number from 0 to 40000'),
    );
  });

  it.each([
    ['3000', 'trip', 6_000, 3_001],
    ['3665', 'trip', 6_665, 3_670],
    ['2080', 'payment', 10_080, 2_081],
    ['1995', 'auditor', 10_080, 1_997],
  ])('with PORT_OFFSET=%s, which puts %s on port %d that no fetch goes to, says so and names %d', (offset, ...said) => {
    const [service, port, better] = said;
    expect(() => readLayout({ PORT_OFFSET: offset })).toThrow(
      usageError(
        `PORT_OFFSET=${offset} puts ${service} on port ${String(port)}, which fetch and browsers refuse; set PORT_OFFSET=${String(better)}`,
      ),
    );
    expect(readLayout({ PORT_OFFSET: String(better) }).portOffset).toBe(better);
  });
});

describe('the list of bad ports', () => {
  it('names only ports that fetch refuses without trying', async () => {
    for (const port of badPorts) {
      const refused = expect.objectContaining({ cause: new Error('bad port') });
      await expect(fetch(`http://127.0.0.1:${String(port)}`)).rejects.toEqual(refused);
    }
  });
});
