import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLines } from '../src/capture/transcript-lines.ts';
import { parseTranscriptLine } from '../src/normalise/agents/claude-code.transcript.ts';
import { bash, prompt, result, runScan, scanJson, throwAwayHome, writeTranscript } from './scan-made.ts';

const recorded = path.join(import.meta.dirname, 'fixtures/claude-code/2.1.330/transcript');

describe('a damaged transcript', () => {
  it('is read up to its damage and beyond it: each bad line is counted, named and skipped', async () => {
    const home = throwAwayHome();
    const good = JSON.stringify(bash('s1', 't2', 'pwd'));
    const file = writeTranscript(home, 'p/s1', [
      bash('s1', 't1', 'ls'),
      good.slice(0, good.length / 2),
      '\u0000\u0000\u0000\u0000',
      '[1, 2]',
      '{"type":"assistant","message":{"role":"assistant","content":[{"type":"tool_use","id":7,"input":{}}]}}',
      '{"type":"user","message":"tool_result"}',
      '{"type":"assistant","message":{"content":{"type":"tool_use"}}}',
      '',
      good,
    ]);
    const report = await scanJson(home);
    expect(report.totals.calls).toBe(2);
    expect(report.unread.damagedLines).toBe(6);
    expect(report.unread.damaged).toEqual([
      { file, line: 2, why: 'not JSON: cut off' },
      { file, line: 3, why: 'not JSON: holds NUL bytes' },
      { file, line: 4, why: 'not a JSON object' },
      { file, line: 5, why: 'a tool call without a tool name' },
      { file, line: 6, why: 'a user line without a message' },
      { file, line: 7, why: 'an assistant message whose content is neither text nor a list' },
    ]);
    const { out } = await runScan(home);
    expect(out).toContain('6 damaged lines, skipped');
    expect(out).toContain('s1.jsonl:2');
  });

  it('may hold bytes that are no text at all', async () => {
    const home = throwAwayHome();
    const file = writeTranscript(home, 'p/s1', [bash('s1', 't1', 'ls')]);
    const noise = Buffer.from(
      Array.from({ length: 5_000 }, (_, i) => (i * 197 + (i >> 3)) % 256).map((byte) => (byte === 10 ? 11 : byte)),
    );
    fs.appendFileSync(file, Buffer.concat([noise, Buffer.from(`\n${JSON.stringify(bash('s1', 't2', 'pwd'))}\n`)]));
    const report = await scanJson(home);
    expect(report.totals.calls).toBe(2);
    expect(report.unread.damaged).toEqual([{ file, line: 2, why: 'not JSON: holds NUL bytes' }]);
  });

  it('is told apart from a last line that is still being written', async () => {
    const home = throwAwayHome();
    const good = JSON.stringify(bash('s1', 't2', 'pwd'));
    writeTranscript(home, 'p/s1', [bash('s1', 't1', 'ls'), good.slice(0, -20)], '');
    const report = await scanJson(home);
    expect(report.unread.damaged[0]?.why).toBe('not JSON: cut off (last line, may still be written)');
    writeTranscript(home, 'p/s2', [good], '');
    expect((await scanJson(home)).totals.calls).toBe(2);
  });

  it('never gives the same calls for a file cut at any byte, nor throws', () => {
    const text = fs.readFileSync(path.join(recorded, 'allow.jsonl'), 'utf8');
    const line = text.split('\n').find((each) => each.includes('"type":"tool_use"')) ?? '';
    expect(parseTranscriptLine(line).ok).toBe(true);
    for (let cut = 1; cut < line.length; cut += 1) expect(parseTranscriptLine(line.slice(0, cut)).ok).toBe(false);
  });

  it('counts types of lines it does not know, and does not call them damaged', async () => {
    const home = throwAwayHome();
    writeTranscript(home, 'p/s1', [
      '{"type":"hologram","x":1}',
      '{"x":1,"type":"hologram"}',
      '{"x":1}',
      bash('s1', 't1', 'ls'),
    ]);
    expect((await scanJson(home)).unread).toMatchObject({ damagedLines: 0, unknownLines: { hologram: 2, unnamed: 1 } });
  });

  it('of which nothing can be read is a failure, not an empty report', async () => {
    const home = throwAwayHome();
    writeTranscript(home, 'p/s1', [bash('s1', 't1', 'ls')]);
    const projects = path.join(home, '.claude/projects/p');
    fs.symlinkSync('/etc', path.join(projects, 'outside'));
    fs.symlinkSync('/etc/hostname', path.join(projects, 'host.jsonl'));
    execFileSync('mkfifo', [path.join(projects, 'pipe.jsonl')]);
    fs.mkdirSync(path.join(projects, 'folder.jsonl'));
    const report = await scanJson(home);
    expect(report.totals).toMatchObject({ files: 1, calls: 1 });
    expect(report.unread.unreadable.map(({ path: link, why }) => [path.basename(link), why])).toEqual([
      ['host.jsonl', 'a symbolic link, not followed'],
      ['outside', 'a symbolic link, not followed'],
    ]);
  });

  it('does not keep a line longer than the limit in memory', () => {
    const home = throwAwayHome();
    const file = path.join(home, 'long.jsonl');
    const long = 'x'.repeat(3_000_000);
    fs.writeFileSync(file, `first\n${long}\nsecond\n${'y'.repeat(1_048_576)}\n${long}`);
    let bytes = 0;
    const lines = [...readLines(file, (read) => (bytes += read), 1_048_576)];
    expect(lines).toMatchObject([
      { number: 1, text: 'first' },
      { number: 2, damaged: 'longer than 1 MiB' },
      { number: 3, text: 'second' },
      { number: 4, damaged: 'longer than 1 MiB' },
      { number: 5, damaged: 'longer than 1 MiB' },
    ]);
    expect(bytes).toBe(fs.statSync(file).size);
  });

  it('gives the same lines wherever the chunks of the file end', () => {
    const home = throwAwayHome();
    const file = path.join(home, 'chunks.jsonl');
    const wanted = Array.from({ length: 400 }, (_, i) => 'ä'.repeat((i * 37) % 3_000));
    fs.writeFileSync(file, wanted.join('\n'));
    for (const longest of [6_100, 8_191, 65_536, 300_000]) {
      const lines = [...readLines(file, () => {}, longest)].map((line) => ('text' in line ? line.text : line.damaged));
      expect(lines).toEqual(wanted.filter((line) => line !== ''));
    }
  });
});

describe('a line of a transcript', () => {
  const parsed = (line: unknown) => parseTranscriptLine(JSON.stringify(line));

  it('gives prompts of the person only', () => {
    const items = (line: unknown) => {
      const read = parsed(line);
      return read.ok && read.value.kind === 'turn' ? read.value.items.map(({ kind }) => kind) : read;
    };
    expect(items(prompt('s', 'hello'))).toEqual(['prompt']);
    expect(items(prompt('s', 'injected', { isMeta: true }))).toEqual([]);
    expect(items(prompt('s', 'summary', { isCompactSummary: true }))).toEqual([]);
    expect(items(prompt('s', 'from another agent', { isSidechain: true }))).toEqual([]);
    expect(items(result('s', 't', 'x'))).toEqual(['result']);
  });

  it('does not take the copy of a call in an API request record for a call', () => {
    const record = { type: 'api-request-blob', message: bash('s', 't', 'ls').message };
    expect(parsed(record)).toEqual({ ok: true, value: { kind: 'other', type: 'api-request-blob', known: true } });
  });

  it('reads the shape of older versions, in which the type comes late', () => {
    const { message, ...rest } = bash('s', 't1', 'ls');
    const read = parsed({ parentUuid: null, userType: 'external', ...rest, message, requestId: 'r' });
    expect(read).toMatchObject({
      ok: true,
      value: { kind: 'turn', session: 's', items: [{ kind: 'call', tool: 'Bash' }] },
    });
  });

  it('tells how a call ended', () => {
    const status = (more: object, content: unknown = 'x', block: object = {}) => {
      const line = result('s', 't', content, more);
      const read = parsed({
        ...line,
        message: { role: 'user', content: [{ type: 'tool_result', content, ...block }] },
      });
      const item = read.ok && read.value.kind === 'turn' ? read.value.items[0] : undefined;
      return item?.kind === 'result' ? item.status : undefined;
    };
    expect(status({})).toBe('ok');
    expect(status({}, 'x', { is_error: true })).toBe('error');
    expect(status({ toolUseResult: { interrupted: true } })).toBe('interrupted');
    expect(status({ toolDenialKind: 'user-rejected' })).toBe('refused');
    expect(status({}, "The user doesn't want to proceed with this tool use.", { is_error: true })).toBe('refused');
  });
});
