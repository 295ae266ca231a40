import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../src/cli/deploy.ts';
import { type Manager, managers } from '../src/cli/deploy-kinds.ts';
import { deployPage } from '../src/cli/deploy-page.ts';
import { planDeploy } from '../src/cli/deploy-plan.ts';
import { agents } from '../src/plugs.ts';

// What a management tool pushes: every file of every platform, the scripts by a real shell, the pages in docs/mdm.

let place: string;
beforeAll(() => {
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-deploy-'));
});
afterAll(() => fs.rmSync(place, { recursive: true, force: true }));

const url = 'https://warder.example.com';
const sources = { client: '#!/bin/sh\n', plugins: new Map([['ask.mjs', 'export {};\n']]) };
const planFor = (manager: Manager) => planDeploy({ manager, url, only: null, ...sources });

async function run(...args: string[]): Promise<{ status: number; out: string }> {
  const chunks: string[] = [];
  const sink = { write: (text: string) => chunks.push(text) > 0 } as unknown as NodeJS.WritableStream;
  const io = { stdin: process.stdin, stdout: sink, stderr: sink, env: { HOME: place, WARDER_HOME: place } };
  const status = await command.run(args, io);
  return { status, out: chunks.join('') };
}

/** A property list as a Mac would read it, for the elements that are written here. */
function readPlist(xml: string): unknown {
  const tokens =
    xml
      .replace(/^[\s\S]*?<plist[^>]*>/, '')
      .match(
        /<key>[^<]*<\/key>|<string>[^<]*<\/string>|<integer>-?\d+<\/integer>|<(?:true|false|dict|array)\/>|<\/?(?:dict|array)>/g,
      ) ?? [];
  const plain = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  let at = 0;
  const value = (): unknown => {
    const token = tokens[at++] ?? '';
    if (token === '<dict/>') return {};
    if (token === '<array/>') return [];
    if (token === '<true/>') return true;
    if (token === '<false/>') return false;
    const text = plain(token.replace(/^<[^>]*>|<\/[^>]*>$/g, ''));
    if (token.startsWith('<string>')) return text;
    if (token.startsWith('<integer>')) return Number(text);
    if (token === '<array>') {
      const items: unknown[] = [];
      while (tokens[at] !== '</array>') items.push(value());
      at += 1;
      return items;
    }
    const members: [string, unknown][] = [];
    while (tokens[at] !== '</dict>') members.push([plain((tokens[at++] ?? '').replace(/<\/?key>/g, '')), value()]);
    at += 1;
    return Object.fromEntries(members);
  };
  return value();
}

describe.each(managers)('warder deploy --mdm %s', (manager) => {
  const plan = planFor(manager);

  it('holds no secret, names every file with its digest, and covers every agent that has a managed file', () => {
    const texts = plan.outputs.map(({ text }) => text).join('\n');
    expect(texts).not.toMatch(/wrd_[A-Za-z0-9]{8}/);
    const names = plan.outputs.map(({ path: name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const manifest = JSON.parse(plan.outputs.find(({ path: name }) => name === 'manifest.json')?.text ?? '{}');
    expect(manifest.files.map((file: { path: string }) => file.path)).toEqual(names.slice(0, -1));
    const known = new Set([...plan.covered, ...plan.personal].map(({ agent }) => agent));
    expect(agents.filter(({ id, setup }) => setup && !known.has(id)).map(({ id }) => id)).toEqual([]);
  });

  it('writes settings that can be read: JSON, profiles, scripts', () => {
    for (const { path: name, text } of plan.outputs) {
      if (name.endsWith('.json')) expect(() => JSON.parse(text), name).not.toThrow();
      if (name.endsWith('.mobileconfig')) {
        const profile = readPlist(text) as { PayloadContent: Record<string, unknown>[]; PayloadScope: string };
        expect(profile.PayloadScope).toBe('System');
        const claude = profile.PayloadContent.find(({ PayloadType }) => PayloadType === 'com.anthropic.claudecode');
        expect(claude).toMatchObject({ allowManagedHooksOnly: true, requiredMinimumVersion: '2.1.295' });
        expect(JSON.stringify(claude?.hooks)).toContain('/opt/warder/warder-hook claude-code PreToolUse block');
      }
      if (name.endsWith('.sh')) {
        const file = path.join(place, `${manager}-${name.replaceAll('/', '-')}`);
        fs.writeFileSync(file, text);
        expect(spawnSync('sh', ['-n', file]).stderr.toString(), name).toBe('');
      }
      if (name.endsWith('.ps1')) expect(text.split('\r\n').length, name).toBeGreaterThan(10);
    }
  });

  // A page that is out of date is written anew by: npx vitest run test/deploy.test.ts -u
  it('has a page in docs/mdm that says what is written there', async () => {
    const page = deployPage({ manager, url }, plan.covered, plan.personal);
    await expect(page).toMatchFileSnapshot(path.join(import.meta.dirname, `../docs/mdm/${manager}.md`));
  });
});

describe('the command', () => {
  it('writes, writes again over its own, and refuses a folder of somebody else', async () => {
    const out = path.join(place, 'out');
    expect((await run('--mdm', 'generic', '--url', url, '--out', out, '--dry-run')).out).toMatch(
      /^Would write: \d+ files/,
    );
    expect(fs.existsSync(out)).toBe(false);
    const { status, out: said } = await run('--mdm', 'generic', '--url', `${url}/`, '--out', out, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(said)).toMatchObject({ manager: 'generic', url, written: true });
    fs.writeFileSync(path.join(out, 'linux', 'left-over'), '');
    await run('--mdm', 'generic', '--url', url, '--out', out);
    expect(fs.existsSync(path.join(out, 'linux', 'left-over'))).toBe(false);
    expect(fs.statSync(path.join(out, 'linux/install.sh')).mode & 0o111).not.toBe(0);
    const foreign = path.join(place, 'foreign');
    fs.mkdirSync(foreign);
    fs.writeFileSync(path.join(foreign, 'mine.txt'), '');
    await expect(run('--mdm', 'jamf', '--url', url, '--out', foreign)).rejects.toThrow(/not empty/);
  });

  it('says what is missing or wrong, and lets nothing into a script that is no address', async () => {
    await expect(run('--out', 'x')).rejects.toThrow(/--mdm jamf\|kandji/);
    await expect(run('--mdm', 'puppet', '--out', 'x')).rejects.toThrow(/Use generic/);
    await expect(run('--mdm', 'jamf', '--url', url)).rejects.toThrow(/--out DIR/);
    await expect(run('--mdm', 'jamf', '--out', 'x')).rejects.toThrow(/--url https/);
    for (const bad of ['ftp://x', 'https://x/$(id)', 'https://x/"; rm -rf /', 'not an address'])
      await expect(run('--mdm', 'jamf', '--out', 'x', '--url', bad), bad).rejects.toThrow(/no address/);
    await expect(run('--mdm', 'jamf', '--out', 'x', '--url', url, '--agents', 'nosuch')).rejects.toThrow(
      /knows no agent/,
    );
  });

  it('writes only the agents that are asked for', () => {
    const { covered } = planDeploy({ manager: 'generic', url, only: ['codex'], ...sources });
    expect([...new Set(covered.map(({ agent }) => agent))]).toEqual(['codex']);
  });
});
