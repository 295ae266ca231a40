import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as plugs from '../src/plugs.ts';

const root = path.resolve(import.meta.dirname, '..');
const depcruise = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const config = path.join(root, '.dependency-cruiser.cjs');

/** Names of the rules broken in the tree at `cwd`. */
function brokenRules(cwd: string, folders: readonly string[]): Set<string> {
  const run = spawnSync(process.execPath, [depcruise, ...folders, '--config', config, '--output-type', 'json'], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const report = JSON.parse(run.stdout) as {
    summary: { totalCruised: number; violations: { rule: { name: string }; from: string; to: string }[] };
  };
  expect(report.summary.totalCruised).toBeGreaterThan(1);
  return new Set(
    report.summary.violations.map(({ rule, from, to }) => (cwd === root ? `${rule.name}: ${from} → ${to}` : rule.name)),
  );
}

/** One planted violation for every rule: file → content. */
const planted: Readonly<Record<string, string>> = {
  'src/core/a.ts': "import '../pipeline.ts';\nimport fs from 'node:fs';\nexport const a = fs;\n",
  'src/core/b.ts': 'export type B = 1;\nexport const b = 1;\n',
  'src/pipeline.ts': 'export const p = 1;\n',
  ...Object.fromEntries(
    ['capture', 'normalise', 'understand', 'score', 'decide', 'record', 'learn', 'tell', 'device'].map((stage) => [
      `src/${stage}/x.ts`,
      `import type { Y } from '../${stage === 'tell' ? 'capture' : 'tell'}/y.ts';\nexport type X = Y;\n`,
    ]),
  ),
  'src/tell/y.ts': "import type { p } from '../pipeline.ts';\nexport type Y = typeof p;\n",
  'src/capture/y.ts': "import { z } from './z.ts';\nexport type Y = typeof z;\n",
  'src/capture/z.ts': "import type { Y } from './y.ts';\nexport const z: Y | 1 = 1;\n",
  ...Object.fromEntries(
    [
      'normalise/agents',
      'normalise/dialects',
      'normalise/access',
      'understand/commands',
      'score/detectors',
      'tell/sinks',
    ].flatMap((folder) => [
      [`src/${folder}/one.ts`, "import { two } from './two.ts';\nexport const one = two;\n"],
      [`src/${folder}/two.ts`, 'export const two = 2;\n'],
    ]),
  ),
  'src/score/impure.ts': "import fs from 'node:fs';\nexport const read = fs.readFileSync;\n",
  'src/score/cedar.ts': "import '@cedar-policy/cedar-wasm/nodejs';\n",
  'src/score/zod.ts': "import { z } from 'zod';\nexport const s = z;\n",
  'src/score/react.ts': "import React from 'react';\nexport const r = React;\n",
  'src/tell/sql.ts': "import { DatabaseSync } from 'node:sqlite';\nexport const d = DatabaseSync;\n",
  'src/tell/y.test.ts': 'export const t = 1;\n',
  'src/tell/uses-test.ts': "import { t } from './y.test.ts';\nexport const u = t;\n",
  'src/device/lib.ts': "import { z } from 'zod';\nexport const l = z;\n",
  'web/page.ts':
    "import { p } from '../src/pipeline.ts';\nimport { b } from '../src/core/b.ts';\nexport const q = [p, b];\n",
};

describe('the house', () => {
  const tree = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-planted-'));
  afterAll(() => fs.rmSync(tree, { recursive: true, force: true }));

  it('keeps its import rules', () => {
    expect([...brokenRules(root, ['src', 'web'])]).toEqual([]);
  });

  it('notices a planted violation of every import rule', () => {
    for (const [file, text] of Object.entries(planted)) {
      fs.mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
      fs.writeFileSync(path.join(tree, file), text);
    }
    fs.copyFileSync(path.join(root, 'tsconfig.json'), path.join(tree, 'tsconfig.json'));
    fs.copyFileSync(path.join(root, 'package.json'), path.join(tree, 'package.json'));
    fs.symlinkSync(path.join(root, 'node_modules'), path.join(tree, 'node_modules'));
    const rules = JSON.parse(
      execFileSync(
        process.execPath,
        ['-p', `JSON.stringify(require(${JSON.stringify(config)}).forbidden.map((r) => r.name))`],
        {
          encoding: 'utf8',
        },
      ),
    ) as string[];
    const broken = brokenRules(tree, ['src', 'web']);
    expect(rules.filter((rule) => !broken.has(rule))).toEqual([]);
  });

  it('lists every plug: a file in a plug folder that is not in plugs.ts fails here', () => {
    const text = ['src/plugs.ts', 'src/normalise/providers.ts']
      .map((file) => fs.readFileSync(path.join(root, file), 'utf8').replaceAll('./dialects/', './normalise/dialects/'))
      .join('\n');
    const unlisted = ['understand/commands', 'score/detectors', 'normalise/agents', 'normalise/dialects'].flatMap(
      (folder) =>
        fs
          .readdirSync(path.join(root, 'src', folder))
          .filter((file) => /^[a-z0-9-]+(?:\.transcript)?\.ts$/.test(file) && !text.includes(`./${folder}/${file}`))
          .map((file) => `${folder}/${file}`),
    );
    expect(unlisted).toEqual([]);
    for (const list of [plugs.families, plugs.detectors, plugs.agents, plugs.providers]) {
      const ids = list.map((plug) => plug.id);
      expect(ids).toEqual([...new Set(ids)]);
      expect(ids.length).toBeGreaterThan(0);
    }
  });

  it('holds no machine paths and no registry hosts in tracked files', () => {
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
      .split('\0')
      .filter(Boolean);
    const foreign = new RegExp(['(^|[^A-Za-z0-9_.-])/(wor', 'k|far', 'm)/'].join(''), 'm');
    const found = tracked.filter((file) => {
      if (file === 'package-lock.json' || !fs.existsSync(path.join(root, file))) return false;
      return foreign.test(fs.readFileSync(path.join(root, file), 'utf8'));
    });
    expect(found).toEqual([]);
    expect(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved":/);
  });
});
