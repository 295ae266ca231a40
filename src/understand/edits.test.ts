import { describe, expect, it } from 'vitest';
import { difference } from './edits.ts';
import { readPatch } from './patches.ts';

describe('an edit', () => {
  it('is what it adds, with its place in the new text', () => {
    const after = 'one\nnew\nmore\ntwo\nlast';
    const { added, removed } = difference('one\ntwo\nold', after);
    expect(added).toEqual([
      { text: 'new\nmore', start: 4 },
      { text: 'last', start: 17 },
    ]);
    for (const { text, start } of added) expect(after.slice(start, start + text.length)).toBe(text);
    expect(removed).toBe('old');
  });

  it('adds nothing by moving or indenting a line', () => {
    expect(difference('a\nb', '  b\na').added).toEqual([]);
  });

  it('of nothing before adds all', () => {
    expect(difference('', 'x\ny').added).toEqual([{ text: 'x\ny', start: 0 }]);
    expect(difference('x', '')).toEqual({ added: [], removed: 'x' });
  });
});

describe('a patch', () => {
  it('in the form of coding agents names its files and what they gain', () => {
    const text = [
      '*** Begin Patch',
      '*** Add File: src/a.ts',
      '+one',
      '+two',
      '*** Update File: b.md',
      '*** Move to: c.md',
      '@@ head',
      ' same',
      '-old',
      '+new',
      '*** Delete File: d.txt',
      '*** End Patch',
    ].join('\n');
    const files = readPatch(text);
    expect(files.map(({ path, does, to }) => [path, does, to])).toEqual([
      ['src/a.ts', 'add', undefined],
      ['b.md', 'move', 'c.md'],
      ['d.txt', 'delete', undefined],
    ]);
    expect(files[0]?.added).toEqual([{ text: 'one\ntwo', start: text.indexOf('one') }]);
    expect(files[1]).toMatchObject({ added: [{ text: 'new', start: text.indexOf('new') }], removed: 'old' });
  });

  it('in unified form is read, git or not', () => {
    const text = [
      'diff --git a/x.py b/x.py',
      'index 1..2 100644',
      '--- a/x.py',
      '+++ b/x.py',
      '@@ -1,2 +1,2 @@',
      ' keep',
      '-gone',
      '+come',
      '--- /dev/null',
      '+++ b/new.txt',
      '@@ -0,0 +1 @@',
      '+hello',
      'diff --git a/old.txt b/old.txt',
      '--- a/old.txt',
      '+++ /dev/null',
      '@@ -1 +0,0 @@',
      '-bye',
    ].join('\n');
    expect(readPatch(text).map(({ path, does, added, removed }) => [path, does, added[0]?.text, removed])).toEqual([
      ['x.py', 'change', 'come', 'gone'],
      ['new.txt', 'add', 'hello', ''],
      ['old.txt', 'delete', undefined, 'bye'],
    ]);
  });

  it('renamed without a change is a move; other text is no patch', () => {
    expect(readPatch('diff --git a/a b/b\nrename from a\nrename to b\n')).toMatchObject([{ path: 'a', to: 'b' }]);
    expect(readPatch('just words\n+ a list\n- of things')).toEqual([]);
  });
});
