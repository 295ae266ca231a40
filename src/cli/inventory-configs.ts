import { parse as parseToml } from 'smol-toml';
import type { Disk } from '../capture/machine-disk.ts';
import type { Surroundings } from '../core/agent.ts';
import type { AgentId } from '../core/event.ts';
import type { ConfiguredServer, RiskFlag } from '../core/inventory.ts';
import { fail, ok, type Result } from '../core/result.ts';
import {
  type ConfigPlace,
  dataFolder,
  personalConfigs,
  projectConfigs,
  projectsIn,
} from '../normalise/inventory/config-places.ts';
import { instructionPlaces } from '../normalise/inventory/instruction-places.ts';
import { looseJson } from '../normalise/inventory/loose-json.ts';
import { plainYaml } from '../normalise/inventory/plain-yaml.ts';
import { agentCatalogue } from '../understand/agent-catalogue.ts';
import { looseAliases, looseEnvironment } from '../understand/agent-launch.ts';
import { looseSettings } from '../understand/agent-modes.ts';
import { instructionRisk } from '../understand/instruction-risk.ts';
import { configuredServer } from '../understand/server-risk.ts';

/** What the configurations of one person say. */
export interface ReadConfigs {
  readonly servers: readonly ConfiguredServer[];
  /** Files that were there, with what is risky in them. */
  readonly files: readonly { readonly agent: AgentId; readonly file: string; readonly flags: readonly RiskFlag[] }[];
}

const mostProjects = 300;
const longestInstructions = 512 * 1024;

/** Reads every configuration of a person, of the machine, and of the projects they name. */
export function readConfigs(disk: Disk, at: Surroundings, projects: readonly string[]): ReadConfigs {
  const known = new Set(projects);
  const personal = personalConfigs(at).flatMap((place) => readPlace(disk, place, at.home, known));
  for (const project of editorProjects(disk, at)) known.add(project);
  const there = [...known].filter((project) => disk.kind(project) === 'folder');
  for (const project of there.slice(mostProjects)) disk.leave(project, `only ${mostProjects} projects are read`);
  const looked = there.slice(0, mostProjects);
  const inProjects = looked.flatMap((project) =>
    projectConfigs(project).flatMap((place) => readPlace(disk, place, at.home, new Set())),
  );
  const all = unlike([...personal, ...inProjects]);
  return {
    servers: all.flatMap(({ servers }) => servers),
    files: [
      ...all.map(({ agent, file, flags }) => ({ agent, file, flags })),
      ...instructionFlags(disk, at.home, looked),
      ...shellFlags(disk, at),
    ],
  };
}

interface ReadFile {
  readonly agent: AgentId;
  readonly file: string;
  readonly servers: readonly ConfiguredServer[];
  readonly flags: readonly RiskFlag[];
}

const unlike = (files: readonly ReadFile[]): readonly ReadFile[] => [
  ...new Map(files.map((each) => [`${each.agent}\0${each.file}`, each])).values(),
];

function readPlace(disk: Disk, place: ConfigPlace, home: string, projects: Set<string>): ReadFile[] {
  return disk.matching(place.path).flatMap((file): ReadFile[] => {
    const text = disk.text(file);
    if (text === null) return [];
    const { agent } = place;
    const value = parsed(place.form, text);
    if (!value.ok) {
      disk.leave(file, value.error.detail);
      return [{ agent, file, servers: [], flags: [] }];
    }
    for (const project of projectsIn(agent, value.value)) projects.add(project);
    const servers = (place.servers?.(value.value) ?? []).map((entry) => configuredServer(entry, file, home));
    return [{ agent, file, servers, flags: [...looseSettings(agent, value.value, file), ...openToAll(disk, file)] }];
  });
}

function parsed(form: ConfigPlace['form'], text: string): Result<unknown> {
  if (form === 'json') return looseJson(text);
  if (form === 'yaml') return plainYaml(text);
  try {
    return ok(parseToml(text.replace(/^\uFEFF/, '')));
  } catch (error) {
    // The parser quotes what it could not read; a line is enough.
    const line = error instanceof Error && 'line' in error ? ` in line ${String(error.line)}` : '';
    return fail('not-toml', `It is not TOML${line}.`);
  }
}

const openToAll = (disk: Disk, file: string): RiskFlag[] =>
  disk.writableByAll(file)
    ? [
        {
          risk: 'world-writable',
          weight: 50,
          what: 'Everybody on this machine may write its configuration.',
          mend: `Take the right away: chmod o-w ${file}`,
          where: file,
        },
      ]
    : [];

/** Folders that editors of VS Code's kin had open. */
function editorProjects(disk: Disk, at: Surroundings): string[] {
  return disk.matching(`${dataFolder(at)}/*/User/workspaceStorage/*/workspace.json`).flatMap((file) => {
    const folder = /"folder"\s*:\s*"file:\/\/([^"]+)"/.exec(disk.text(file) ?? '')?.[1];
    if (folder === undefined) return [];
    try {
      return [decodeURIComponent(folder).replace(/^\/(?=[A-Za-z]:)/, '')];
    } catch {
      // An address that is none names no folder.
      return [];
    }
  });
}

function instructionFlags(disk: Disk, home: string, projects: readonly string[]): ReadConfigs['files'] {
  return instructionPlaces(home, projects).flatMap(({ agent, path }) =>
    disk.matching(path).flatMap((file) => {
      const flags = instructionRisk((disk.text(file) ?? '').slice(0, longestInstructions), file);
      return flags.length === 0 ? [] : [{ agent, file, flags }];
    }),
  );
}

const startFiles = [
  '.profile',
  '.bash_profile',
  '.bashrc',
  '.bash_aliases',
  '.zshrc',
  '.zshenv',
  '.zprofile',
  '.aliases',
  '.config/fish/config.fish',
];
const programs = new Map(
  agentCatalogue.flatMap(({ id, programs: names = [] }) => names.map((name) => [name, id] as const)),
);

/** Aliases and variables that start agents without their questions. */
function shellFlags(disk: Disk, { env, home }: Surroundings): ReadConfigs['files'] {
  const aliases = startFiles.flatMap((name) => {
    const file = `${home}/${name}`;
    const text = disk.text(file);
    return text === null
      ? []
      : looseAliases(text, programs, file).map(({ agent, flag }) => ({ agent, file, flags: [flag] }));
  });
  return [...aliases, ...looseEnvironment(env).map(({ agent, flag }) => ({ agent, file: flag.where, flags: [flag] }))];
}
