import type { Disk } from '../capture/machine-disk.ts';
import type { RunningProcess } from '../capture/machine-processes.ts';
import type { Surroundings } from '../core/agent.ts';
import type { AgentId } from '../core/event.ts';
import type { AgentEvidence, Trace } from '../core/inventory.ts';
import { dataFolder } from '../normalise/inventory/config-places.ts';
import { agentCatalogue, evidenceOf, recognise } from '../understand/agent-catalogue.ts';
import { browsers, cellars, extensionFolders, npmFolders, programFolders } from './inventory-places.ts';

/** One sign of an agent on this machine. */
export interface Sign extends AgentEvidence {
  readonly agent: AgentId;
}

/** Everything on the disk that shows an agent, for one person's home and the machine. Runs nothing. */
export function findOnDisk(disk: Disk, at: Surroundings): Sign[] {
  const look = { disk, at, below: (pattern: string) => pattern.replace(/^~(?=\/)/, at.home) };
  return unlike([
    ...inPath(look),
    ...npmPackages(look),
    ...pythonTools(look),
    ...brewed(look),
    ...applications(look),
    ...extensions(look),
    ...plugins(look),
    ...browserExtensions(look),
    ...folders(look),
  ]);
}

interface Look {
  readonly disk: Disk;
  readonly at: Surroundings;
  /** `~` → the home. */
  below(pattern: string): string;
}

const sign = (trace: Trace, where: string, version: string): Sign[] => {
  const agent = recognise(trace);
  return agent === undefined ? [] : [{ agent, by: evidenceOf(trace), where, version }];
};

/** The same place twice is one sign. */
function unlike(signs: readonly Sign[]): Sign[] {
  return [...new Map(signs.map((each) => [`${each.agent}\0${each.by}\0${each.where}`, each])).values()];
}

function inPath({ disk, at, below }: Look): Sign[] {
  const separator = at.platform === 'win32' ? ';' : ':';
  const own = (at.env.PATH ?? '').split(separator).filter((folder) => /^(?:\/|[A-Za-z]:)/.test(folder));
  const more = programFolders.flatMap((folder) => disk.matching(below(folder)));
  const endings = at.platform === 'win32' ? ['.exe', '.cmd', '.ps1'] : [''];
  const seen = new Set<string>();
  const signs: Sign[] = [];
  for (const folder of new Set([...own, ...more].map((each) => each.replace(/[\\/]+$/, '')))) {
    const there = new Set(disk.names(folder));
    for (const { programs = [] } of agentCatalogue) {
      const file = programs.flatMap((name) => endings.map((ending) => name + ending)).find((name) => there.has(name));
      if (file === undefined) continue;
      const path = `${folder}/${file}`;
      const real = disk.real(path);
      if (seen.has(real) || disk.kind(path) !== 'file') continue;
      seen.add(real);
      signs.push(...program(disk, path, real));
    }
  }
  return signs;
}

/** A program of that name; where it belongs to a package, the package says whose it is. */
function program(disk: Disk, path: string, real: string): Sign[] {
  const name = path.split('/').at(-1) ?? '';
  const packaged = packageRoot(real);
  if (packaged !== null) {
    const { folder, name: packageName } = packaged;
    const agent = recognise({ kind: 'package', registry: 'npm', name: packageName });
    return agent === undefined ? [] : [{ agent, by: 'program', where: path, version: versionOf(disk, folder) }];
  }
  const version = /[\\/](?:versions|Cellar[\\/][^\\/]+|Caskroom[\\/][^\\/]+)[\\/]v?(\d[\w.+-]*)/.exec(real)?.[1] ?? '';
  return sign({ kind: 'program', name }, path, version);
}

function packageRoot(path: string): { readonly folder: string; readonly name: string } | null {
  const found = /^(.*[\\/]node_modules[\\/]((?:@[\w.-]+[\\/])?[\w.-]+))(?=[\\/])/.exec(path);
  return found === null ? null : { folder: found[1] ?? '', name: (found[2] ?? '').replace('\\', '/') };
}

function versionOf(disk: Disk, folder: string): string {
  const text = disk.text(`${folder}/package.json`);
  return /"version"\s*:\s*"([^"\\]{1,60})"/.exec(text ?? '')?.[1] ?? '';
}

function npmPackages({ disk, at, below }: Look): Sign[] {
  const beside = (at.env.PATH ?? '')
    .split(':')
    .filter((folder) => /^\/.*\/bin\/?$/.test(folder))
    .map((folder) => folder.replace(/\/bin\/?$/, '/lib/node_modules'));
  const roots = new Set([...beside, ...npmFolders.flatMap((folder) => disk.matching(below(folder)))]);
  return [...roots].flatMap((root) => {
    if (disk.kind(root) !== 'folder') return [];
    return agentCatalogue.flatMap(({ npm = [] }) =>
      npm.flatMap((name) =>
        disk.kind(`${root}/${name}`) === 'folder'
          ? sign({ kind: 'package', registry: 'npm', name }, `${root}/${name}`, versionOf(disk, `${root}/${name}`))
          : [],
      ),
    );
  });
}

function pythonTools({ disk, below }: Look): Sign[] {
  const tools = ['~/.local/share/pipx/venvs', '~/.local/pipx/venvs', '~/.local/share/uv/tools'].map(below);
  const sites = [
    '~/.local/lib/python*/site-packages',
    '/usr/local/lib/python*/site-packages',
    '/usr/local/lib/python*/dist-packages',
  ].flatMap((site) => disk.matching(below(site)));
  const plain = (name: string) => name.replaceAll(/[-_.]+/g, '_').toLowerCase();
  const inSites = sites.flatMap((site) => disk.names(site).map((name) => ({ site, name })));
  return agentCatalogue.flatMap(({ pypi = [] }) =>
    pypi.flatMap((name) => {
      const info = new RegExp(`^${plain(name)}-(\\d[\\w.+]*)\\.dist-info$`);
      const version = (folder: string) =>
        disk.names(folder).flatMap((each) => info.exec(asPackage(each))?.[1] ?? [])[0] ?? '';
      const installed = tools.flatMap((tool) => {
        const folder = `${tool}/${name}`;
        if (disk.kind(folder) !== 'folder') return [];
        const site = disk.matching(`${folder}/lib/python*/site-packages`)[0];
        return sign({ kind: 'package', registry: 'pypi', name }, folder, site === undefined ? '' : version(site));
      });
      const beside = inSites.flatMap(({ site, name: each }) => {
        const found = info.exec(asPackage(each))?.[1];
        return found === undefined ? [] : sign({ kind: 'package', registry: 'pypi', name }, `${site}/${each}`, found);
      });
      return [...installed, ...beside];
    }),
  );
}

/** The name of a `.dist-info` folder with the letters that its package's name may be written in. */
const asPackage = (folder: string): string => {
  const [, name = '', rest = ''] = /^(.*?)(-\d.*)$/.exec(folder) ?? [];
  return name.replaceAll(/[-_.]+/g, '_').toLowerCase() + rest;
};

function brewed({ disk }: Look): Sign[] {
  return cellars.flatMap((cellar) =>
    ['Cellar', 'Caskroom'].flatMap((kind) => {
      const there = new Set(disk.names(`${cellar}/${kind}`));
      return agentCatalogue.flatMap(({ brew = [] }) =>
        brew.flatMap((name) => {
          if (!there.has(name)) return [];
          const folder = `${cellar}/${kind}/${name}`;
          return sign(
            { kind: 'package', registry: 'brew', name },
            folder,
            disk
              .names(folder)
              .filter((each) => /^\d/.test(each))
              .at(-1) ?? '',
          );
        }),
      );
    }),
  );
}

function applications({ disk, at, below }: Look): Sign[] {
  if (at.platform === 'darwin')
    return ['/Applications', below('~/Applications')].flatMap((folder) =>
      disk
        .names(folder)
        .filter((name) => name.endsWith('.app'))
        .flatMap((name) => {
          const plist = disk.text(`${folder}/${name}/Contents/Info.plist`) ?? '';
          const value = (key: string) =>
            new RegExp(`<key>${key}</key>\\s*<string>([^<]{1,200})</string>`).exec(plist)?.[1] ?? '';
          return sign(
            { kind: 'application', name, bundle: value('CFBundleIdentifier') },
            `${folder}/${name}`,
            value('CFBundleShortVersionString'),
          );
        }),
    );
  if (at.platform === 'win32')
    return [below('~/AppData/Local/Programs'), 'C:/Program Files'].flatMap((folder) =>
      disk.names(folder).flatMap((name) => sign({ kind: 'application', name, bundle: '' }, `${folder}/${name}`, '')),
    );
  return [
    '/usr/share/applications',
    '/usr/local/share/applications',
    '~/.local/share/applications',
    '/var/lib/flatpak/exports/share/applications',
    '/var/lib/snapd/desktop/applications',
  ]
    .flatMap((folder) => disk.matching(`${below(folder)}/*.desktop`))
    .flatMap((file) => {
      const name = /^Name=(.{1,200})$/m.exec(disk.text(file) ?? '')?.[1] ?? '';
      return sign({ kind: 'application', name, bundle: '' }, file, '');
    });
}

function extensions({ disk, at }: Look): Sign[] {
  return extensionFolders.flatMap((editor) => {
    const folder = `${at.home}/${editor}/extensions`;
    return disk.names(folder).flatMap((name) => {
      const [, id = '', version = ''] = /^([\w-]+\.[\w-]+?)-(\d+\.\d+[\w.]*)/.exec(name) ?? [];
      return sign({ kind: 'extension', id }, `${folder}/${name}`, version);
    });
  });
}

function plugins({ disk, at, below }: Look): Sign[] {
  const places =
    at.platform === 'linux' ? [below('~/.local/share/JetBrains/*/*')] : [`${dataFolder(at)}/JetBrains/*/plugins/*`];
  return places
    .flatMap((place) => disk.matching(place))
    .flatMap((path) => sign({ kind: 'plugin', id: path.split('/').at(-1) ?? '' }, path, ''));
}

function browserExtensions({ disk, at, below }: Look): Sign[] {
  const profiles = browsers[at.platform].flatMap((browser) => disk.matching(`${below(browser)}/*/Extensions`));
  return profiles.flatMap((profile) =>
    disk
      .names(profile)
      .flatMap((id) =>
        sign(
          { kind: 'browser-extension', id },
          `${profile}/${id}`,
          (disk.names(`${profile}/${id}`).at(-1) ?? '').replace(/_\d+$/, ''),
        ),
      ),
  );
}

function folders({ disk, at, below }: Look): Sign[] {
  return agentCatalogue.flatMap(({ id, folders: own = [], paths = [] }) =>
    [...own.map((folder) => `${at.home}/${folder}`), ...paths.map(below)].flatMap((where): Sign[] =>
      disk.kind(where) === null ? [] : [{ agent: id, by: 'folder', where, version: '' }],
    ),
  );
}

/** Agents that run now. What they were asked to do stands in their command line, so it is not kept. */
export function findRunning(processes: readonly RunningProcess[]): (Sign & { readonly command: string })[] {
  return processes.flatMap(({ pid, name, path, command }) => {
    const agent = recognise({ kind: 'process', name, path, command });
    if (agent === undefined) return [];
    return [{ agent, by: 'process' as const, where: `process ${pid}`, version: '', command }];
  });
}
