import type { ResourceKind, Zone } from '../core/effect.ts';
import type { Place } from '../core/event.ts';
import { agentHome, hooksFile, managedFile, serversFile } from '../core/guardrails.ts';
import { unknownPart } from './arguments.ts';
import { namesProduction } from './hosts.ts';

/** A path as we speak of it: normal form, what it is, where it lies. */
export interface Located {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly zone: Zone;
  /** Some of the path is known only when it runs. */
  readonly dynamic: boolean;
  /** It names several things (`*.log`). */
  readonly bulk: boolean;
}

/**
 * Path as written → where it leads. Relative to `place.cwd`; `~` and `~user` opened; `..`, `//`, `/proc/self/root`
 * folded. Nothing is looked up on disk: a symbolic link is taken at its word.
 */
export function locate(path: string, place: Place, hint: ResourceKind = 'file'): Located {
  const dynamic = path.includes(unknownPart);
  const name = absolute(path, place);
  const shown = dynamic ? name.replaceAll(unknownPart, '…') : name;
  const bulk = /[*?[]/.test(path);
  const kind = kindOf(name, place, hint, path);
  return { kind, name: shown, zone: zoneOf(name, place), dynamic, bulk };
}

/** Absolute normal form; stays relative only where the working directory is unknown. */
export function absolute(path: string, place: Place): string {
  let text = path.startsWith('file://') ? path.slice(7) : path;
  if (text.startsWith('~')) text = openTilde(text, place.home);
  if (!text.startsWith('/') && !text.startsWith('~') && !text.startsWith(unknownPart)) {
    if (place.cwd === '') return fold(text);
    text = `${place.cwd}/${text}`;
  }
  let folded = fold(text);
  for (let i = 0; i < 4 && folded.startsWith('/proc/'); i++) {
    const inner = folded.replace(/^\/proc\/(?:self|thread-self|\d+|…)\/(?:root|cwd)(?=\/|$)/, '');
    if (inner === folded) break;
    folded = inner === '' ? '/' : inner;
  }
  return folded.startsWith('/private/tmp') || folded.startsWith('/private/var') ? folded.slice(8) : folded;
}

function openTilde(text: string, home: string): string {
  const slash = text.indexOf('/');
  const user = slash < 0 ? text.slice(1) : text.slice(1, slash);
  const rest = slash < 0 ? '' : text.slice(slash);
  if (home === '') return text;
  if (user === '' || user === home.slice(home.lastIndexOf('/') + 1)) return home + rest;
  if (user === 'root') return `/root${rest}`;
  if (user === '+' || user === '-') return rest === '' ? '.' : `.${rest}`;
  return `${home.slice(0, home.lastIndexOf('/'))}/${user}${rest}`;
}

function fold(path: string): string {
  if (!path.includes('//') && !path.includes('/.') && !path.startsWith('.') && !path.endsWith('/')) return path;
  const rooted = path.startsWith('/');
  const out: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && out.length > 0 && out.at(-1) !== '..') {
      if (out.at(-1)?.includes(unknownPart)) out.push(part);
      else out.pop();
    } else if (part !== '..' || !rooted) out.push(part);
  }
  const joined = out.join('/');
  if (rooted) return `/${joined}`;
  return joined === '' ? '.' : joined;
}

// ————— what it is

/** Everything below these folders is the agent's: settings, hooks, skills, and what it keeps between sessions. */
const agentFolder =
  /(?:^|\/)(?:\.claude|\.codex|\.gemini|\.cursor|\.warder|\.windsurf|\.cline|\.clinerules|\.continue|\.roo|\.kiro|\.amazonq|\.aider|\.goose|\.qwen|\.openclaw(?!\/workspace)|\.opencode|\.pi|\.factory|\.augment|\.junie|\.trae|\.agents|\.claude-plugin|\.config\/(?:opencode|warder|goose|github-copilot|amp|zed\/prompts)|\.github\/(?:copilot|prompts|chatmodes|instructions|agents)|\.codeium)(?:\/|$)/;
const agentFile =
  /(?:^|\/)(?:\.claude\.json|\.?mcp\.json|CLAUDE(?:\.local)?\.md|SKILL\.md|SOUL\.md|HEARTBEAT\.md|AGENTS?(?:\.override)?\.md|GEMINI\.md|QWEN\.md|\.cursorrules|\.cursorignore|\.windsurfrules|\.goosehints|\.roorules[^/]*|\.roomodes|\.rules|\.claudeignore|\.geminiignore|\.aiexclude|\.mcpb?\.config|\.github\/copilot-instructions\.md|copilot-setup-steps\.ya?ml|\.aider\.conf\.yml|opencode\.jsonc?|managed-settings(?:\.d)?(?:\.json|\/.*)?|managed-mcp\.json|claude_desktop_config\.json|cline_mcp_settings\.json|mcp_config\.json|mcp_settings\.json)$/i;
const agentRoot =
  /^(?:\/etc\/(?:claude-code|codex|warder|gemini-cli|opencode|qwen-code|factory|github-copilot|cursor|windsurf)|\/Library\/Application Support\/(?:ClaudeCode|GeminiCli|Warder|opencode))(?:\/|$)/;

/** True for what steers a coding agent: settings, hooks, MCP servers, instructions, all of its own folder, Warder's home. */
function isAgentConfig(name: string, place: Place): boolean {
  if (agentRoot.test(name) || agentFolder.test(name) || agentFile.test(name)) return true;
  if (hooksFile.test(name) || managedFile.test(name) || serversFile.test(name) || agentHome.test(name)) return true;
  const own = place.warderHome;
  return own !== undefined && own !== '' && own !== '/' && within(name, own);
}

function kindOf(name: string, place: Place, hint: ResourceKind, written: string): ResourceKind {
  if (isAgentConfig(name, place)) return 'agent-config';
  if (isDevice(name)) return 'device';
  if (hint !== 'file') return hint;
  if (written.endsWith('/') || name === '/' || name === '.' || name === '..') return 'directory';
  return name === place.cwd || name === place.home || name === place.root ? 'directory' : hint;
}

function isDevice(name: string): boolean {
  return (name.startsWith('/dev/') && !name.startsWith('/dev/shm')) || name.startsWith('/proc/sysrq-trigger');
}

/** `/dev/null` and kin: reading or writing them touches nothing. */
export function isNullDevice(name: string): boolean {
  return /^\/dev\/(?:null|stdin|stdout|stderr|tty|zero|full|u?random|fd(?:\/.*)?|pts\/.*)$/.test(name);
}

// ————— where it lies

const credentialName =
  /(?:^|\/)(?:\.ssh(?:$|\/(?!config$|known_hosts|.*\.pub$))|\.aws(?:$|\/(?:credentials|config|sso(?:\/.*)?|cli\/cache.*)?$)|\.azure(?:$|\/)|\.config\/gcloud(?:$|\/)|\.config\/gh\/hosts\.yml$|\.config\/hub$|\.config\/doctl(?:$|\/)|\.kube(?:$|\/config)|\.netrc$|_netrc$|\.npmrc$|\.yarnrc\.yml$|\.pypirc$|\.docker\/config\.json$|\.gnupg(?:$|\/)|\.password-store(?:$|\/)|\.git-credentials$|\.config\/git\/credentials$|\.pgpass$|\.my\.cnf$|\.mylogin\.cnf$|\.vault-token$|\.terraform\.d\/credentials|\.terraformrc$|\.cargo\/credentials|\.gem\/credentials$|\.composer\/auth\.json$|\.m2\/settings(?:-security)?\.xml$|\.gradle\/gradle\.properties$|\.htpasswd$|\.s3cfg$|\.boto$|\.databrickscfg$|\.snowsql\/config$|\.config\/op(?:$|\/)|\.claude\/\.credentials\.json$|\.codex\/auth\.json$|\.gemini\/oauth_creds\.json$|\.local\/share\/keyrings(?:$|\/)|\.mozilla\/firefox(?:$|\/)|Library\/Keychains(?:$|\/)|Library\/Cookies(?:$|\/)|\.config\/(?:rclone\/rclone\.conf|filezilla(?:$|\/)|sops(?:$|\/)|hcloud(?:$|\/)|remmina(?:$|\/)|KeePassXC(?:$|\/)|ngrok\/|heroku(?:$|\/)|configstore(?:$|\/))|\.remmina(?:$|\/)|\.local\/share\/(?:kwalletd|password-store|remmina)(?:$|\/)|\.subversion\/auth(?:$|\/)|\.fly\/config\.yml$|\.step(?:$|\/)|\.thunderbird(?:$|\/)|\.config\/(?:google-chrome|chromium|BraveSoftware|microsoft-edge)\/?$|\.electrum(?:$|\/)|\.bitcoin(?:$|\/)|\.ethereum(?:$|\/)|wallet\.dat$)/;
const credentialBase =
  /^(?:\.env(?:rc)?|\.env\.(?!example$|sample$|template$|dist$|defaults?$|test\.example$|schema$)[^/]*|[^/]+\.env|id_(?:rsa|dsa|ecdsa|ed25519)[^/]*(?<!\.pub)|[^/]*\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc\.key|agekey|keytab)|(?:service[-_]?account|credentials|client_secret|gcp-key|firebase-adminsdk)[^/]*\.json|secrets?\.(?:ya?ml|json|toml|env|txt)|credentials(?:\.(?:ya?ml|toml|ini|txt|xml|csv))?|logins\.json|key[34]\.db|master\.key|cookies\.sqlite|Login Data|passwords?\.(?:txt|csv|json|ya?ml)|known-secrets\.[a-z]+|[^/]*\.keychain(?:-db)?|ntds\.dit|terraform\.tfstate(?:\.backup)?)$/;
const credentialSystem =
  /^\/(?:etc\/(?:shadow|gshadow|shadow-|gshadow-|master\.passwd|security\/opasswd|krb5\.keytab|ssl\/private|ssh\/ssh_host_[^/]*key|kubernetes\/(?:admin\.conf|pki)|NetworkManager\/system-connections|ppp\/(?:chap|pap)-secrets|wpa_supplicant|ipsec\.secrets|wireguard(?:\/|$)|ldap\.secret|pam_ldap\.secret|samba\/(?:smbpasswd|private)|letsencrypt\/(?:live|archive|keys)(?:\/|$)|racoon\/psk|openvpn\/.*(?:\.key|auth)|rndc\.key|boto\.cfg|mysql\/debian\.cnf)|tmp\/krb5cc|var\/(?:lib\/(?:sss\/(?:db|secrets)|mysql\/mysql\/|samba\/private|gdm|AccountsService\/users)|db\/dslocal\/nodes\/Default\/users|spool\/cron\/\.)|proc\/(?:(?:self|thread-self|\d+|\*|…|[^/]*[\uE000[*][^/]*)\/(?:environ|mem)|kcore)|dev\/k?mem$|var\/run\/secrets|run\/secrets|var\/lib\/(?:docker\/secrets|kubelet\/pki)|private\/etc\/master\.passwd|root\/\.)/;
const browserStore =
  /(?:Chrome|Chromium|google-chrome|chromium|Brave-Browser|Microsoft Edge|microsoft-edge|Firefox|firefox).*\/(?:Cookies|Login Data(?: For Account)?|Web Data|Local State|logins\.json|key4\.db|cookies\.sqlite)$/;

/** True for where secrets are kept: key folders, token files, `.env`, key material, password stores, browser logins. */
function isCredentialStore(name: string): boolean {
  if (credentialName.test(name) || credentialSystem.test(name)) return true;
  const base = name.slice(name.lastIndexOf('/') + 1);
  if (!/[.]|^id_|secret|cred|Login|Cookies|Web Data|Local State/.test(base)) return false;
  if (credentialBase.test(base)) return !/(?:^|\/)(?:node_modules|site-packages|vendor)\//.test(name);
  return browserStore.test(name);
}

const tempRoot = /^\/(?:tmp|var\/tmp|var\/folders|dev\/shm)(?:\/|$)/;
const systemRoot =
  /^\/(?:etc|usr|bin|sbin|lib|lib32|lib64|libx32|boot|dev|proc|sys|root|var|opt|run|snap|nix|Library|System|Applications|Volumes|cores|private|srv|mnt|media|lost\+found|efi)?(?:\/|$)/;
const personal =
  /^(?:Desktop|Documents|Downloads|Library|Pictures|Music|Movies|Videos|Public|Applications|OneDrive|Dropbox|snap)$/;

function zoneOf(name: string, place: Place): Zone {
  if (isCredentialStore(name)) return 'credential-store';
  const root = place.root ?? place.cwd;
  if (isProjectRoot(root, place.home) && within(name, root)) return 'repository';
  if (name.startsWith('/')) return absoluteZone(name, root, place.home);
  if (name.startsWith('~')) return /^~[^/]+/.test(name) ? 'system' : homeZone(name.slice(2));
  if (name.includes(unknownPart)) return 'unknown';
  if (root !== '') return 'unknown';
  return name.startsWith('..') ? 'workspace' : 'repository';
}

function isProjectRoot(root: string, home: string): boolean {
  return root !== '' && root !== '/' && root !== home && !within(home, root) && root !== '/tmp';
}

function within(name: string, root: string): boolean {
  return root !== '' && name.startsWith(root) && (name.length === root.length || name[root.length] === '/');
}

function absoluteZone(name: string, root: string, home: string): Zone {
  if (tempRoot.test(name)) return 'temp';
  if (home !== '' && within(name, home)) return homeZone(name.slice(home.length + 1), root, home);
  const parent = root.slice(0, root.lastIndexOf('/'));
  if (parent.lastIndexOf('/') > 0 && parent !== home && within(name, parent) && !systemRoot.test(parent))
    return 'workspace';
  if (systemRoot.test(name) || name.startsWith('/**') || patternOfSystem(name)) return 'system';
  if (/^\/(?:home|Users)(?:\/|$)/.test(name))
    return home === '' && name.split('/').length > 3 ? homeZone(name.split('/').slice(3).join('/')) : 'system';
  return namesProduction(name) ? 'production' : 'unknown';
}

const systemFolders = 'bin boot dev etc home lib lib64 opt proc root sbin srv sys usr var'.split(' ');

/** `/e*c`, `/????`: a pattern at the very top that a folder of the system fits. */
function patternOfSystem(name: string): boolean {
  const top = /^\/([^/]*[*?[][^/]*)/.exec(name)?.[1];
  if (top === undefined || top.length > 32 || top.startsWith('**')) return false;
  const source = top
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  if (/\[(?![^\]]+\])/.test(source)) return false;
  const pattern = new RegExp(`^${source.replaceAll('[!', '[^')}$`);
  return systemFolders.some((folder) => pattern.test(folder));
}

/** Below the home: a named folder that holds something is taken for a project of the person. */
function homeZone(inside: string, root = '', home = ''): Zone {
  const [first = '', second] = inside.split('/');
  if (first === '' || first.startsWith('.') || personal.test(first)) return 'home';
  if (root !== '' && within(root, `${home}/${first}`)) return 'workspace';
  return second === undefined || second === '*' ? 'home' : 'workspace';
}
