// npm run new detector <id> | family <id>: writes the file of a plug and its line in src/plugs.ts; the tests then say what is missing.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const [kind, id] = process.argv.slice(2);
const camel = (text: string) => text.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

const kinds: Readonly<
  Record<string, { readonly folder: string; readonly list: string; readonly text: (id: string) => string }>
> = {
  detector: {
    folder: 'score/detectors',
    list: 'detectors',
    text: (name) => `import type { Detector } from '../../core/ports.ts';

/** One sentence: what this risk is. */
export const ${camel(name)}: Detector = {
  id: '${name}',
  title: '',
  runbook: '',
  detect() {
    return [];
  },
  hits: [],
  misses: [],
};
`,
  },
  family: {
    folder: 'understand/commands',
    list: 'families',
    text: (name) => `import type { CommandFamily } from '../../core/ports.ts';

/** One sentence: which programs, and where their meaning is documented. */
export const ${camel(name)}: CommandFamily = {
  id: '${name}',
  programs: [],
  effects() {
    return [];
  },
  examples: [],
};
`,
  },
};

const chosen = kind === undefined ? undefined : kinds[kind];
if (!chosen || !id || !/^[a-z][a-z0-9-]*$/.test(id)) {
  console.error(`Usage: npm run new <${Object.keys(kinds).join('|')}> <id in kebab-case>`);
  process.exit(2);
}
const file = path.join(root, 'src', chosen.folder, `${id}.ts`);
if (fs.existsSync(file)) {
  console.error(`${path.relative(root, file)} is there already.`);
  process.exit(1);
}
const plugs = path.join(root, 'src/plugs.ts');
const before = fs.readFileSync(plugs, 'utf8');
const line = `import { ${camel(id)} } from './${chosen.folder}/${id}.ts';`;
const listed = before.replace(new RegExp(`(export const ${chosen.list}: [^=]*= \\[)`), `$1\n  ${camel(id)},`);
if (listed === before) throw new Error(`src/plugs.ts holds no list called ${chosen.list}`);
fs.writeFileSync(file, chosen.text(id));
fs.writeFileSync(plugs, `${line}\n${listed}`);
console.log(
  `wrote ${path.relative(root, file)} and its line in src/plugs.ts. Next: npm run format, then npm test -- ${kind === 'detector' ? 'detectors' : 'commands'}`,
);
