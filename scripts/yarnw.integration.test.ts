import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const REPOSITORY = path.resolve(import.meta.dirname, '..');
const POSIX = ['cat', 'cksum', 'dirname', 'grep', 'id', 'ln', 'mkdir', 'mv', 'readlink', 'rm', 'rmdir', 'sed', 'sh'];

let root: string;
let bin: string;

/** A command of the machine that the wrapper will find. */
function command(name: string, script: string): void {
  rmSync(path.join(bin, name), { force: true });
  writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(bin, name), 0o755);
}

function yarnw(...args: string[]) {
  const { stdout, stderr, status } = spawnSync(path.join(root, 'yarnw'), args, {
    encoding: 'utf8',
    env: { PATH: bin, HOME: root },
  });
  return { stdout, stderr, status };
}

beforeEach(() => {
  root = path.join(mkdtempSync(path.join(tmpdir(), 'rideshare-yarnw-')), 'a path');
  bin = path.join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const file of ['yarnw', 'package.json', 'yarn.lock', '.yarnrc.yml']) {
    copyFileSync(path.join(REPOSITORY, file), path.join(root, file));
  }
  for (const name of POSIX) {
    const found = ['/usr/bin', '/bin'].map((directory) => path.join(directory, name)).find((file) => existsSync(file));
    if (found) symlinkSync(found, path.join(bin, name));
  }
  command('uname', 'case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac');
});

afterEach(() => {
  rmSync(path.dirname(root), { recursive: true, force: true });
});

describe('yarnw, on a machine it cannot help', () => {
  const machines: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['without Node', {}, 'yarnw: Node is missing: install Node 20 or newer, with npm\n'],
    [
      'with an old Node',
      { node: 'echo v18.20.1' },
      'yarnw: Node v18.20.1 is too old: install Node 20 or newer, with npm\n',
    ],
    ['without npm', { node: 'echo v22.1.0' }, 'yarnw: npm is missing: install it, it comes with Node\n'],
    [
      'of an unknown kind with a Node that is not enough',
      { node: 'echo v24.11.1', uname: 'case $1 in -s) echo Linux ;; -m) echo riscv64 ;; esac' },
      'yarnw: npm has no Node for Linux-riscv64, and Node v24.11.1 is too old: install Node 24.12 or newer\n',
    ],
  ];

  it.each(machines)('%s, says what to do in one line', (_name, commands, line) => {
    for (const [name, script] of Object.entries(commands)) command(name, script);
    expect(yarnw('test')).toEqual({ stdout: '', stderr: line, status: 1 });
    expect(existsSync(path.join(root, '.tools/.lock'))).toBe(false);
  });
});

describe('yarnw, on a machine with the right Node and Yarn', () => {
  beforeEach(() => {
    command('node', 'echo v24.21.0');
    const install = 'mkdir -p node_modules && : >node_modules/.yarn-state.yml';
    command('yarn', `case $1 in --version) echo 4.18.1 ;; install) ${install} ;; *) echo "ran $*" ;; esac`);
  });

  it('installs once, and again when a manifest has changed', () => {
    expect(yarnw('build', '--verbose')).toEqual({
      stdout: 'ran build --verbose\n',
      stderr: 'yarnw: installing dependencies\n',
      status: 0,
    });
    expect(yarnw('build').stderr).toBe('');
    writeFileSync(path.join(root, '.yarnrc.yml'), 'nodeLinker: node-modules\n');
    expect(yarnw('build').stderr).toBe('yarnw: installing dependencies\n');
    expect(existsSync(path.join(root, '.tools/bin'))).toBe(false);
  });

  it('after the holder of the lock was killed, goes on by itself', () => {
    mkdirSync(path.join(root, '.tools'));
    symlinkSync('4194999', path.join(root, '.tools/.lock')); // above the largest process id
    expect(yarnw('build').stdout).toBe('ran build\n');
    expect(existsSync(path.join(root, '.tools/.lock'))).toBe(false);
  });

  it('with dependencies that cannot be installed, fails with the reasons and forgets nothing', () => {
    command('yarn', 'case $1 in --version) echo 4.18.1 ;; install) echo "no such package"; exit 1 ;; esac');
    const failed = yarnw('build');
    expect(failed.stderr).toContain('no such package\nyarnw: yarn install --immutable failed');
    expect(failed.status).toBe(1);
    expect(yarnw('build').status).toBe(1);
  });
});
