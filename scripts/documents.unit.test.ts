import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { baseVars, defineConfig, logVars } from '@rideshare/config';
import { describe, expect, it } from '@jest/globals';
import { root } from './dev/layout.ts';
import { anchorsOf, linksOf } from './documents/links.ts';

const documents = globSync('**/*.md', {
  cwd: root,
  exclude: ['**/node_modules/**', '**/dist/**', '.*/**', 'coverage/**'],
}).toSorted();

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

describe('documents', () => {
  it('exist', () => {
    expect(documents).toContain('README.md');
  });

  it.each(documents)('%s links to what is there', (file) => {
    const broken = linksOf(read(file)).filter((link) => {
      const [target = '', anchor] = link.split('#');
      const found = target === '' ? file : path.join(path.dirname(file), decodeURIComponent(target));
      if (!existsSync(path.join(root, found))) return true;
      return anchor !== undefined && found.endsWith('.md') && !anchorsOf(read(found)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe('workspaces', () => {
  const workspaces = globSync('{packages,services,apps}/*/package.json', { cwd: root }).map((file) =>
    path.dirname(file),
  );

  it.each(workspaces)('%s tells what it is', (workspace) => {
    expect(existsSync(path.join(root, workspace, 'README.md'))).toBe(true);
  });
});

/** Names that every process refuses; nobody is to set them. */
const refused = new Set(
  Object.keys({ ...baseVars, ...logVars }).filter((name) => {
    const { [name as keyof typeof baseVars]: schema } = { ...baseVars, ...logVars };
    try {
      defineConfig({ vars: { [name]: schema }, build: () => ({}) }).load({ [name]: 'http://localhost:1/a' });
      return false;
    } catch (error) {
      const { fields } = error as { fields: { detail: string }[] };
      return fields.some(({ detail }) => /^is (?:gone|not available yet)/.test(detail));
    }
  }),
);

/** The variables that a service's configuration declares and accepts. */
async function variablesOf(service: string): Promise<string[]> {
  const module = (await import(pathToFileURL(path.join(root, 'services', service, 'src/config.ts')).href)) as Record<
    string,
    { readonly vars?: Record<string, unknown> }
  >;
  const declared = Object.values(module).flatMap(({ vars }) => Object.keys(vars ?? {}));
  return declared.filter((name) => !refused.has(name)).toSorted();
}

describe('examples of configuration', () => {
  const services = globSync('services/*', { cwd: root }).map((folder) => path.basename(folder));

  it('leave out what is refused', () => {
    expect([...refused].toSorted()).toEqual([
      'CASSANDRA_HOSTS',
      'JAEGER_ENDPOINT',
      'JWT_SECRET',
      'KAFKA_BROKERS',
      'OTEL_SERVICE_VERSION',
      'REDIS_URL',
    ]);
  });

  it.each(services)('that of %s names every variable, and no other', async (service) => {
    const example = read(`services/${service}/.env.example`);
    const named = [...example.matchAll(/^([A-Z][A-Z0-9_]*)=/gm)].map(([, name = '']) => name);
    expect(named.toSorted()).toEqual(await variablesOf(service));
  });
});
