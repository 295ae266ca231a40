import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { readSecretRuleFiles } from './secret-rule-files.ts';
import { startServer } from './server.ts';

let home: string;
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-secret-rules-'));
});
afterEach(() => fs.rmSync(home, { recursive: true, force: true }));

const file = (text: string, name = 'secret-rules.toml') => {
  const at = path.join(home, name);
  fs.writeFileSync(at, text);
  return at;
};
const token = `acme${'_'}b3d5g7j9m1p2r4t6v8x0`;
const houseRule = `
title = "rules of the house"

[extend]
useDefault = true

[[rules]]
id = "acme-token"
description = "Token of our own service"
regex = '''(?i)\\b(?P<value>acme_[a-z0-9]{20})\\b'''
tags = ["house"]
entropy = 2

[[rules.allowlists]]
stopwords = ["testtest"]
paths = ['''docs/''']
`;
const found = (toml: string, text: string) =>
  readSecretRuleFiles([file(toml)])
    .scanner.findSecrets(text, '')
    .map(({ rule, span }) => [rule, text.slice(span.start, span.end)]);
const rule = (regex: string, more = 'keywords = ["acme"]') => `[[rules]]\nid = "x"\nregex = '''${regex}'''\n${more}\n`;

describe('A file of rules in the form of gitleaks', () => {
  it('is found beside ours, in either case, with the words it needs taken from the pattern', () => {
    expect(found(houseRule, `x ${token} y`)).toEqual([['acme-token', token]]);
    expect(found(houseRule, `x ${token.toUpperCase()} y`)).toHaveLength(1);
    expect(found(houseRule, 'x acme_testtestb3d5g7j9m1p2 y')).toEqual([]);
  });

  it('may be JSON', () => {
    const at = file(JSON.stringify({ rules: [{ id: 'x', regex: 'acme=(\\w+)', secretGroup: 1 }] }), 'r.json');
    expect(readSecretRuleFiles([at]).scanner.maskText('acme=q8w2e7r4t1').text).toBe(`acme=${'•'.repeat(10)}`);
  });

  it.each([
    ['(?i)acme-[a-f]{4}', 'ACME-abCD', 'ACME-abCD'],
    ['acme-(?i:[a-f]{4})', 'acme-abCD ACME-abcd', 'acme-abCD'],
    ['(?i)a(?-i:cme)-\\d+', 'Acme-12345 ACME-12345', 'Acme-12345'],
    ['\\Aacme-[[:digit:]]{5}\\z', 'acme-12345', 'acme-12345'],
    ['(?P<word>acme)-(?P<n>\\d{5})', 'acme-12345', 'acme'],
    ['acme-\\d++', 'acme-12345', 'acme-12345'],
    ['acme\\Q.*(\\E\\d{5}', 'acme.*(12345', 'acme.*(12345'],
    ['acme-[]x\\d]{5}', 'acme-12]45', 'acme-12]45'],
    ['acme\\x{2d}\\d{5}', 'acme-12345', 'acme-12345'],
  ])('reads the syntax of Go: %s', (regex, text, value) => {
    expect(found(rule(regex), text)).toEqual([['x', value]]);
  });

  it('masks a secret longer than the stretch around its word, to its end', () => {
    const long = `acme-${'aB3dE5gH7j'.repeat(90)}`;
    expect(readSecretRuleFiles([file(rule('acme-\\w+'))]).scanner.maskText(`${long} end`).text).toBe(
      `${'•'.repeat(long.length)} end`,
    );
  });

  it('does not take the edge of a stretch for the beginning of the text', () => {
    expect(found(rule('^\\w{4}acme\\d{5}'), `${'x'.repeat(400)}acme12345`)).toEqual([]);
  });

  it.each([
    ['[[rules', /secret-rules\.toml is not valid[\s\S]*1: {2}\[\[rules/],
    ['[[rules]]\nregex = "acme"', /rules\[0\]\.id: a name/],
    ['[[rules]]\nid = "x"\npath = "x"', /rule "x": regex: .*add one, or take the rule out/],
    ['[[rules]]\nid = "x"\nregex = "[0-9]{9}"', /rule "x": keywords: add words/],
    [rule('acme'.repeat(2), 'keyword = ["acme"]'), /keyword: unknown; known are/],
    [rule('acme') + rule('acme2'), /"x" stands twice/],
    [rule('(acme'), /rule "x": regex: /],
    [rule('acme\\pL'), /rule "x": regex: \\p is not known here/],
    [rule('acme(?U)x'), /the flag U is not known here/],
    [rule('acme(\\d)\\1'), /refers back to a group/],
    [rule('acme(\\d+)+x'), /rule "x": regex: repeats a part whose length varies/],
    [rule('acme\\d+\\d+\\d+\\d+x'), /rule "x": its pattern takes too long/],
    [rule('acme(\\d{4})', 'keywords = ["acme"]\nsecretGroup = 2'), /secretGroup is 2, but the pattern has 1/],
    [rule('acme', 'keywords = ["acme"]\n[[rules.allowlists]]\nregexes = ["(a+)+b"]'), /rule "x": allowlist: /],
    ['[extend]\npath = "other.toml"', /other files are not followed/],
  ])('is refused with its name and what to do: %#', (toml, message) => {
    expect(() => readSecretRuleFiles([file(toml)])).toThrow(message);
  });

  it('that is not there is named', () => {
    expect(() => readSecretRuleFiles([path.join(home, 'none.toml')])).toThrow(/none\.toml cannot be read/);
  });
});

it('masks by the rules of the home in the live path: input, result, prompt and what could not be read; nothing of it rests', async () => {
  file(houseRule);
  const logged: string[] = [];
  const server = await startServer({
    ...readConfig(home, { port: '0' }),
    env: {},
    log: (line) => logged.push(line),
  });
  const headers = { authorization: `Bearer ${server.token}` };
  const tell = async (body: object) =>
    (
      await fetch(`${server.url}/hooks/claude-code`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ session_id: `s-${token}`, cwd: `/home/dev/${token}`, ...body }),
      })
    ).text();
  const call = { tool_name: 'Bash', tool_input: { command: `deploy --as ${token}` }, tool_use_id: 't1' };
  const answers = [
    await tell({ hook_event_name: 'UserPromptSubmit', prompt: `use ${token} for this` }),
    await tell({ hook_event_name: 'PreToolUse', ...call }),
    await tell({ hook_event_name: 'PostToolUse', ...call, tool_response: { stdout: `logged in as ${token}` } }),
    await tell({ hook_event_name: 'PostToolUseFailure', ...call, tool_use_id: 't2', error: `refused: ${token}` }),
    await tell({ hook_event_name: 'PreToolUse', tool_name: 7, tool_input: token }),
    await tell({ hook_event_name: `Nonesuch ${token}` }),
  ];
  const calls = await (await fetch(`${server.url}/api/v1/calls?limit=10`, { headers })).text();
  await server.close();
  expect(calls).toContain('secret-exposure');
  expect(calls).toContain('acme-token');
  expect([...answers, ...logged].join('\n')).not.toContain(token);
  const rests = fs
    .readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(path.join(home, name)).isFile())
    .filter((name) => fs.readFileSync(path.join(home, name)).includes(token));
  expect(rests).toEqual([]);
});
