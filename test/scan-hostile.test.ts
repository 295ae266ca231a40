import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { visible } from '../src/cli/scan-visible.ts';
import { bash, call, prompt, result, runScan, scanJson, throwAwayHome, writeTranscript } from './scan-made.ts';

const markup = `<script>alert(1)</script><img src=x onerror="alert(2)">'"&amp;</style></pre><a href=javascript:alert(3)>`;
const terminal = '\u001b]52;c;cm0gLXJm\u0007\u001b[2J\u001b[31m\r\u009b2K\u0008\u202Egnp.\u200b\u{e0041}';

/** A session that is hostile in every field an agent or a web page can write. */
function hostile(text: string): string {
  const home = throwAwayHome();
  const project = path.join(home, 'app');
  fs.mkdirSync(path.join(project, '.claude'), { recursive: true });
  fs.writeFileSync(
    path.join(project, '.claude/settings.json'),
    JSON.stringify({ permissions: { allow: [`Bash(${text})`] } }),
  );
  fs.writeFileSync(path.join(project, '.mcp.json'), JSON.stringify({ mcpServers: { [text]: {} } }));
  const more = { cwd: project, version: text, gitBranch: text, permissionMode: text };
  writeTranscript(home, 'p/s1', [
    prompt(text, text, more),
    bash(text, 't1', `rm -rf ~/* ; echo ${text}`, { ...more, agentId: text }),
    result(text, 't1', text, { permissionDecision: { decision: 'accept', source: text, reasonType: text } }),
    call(text, 't2', text, { [text]: text }, more),
    call(text, 't3', `mcp__${text}__${text}`, { text }, more),
    `{"type":"${text.replaceAll(/[^a-z]/g, '')}"}`,
    `{"type":"user",${text}`,
  ]);
  return home;
}

describe('a hostile transcript', () => {
  it('puts no markup of its own into the HTML', async () => {
    const home = hostile(markup);
    const file = path.join(home, 'out.html');
    await runScan(home, '--min-score', '0', '--html', file);
    const html = fs.readFileSync(file, 'utf8');
    expect(html).toContain('&lt;script&gt;alert(1)');
    const tags = new Set([...html.matchAll(/<\/?([a-z0-9!]+)/gi)].map(([, name]) => name));
    expect(
      [...tags].filter(
        (tag) =>
          !'!doctype html head meta title style body main header h1 h2 h3 p section ul li article span pre mark code strong div table thead tbody tr th td footer'
            .split(' ')
            .includes(tag ?? ''),
      ),
    ).toEqual([]);
    expect(html).not.toMatch(/<[^>]+\son\w+=/i);
    expect(html).not.toMatch(/<[^>]*(?:src|href)\s*=/i);
    expect(html.match(/<style>/g)).toHaveLength(1);
  });

  it('cannot make the HTML ask for anything: the policy allows no script and no request', async () => {
    const home = hostile('x');
    const file = path.join(home, 'out.html');
    await runScan(home, '--html', file);
    const html = fs.readFileSync(file, 'utf8');
    expect(html).toMatch(
      /Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-[\w+/=]+&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"/,
    );
    expect(html).toContain('prefers-color-scheme:dark');
  });

  it('sends nothing to the terminal that it would obey, on either stream', async () => {
    const home = hostile(terminal);
    const { out, err } = await runScan(home, '--min-score', '0');
    const obeyed =
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/u;
    expect(out).not.toMatch(obeyed);
    expect(err).not.toMatch(obeyed);
    expect(out).toContain('␛]52;c;cm0gLXJm␇');
    expect(out).toContain('⟨U+202E⟩gnp.');
  });

  it('shows what is hidden, and leaves plain text as it is', () => {
    expect(visible('a\tb\nc')).toBe('a⇥b⏎c');
    expect(visible('ls -la é 漢 → …')).toBe('ls -la é 漢 → …');
    expect(visible('\u00a0\u2028\ufeff\ud800\u2800')).toBe('⟨U+00A0⟩⟨U+2028⟩⟨U+FEFF⟩⟨U+D800⟩⟨U+2800⟩');
  });

  it('may name members like the prototype without harm', async () => {
    const home = throwAwayHome();
    writeTranscript(home, 'p/s1', [
      '{"type":"__proto__"}',
      call('__proto__', '__proto__', '__proto__', { __proto__x: 1 }),
      bash('constructor', 'toString', 'rm -rf ~/*'),
      result('constructor', 'toString', 'ok'),
      call('s', 't', 'mcp__constructor__toString', JSON.parse('{"__proto__":{"polluted":true}}')),
    ]);
    const report = await scanJson(home, '--min-score', '0');
    expect(report.totals.calls).toBe(3);
    expect(report.mcpServers[0]).toMatchObject({ server: 'constructor', tools: [{ tool: 'toString', calls: 1 }] });
    expect(report.unread.unknownLines).toHaveProperty('__proto__', 1);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('secrets in a transcript', () => {
  it('are counted by rule and place, and appear in no output', async () => {
    const home = throwAwayHome();
    // Made here: no file of this repository holds anything that looks like a key.
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    const random = (length: number, from = letters) =>
      Array.from({ length }, (_, i) => from[(i * 7 + Math.floor(Math.random() * from.length)) % from.length]).join('');
    const inCommand = `AKIA${random(16)}`;
    const inPrompt = `ghp_${random(36, `${letters}${letters.toLowerCase()}`)}`;
    const inResult = `AKIA${random(16)}`;
    const damaged = `AKIA${random(16)}`;
    writeTranscript(home, 'p/s1', [
      prompt('s1', `use ${inPrompt} for the release`),
      bash('s1', 't1', `aws configure set aws_access_key_id ${inCommand} && rm -rf ~/*`),
      result('s1', 't1', `aws_access_key_id = ${inResult}\n`),
      `{"type":"user","message":{"role":"user","content":"${damaged}`,
      `{"type":"${damaged.toLowerCase()}"}`,
    ]);
    const file = path.join(home, 'out.html');
    const text = await runScan(home, '--min-score', '0', '--html', file);
    const json = await runScan(home, '--min-score', '0', '--json');
    for (const output of [text.out, text.err, json.out, json.err, fs.readFileSync(file, 'utf8')]) {
      for (const secret of [inCommand, inPrompt, inResult, damaged]) {
        expect(output).not.toContain(secret);
        expect(output).not.toContain(secret.slice(4));
      }
    }
    const places = JSON.parse(json.out).secrets.map(({ place }: { place: string }) => place);
    expect(new Set(places)).toEqual(new Set(['prompt', 'input of Bash', 'result of Bash']));
    expect(text.out).toContain('Secrets seen');
  });
});
