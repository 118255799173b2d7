import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../dev/layout.ts';

const page = readFileSync(path.join(root, 'docs/architecture/protocol.md'), 'utf8');
const PARTS = ['Guard', 'Where', 'Finished by', 'Shown by'];

/** The steps of the page by their titles. */
const steps = page
  .split(/^### /m)
  .slice(1)
  .map((text) => {
    const [title = '', ...lines] = text.split(/^## /m)[0]?.split('\n') ?? [];
    return { title, text: lines.join('\n') };
  });

/** Every test that is named, as `file` and name; names may have accents and quotes, but no bar. */
const tests = [...page.matchAll(/`([^`\n]+\.ts)` › (.+?) *(?:\||$)/gm)].map(([, file = '', name = '']) => ({
  file,
  name,
}));
const properties = readFileSync(path.join(root, 'docs/development/testing.md'), 'utf8');
const files = (text: string): Set<string> =>
  new Set([...text.matchAll(/`([\w./-]+\/[\w./-]+\.(?:ts|sql))`/g)].map(([, file = '']) => file));

describe('docs/architecture/protocol.md', () => {
  it('has steps, tests and files', () => {
    expect(steps.length).toBeGreaterThan(20);
    expect(tests.length).toBeGreaterThan(80);
    expect(tests).toHaveLength(page.split(' › ').length - 1);
  });

  it.each(steps)('says of “$title” what guards it, where, who finishes it and what shows it', ({ text }) => {
    expect([...text.matchAll(/^- \*\*(.+?):\*\*/gm)].map(([, part]) => part)).toEqual(PARTS);
    expect(text.split('**Shown by:**')[1]).toMatch(/^\n {2}- `.+\.ts` › ./);
  });

  it.each([...files(page)])('names %s, which is there', (file) => {
    expect(existsSync(path.join(root, file))).toBe(true);
  });

  it.each(tests)('names a test of $file: $name', ({ file, name }) => {
    // an apostrophe may be escaped in the source
    const source = readFileSync(path.join(root, file), 'utf8').replaceAll(String.raw`\u2019`, '’');
    expect(source).toContain(name);
  });
});

describe('docs/development/testing.md', () => {
  it.each([...files(properties)])('names %s, which is there', (file) => {
    expect(existsSync(path.join(root, file))).toBe(true);
  });

  it('names as a file of properties what has some', () => {
    const [, table = ''] = properties.split('## What is modelled');
    for (const file of files(table)) expect(readFileSync(path.join(root, file), 'utf8')).toContain('fc.assert');
  });
});
