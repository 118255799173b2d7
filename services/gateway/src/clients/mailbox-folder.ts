import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Mailbox, MailboxItem } from '../usecases/ports.ts';

/** A name and nothing that leads elsewhere. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.(?:eml|json)$/;
const BYTES_MAX = 256 * 1024;

const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

async function itemOf(folder: string, name: string): Promise<MailboxItem | undefined> {
  try {
    const file = await stat(path.join(folder, name));
    return file.isFile() ? { name, at: file.mtime, bytes: file.size } : undefined;
  } catch (error) {
    // replaced or removed since the folder was listed
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The mailbox in `folder`, which need not be there yet. */
export function createMailboxFolder(folder: string): Mailbox {
  const names = async (): Promise<string[]> => {
    try {
      return (await readdir(folder)).filter((name) => NAME.test(name));
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  };
  return {
    async list(limit) {
      // ids rise with time, and so do the names that are made of them
      const newest = (await names()).toSorted().reverse().slice(0, limit);
      const items = await Promise.all(newest.map((name) => itemOf(folder, name)));
      return items.filter((item) => item !== undefined).toSorted((a, b) => b.at.getTime() - a.at.getTime());
    },
    async read(name) {
      // only what the listing shows can be read, so no name leads out of the folder
      if (!(await names()).includes(name)) return undefined;
      const item = await itemOf(folder, name);
      if (!item) return undefined;
      return (await readFile(path.join(folder, name), 'utf8')).slice(0, BYTES_MAX);
    },
  };
}
