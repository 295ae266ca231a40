import { checkToolDescription } from './mcp-description.ts';
import { knownSpellings } from './mcp-servers.ts';

/** A server that a settings file tells an agent to start or to call. Offsets into the text. */
export interface ConfiguredServer {
  /** What is run, or the address. */
  readonly what: string;
  /** The command line, quoted for a shell; `''` for an address. */
  readonly command: string;
  /** `known`: a publisher of well-known servers; `own`: code of this project or this machine; `unknown`: anyone's. */
  readonly origin: 'known' | 'own' | 'unknown';
  readonly start: number;
  readonly end: number;
}

const longest = 65_536;
const mostServers = 20;

const text = '"(?:[^"\\\\\\n]|\\\\.){0,4000}"';
const list = `\\[(?:[^\\]"]|${text}){0,400}\\]`;
const program = new RegExp(
  `"?command"?\\s{0,12}[:=]\\s{0,12}(${text}|${list})(?:\\s{0,60}(?:,\\s{0,60})?"?args"?\\s{0,12}[:=]\\s{0,12}(${list}))?`,
  'g',
);
const remote = new RegExp(`"?(?:url|httpUrl|serverUrl)"?\\s{0,12}[:=]\\s{0,12}(${text})`, 'g');

/** Servers in added text of a settings file, JSON or TOML, whole or a piece of it. */
export function serversIn(added: string): readonly ConfiguredServer[] {
  const looked = added.length > longest ? added.slice(0, longest) : added;
  const found: ConfiguredServer[] = [];
  for (const match of looked.matchAll(program)) {
    const words = [...strings(match[1] ?? ''), ...strings(match[2] ?? '')];
    if (words.length === 0 || found.length >= mostServers) continue;
    // A hook of the agent is a command too.
    if (
      /"type"\s{0,12}:\s{0,12}"command"\s{0,12},\s{0,60}$/.test(
        looked.slice(Math.max(0, match.index - 120), match.index),
      )
    )
      continue;
    const place = { start: match.index, end: match.index + match[0].length };
    found.push({
      what: words.slice(0, 4).join(' '),
      command: words.map(quoted).join(' '),
      origin: origin(words),
      ...place,
    });
  }
  for (const match of looked.matchAll(remote)) {
    const [url = ''] = strings(match[1] ?? '');
    if (url === '' || found.length >= mostServers) continue;
    found.push({
      what: url,
      command: '',
      origin: hostOrigin(url),
      start: match.index,
      end: match.index + match[0].length,
    });
  }
  return found;
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

function strings(written: string): string[] {
  try {
    const value: unknown = JSON.parse(written);
    return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
  } catch {
    return []; // a piece that is not JSON names nothing that can be read
  }
}

/** Publishers whose servers are theirs: scopes of npm, images, names of the servers of the protocol's own project. */
const publishers =
  /^(?:@(?:modelcontextprotocol|playwright|anthropic-ai|upstash|github|notionhq|sentry|stripe|supabase|cloudflare|azure|microsoft|google|google-cloud|googleapis|aws|awslabs|figma|linear|browserbasehq|elastic|mongodb-js|heroku|vercel|netlify|shopify|atlassian|grafana|hashicorp|docker|redis|neondatabase|prisma|sanity|twilio-alpha|paypal|hubspot|mapbox|makenotion|brave|tavily-ai|sonarsource|circleci|buildkite|gitlab|postman|langchain|openai|wix|webflow|contentful|algolia|auth0|okta|datadog|launchdarkly|snyk|semgrep|jetbrains)\/|mcp-server-(?:git|fetch|sqlite|time|everything|memory|filesystem|github|postgres)(?:[@=]|$)|chrome-devtools-mcp(?:@|$)|awslabs\.|mcp\/|(?:ghcr\.io\/github|docker\.io\/mcp|mcr\.microsoft\.com|public\.ecr\.aws\/awslabs|hashicorp|grafana)\/)/i;

const runners =
  /^(?:.*\/)?(?:npx|bunx|pnpx|pnpm|yarn|npm|uvx|uv|pipx|docker|podman|deno|dnx|bun|go|cargo)(?:\.(?:cmd|exe))?$/;
const interpreters = /^(?:.*\/)?(?:node|python[\d.]*|ruby|tsx|ts-node|java|dotnet|php|perl)(?:\.exe)?$/;
const shells = /^(?:.*\/)?(?:ba|z|da|k)?sh$|^(?:cmd|powershell|pwsh)(?:\.exe)?$/i;

function origin(words: readonly string[]): ConfiguredServer['origin'] {
  const [first = '', ...rest] = words;
  const given = rest.filter((word) => !word.startsWith('-'));
  if (shells.test(first)) return 'unknown';
  if (runners.test(first)) {
    if (given.some((word) => publishers.test(word))) return 'known';
    if (/(?:^|\/)mcp-remote(?:@|$)/.test(given[0] ?? ''))
      return hostOrigin(given.find((word) => /^https?:/.test(word)) ?? '');
    if (/^(?:npm|pnpm|yarn|bun|uv|cargo|go|deno)$/.test(first) && /^(?:run|start|exec|task|dev)$/.test(given[0] ?? ''))
      return given.some((word) => /^https?:|^git\+|@latest$/.test(word)) ? 'unknown' : 'own';
    return 'unknown';
  }
  if (interpreters.test(first)) {
    if (rest.some((word) => /^(?:-e|-c|-p|--eval|-r)$/.test(word))) return 'unknown';
    return given[0] !== undefined && !/^https?:/.test(given[0]) ? 'own' : 'unknown';
  }
  return /^https?:/.test(first) || /^(?:\/tmp|\/var\/tmp|\/dev\/shm)\//.test(first) ? 'unknown' : 'own';
}

const knownHosts = new Set(knownSpellings.map((name) => name.replace(/[\s.-]/g, '').toLowerCase()));

/** Addresses of this machine, and of a vendor whose server is well known under the vendor's own domain. */
function hostOrigin(url: string): ConfiguredServer['origin'] {
  const host = URL.parse(url)?.hostname.toLowerCase() ?? '';
  if (/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|host\.docker\.internal)$/.test(host)) return 'own';
  if (!url.startsWith('https:')) return 'unknown';
  const owner = host.split('.').at(-2) ?? '';
  if (/^(?:githubcopilot|googleapis|atlassian|microsoft|azure|amazonaws|anthropic|openai|cloudflare)$/.test(owner))
    return 'known';
  return /^(?:mcp|api|app|server|sse|docs|www)\.[\w-]+\.(?:com|dev|io|app|so|ai|org|net)$/.test(host) &&
    knownHosts.has(owner.replace(/-/g, ''))
    ? 'known'
    : 'unknown';
}

/** A list of tools as a server declares it: the stretch of each description that speaks past the person. */
export function oddDescriptions(
  content: string,
): readonly { readonly start: number; readonly end: number; readonly hidden: boolean }[] {
  const looked = content.length > longest ? content.slice(0, longest) : content;
  if (!/"(?:inputSchema|input_schema|parameters|tools)"/.test(looked) || !looked.includes('"description"')) return [];
  const out: { start: number; end: number; hidden: boolean }[] = [];
  for (const match of looked.matchAll(/"description"\s{0,12}:\s{0,12}("(?:[^"\\]|\\.){20,8000}")/g)) {
    const [description = ''] = strings(match[1] ?? '');
    const facts = checkToolDescription({ server: '', name: 'tool', description }).filter(
      ({ what, weight }) => what !== 'long' && what !== 'encoded' && weight >= 55,
    );
    const [worst] = facts;
    if (worst === undefined) continue;
    const start = match.index;
    out.push({ start, end: start + match[0].length, hidden: facts.some(({ what }) => what === 'hidden-text') });
    if (out.length >= 5) break;
  }
  return out;
}
