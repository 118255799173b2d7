import { describe, expect, it } from '@jest/globals';
import { anchorsOf, linksOf } from './links.ts';

describe('linksOf', () => {
  it('with links of every kind, finds those inside the repository', () => {
    const markdown = '[a](x.md) ![b](../y.png "title") [c](https://example.org) [d](#here)\n\n[e]: z.md\n';
    expect(linksOf(markdown)).toEqual(['x.md', '../y.png', '#here', 'z.md']);
  });

  it('with code, leaves it alone', () => {
    expect(linksOf('`[a](b.md)`\n\n```ts\nconst x = [1](c.md);\n```\n')).toEqual([]);
  });
});

describe('anchorsOf', () => {
  it('with headings, makes anchors as they are made when the document is shown', () => {
    const markdown =
      '# A tour with curl\n\n## `trip` and [more](x.md)!\n\n## Rules\n\n## Rules\n\n```sh\n# no heading\n```\n';
    expect(anchorsOf(markdown)).toEqual(['a-tour-with-curl', 'trip-and-more', 'rules', 'rules-1']);
  });
});
