const FENCE = /^(`{3,})[^\n]*\n[\s\S]*?^\1`*$/gm;

/** A document without what is printed as it stands. */
function prose(markdown: string): string {
  return markdown.replaceAll(FENCE, '').replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '));
}

/** The targets of a document's links inside the repository, as they are written. */
export function linksOf(markdown: string): readonly string[] {
  const text = prose(markdown);
  const inline = [...text.matchAll(/\]\(<?([^\s)>]+)>?(?:\s+"[^"]*")?\)/g)];
  const references = [...text.matchAll(/^\[[^\]]+\]:\s*<?([^\s>]+)>?/gm)];
  return [...inline, ...references]
    .map(([, target = '']) => target)
    .filter((target) => target !== '' && !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

/** The anchors that the headings of a document make. */
export function anchorsOf(markdown: string): readonly string[] {
  const seen = new Map<string, number>();
  return [...markdown.replaceAll(FENCE, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replaceAll(/\]\([^)]*\)/g, ']')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${String(times)}`;
  });
}
