import { describe, expect, it } from 'vitest';
import type { Effect, Meaning } from '../core/effect.ts';
import type { Action } from '../core/event.ts';
import { emptyMemory, type SessionMemory } from '../core/verdict.ts';
import { remember } from './memory.ts';

const shell: Action = { kind: 'shell', command: '' };
const meaning = (...effects: Effect[]): Meaning => ({
  effects,
  unparsed: false,
  opaque: [],
  programs: [],
  secrets: [],
  masked: {},
});
const effect = (
  verb: Effect['verb'],
  kind: Effect['resource']['kind'],
  name: string,
  zone: Effect['zone'],
  by: string,
  flow?: number,
): Effect => ({
  verb,
  resource: { kind, name },
  zone,
  flags: [],
  by,
  ...(flow === undefined ? {} : { flow }),
});

describe('what a session remembers', () => {
  it('is the same object when a call leaves nothing behind', () => {
    const edit: Action = { kind: 'file-edit', path: '/p/a.ts', before: 'a', after: 'b' };
    expect(remember(emptyMemory, 'c1', meaning(effect('write', 'file', '/p/a.ts', 'repository', 'Edit')), edit)).toBe(
      emptyMemory,
    );
    expect(
      remember(emptyMemory, 'c1', meaning(effect('receive', 'host', 'github.com', 'other-host', 'git')), shell),
    ).toBe(emptyMemory);
    expect(
      remember(emptyMemory, 'c1', meaning(effect('receive', 'host', 'localhost', 'this-host', 'curl')), shell),
    ).toBe(emptyMemory);
  });

  it('marks web pages, searches, curl and MCP reads as untrusted', () => {
    const fetched = remember(emptyMemory, 'c1', meaning(), {
      kind: 'web-fetch',
      url: 'https://x.example/a?token=b',
      method: 'GET',
    });
    expect(fetched.untrusted).toEqual({ c1: 'fetched x.example' });
    const curl = remember(fetched, 'c2', meaning(effect('receive', 'host', 'y.example', 'other-host', 'curl')), shell);
    expect(Object.keys(curl.untrusted)).toEqual(['c1', 'c2']);
    const mcp = meaning(effect('read', 'mcp-tool', 'jira/get_issue', 'other-host', 'mcp__jira__get_issue'));
    expect(remember(curl, 'c3', mcp, { kind: 'mcp', server: 'jira', tool: 'get_issue' }).untrusted.c3).toContain(
      'jira',
    );
    expect(remember(curl, 'c4', meaning(), { kind: 'web-search', query: 'x' }).untrusted.c4).toBe('searched the web');
  });

  it('marks reads of credentials, and results that hold a secret, as sensitive', () => {
    const read = remember(
      emptyMemory,
      'c1',
      meaning(effect('read', 'file', '/home/dev/.netrc', 'credential-store', 'cat')),
      shell,
    );
    expect(read.sensitive).toEqual({ c1: 'read /home/dev/.netrc' });
    expect(remember(read, 'c2', meaning(), shell, { status: 'ok', secrets: 1 }).sensitive.c2).toBe(
      'got a result that holds a secret',
    );
    expect(remember(read, 'c2', meaning(), shell, { status: 'ok', secrets: 0 })).toBe(read);
  });

  it('does not count what was refused', () => {
    const web: Action = { kind: 'web-search', query: 'x' };
    expect(remember(emptyMemory, 'c1', meaning(), web, { status: 'refused', secrets: 0 })).toBe(emptyMemory);
  });

  it('knows which files were downloaded and from where', () => {
    const received = effect('receive', 'host', 'x.example', 'other-host', 'curl', 1);
    const saved = effect('write', 'file', '/tmp/x.sh', 'temp', 'tee', 1);
    const other = effect('write', 'file', '/tmp/y.sh', 'temp', 'cp', 2);
    expect(remember(emptyMemory, 'c1', meaning(received, saved, other), shell).downloaded).toEqual({
      '/tmp/x.sh': 'x.example',
    });
  });

  it('knows which scripts the session wrote would be worth a look when they run, until they are written anew', () => {
    const write: Action = { kind: 'file-write', path: '/p/a.py', content: '' };
    const written = effect('write', 'file', '/p/a.py', 'repository', 'Write');
    const erases = effect('delete', 'directory', '/home/ada/mail', 'home', 'python3');
    const known = remember(
      emptyMemory,
      'c1',
      { ...meaning(written), prepares: [{ path: '/p/a.py', effects: [erases] }] },
      write,
    );
    expect(known.prepared).toEqual({ '/p/a.py': 'deletes /home/ada/mail' });
    expect(remember(known, 'c2', meaning(written), write).prepared).toEqual({});
  });

  it('keeps the first phrase of a call and stays the same when told twice', () => {
    const web: Action = { kind: 'web-search', query: 'x' };
    const once = remember(emptyMemory, 'c1', meaning(), web);
    expect(remember(once, 'c1', meaning(), web)).toBe(once);
  });

  it('stays bounded: the oldest marks fall out, the newest stay', () => {
    let memory: SessionMemory = emptyMemory;
    for (let i = 0; i < 500; i++) memory = remember(memory, `c${i}`, meaning(), { kind: 'web-search', query: 'x' });
    expect(Object.keys(memory.untrusted)).toHaveLength(64);
    expect(memory.untrusted.c499).toBeDefined();
    expect(memory.untrusted.c0).toBeUndefined();
  });
});
