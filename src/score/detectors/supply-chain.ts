import type { Effect } from '../../core/effect.ts';
import type { Detector } from '../../core/ports.ts';
import { type Judged, named, onlyShows, perEffect, plain } from '../findings.ts';
import { looksLike } from '../package-names.ts';

const id = 'supply-chain';

const npmLike = new Set(['npm', 'npx', 'pnpm', 'pnpx', 'yarn', 'bun', 'bunx']);
const pipLike = new Set(['pip', 'pip3', 'pipx', 'uv', 'uvx', 'poetry', 'pipenv', 'python', 'python3']);

/** Where packages are taken from when nobody says otherwise. */
const ownRegistries =
  /^(?:registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org|files\.pythonhosted\.org|rubygems\.org|crates\.io|index\.crates\.io|static\.crates\.io|proxy\.golang\.org|npm\.pkg\.github\.com|repo\.maven\.apache\.org|repo1\.maven\.org|download\.pytorch\.org)$/;

function judge(effect: Effect): Judged | null {
  const { verb, resource, by } = effect;
  if (onlyShows(effect) || resource.kind !== 'package') return null;
  if (verb === 'configure') return registry(effect);
  if (verb !== 'install' && verb !== 'execute') return null;
  const { name } = resource;
  const bare = name.replace(/^npm:/, '').replace(/(?!^)@[^/]*$|[=<>~![;].*$/, '');
  const family = npmLike.has(by) ? 'npm' : pipLike.has(by) ? 'pip' : null;
  const like = family === null ? null : looksLike(bare, family);
  if (like !== null)
    return {
      weight: 58,
      why: `${verb === 'install' ? 'Installs' : 'Runs'} ${plain(name, 60)}, whose name is one slip away from ${like}.`,
      factor: 'asset',
    };
  if (/^(?:git\+|git:|https?:|ssh:)|\.(?:tgz|whl|tar\.gz|deb|rpm|gem|vsix)$/.test(name) && /:\/\//.test(name))
    return {
      weight: 48,
      why: `${verb === 'install' ? 'Installs' : 'Runs'} ${plain(name, 80)} from an address instead of a registry.`,
      factor: 'destination',
    };
  return null;
}

/** Packages come from somewhere else from now on. */
function registry(effect: Effect): Judged | null {
  const { resource, zone, flags } = effect;
  if (
    !/registry|index|source|repositor|remote|tap|ppa|npmrc|pip\.conf|\.cargo\/config|yum\.repos|apt\//i.test(
      resource.name,
    )
  )
    return null;
  const lasting = zone === 'home' || zone === 'system';
  return {
    weight: (lasting ? 45 : 30) + (flags.includes('weakens') || flags.includes('forced') ? 10 : 0),
    why: `Changes where packages come from: ${named(effect)}.`,
    factor: 'destination',
  };
}

/** Packages whose author nobody looked at: look-alike names, addresses instead of registries, another registry. */
export const supplyChain: Detector = {
  id,
  title: 'Supply chain',
  confidence: 'test',
  runbook:
    'Who publishes the package, since when, and is the name the one meant? Remove it, look for what its install scripts did, and pin name and version in the lock file.',
  detect: (input) => {
    const found = perEffect(id, input, judge);
    for (const effect of input.meaning.effects) {
      if (
        effect.verb !== 'receive' ||
        effect.resource.kind !== 'host' ||
        !(npmLike.has(effect.by) || pipLike.has(effect.by))
      )
        continue;
      if (effect.zone === 'this-host' || ownRegistries.test(effect.resource.name)) continue;
      const installs = input.meaning.effects.some(({ verb, by }) => verb === 'install' && by === effect.by);
      if (installs)
        found.push(...perEffect(id, { ...input, meaning: { ...input.meaning, effects: [effect] } }, fromElsewhere));
    }
    return found;
  },
  hits: [
    'npm install lodahs',
    'pip install reqeusts',
    'npm config set registry http://registry.example',
    'pip install --index-url http://packages.example/simple tool',
  ],
  misses: [
    'npm install lodash@4.17.21',
    'npm ci',
    'pip install -r requirements.txt',
    'pnpm add -D vitest',
    'npm config get registry',
  ],
};

const fromElsewhere = (effect: Effect): Judged => ({
  weight: 45,
  why: `Installs packages from ${effect.resource.name === '' ? 'another registry' : plain(effect.resource.name)}, which is not the usual registry.`,
  factor: 'destination',
});
