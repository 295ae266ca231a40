import type { ResourceKind } from '../core/effect.ts';

/** What a file is to the programs that read it. */
export type FileSort =
  | 'agent-settings' // hooks, permissions, MCP servers
  | 'agent-text' // instructions, skills, commands
  | 'pipeline' // continuous integration
  | 'git-hook'
  | 'git-config'
  | 'package-manifest'
  | 'build' // build scripts and tool configuration that is code
  | 'container'
  | 'infrastructure'
  | 'start-up' // shell and interpreter start-up files
  | 'timer' // cron, systemd, launchd, autostart
  | 'editor'
  | 'script'
  | 'code'
  | 'config'
  | 'text'
  | 'other';

/** First that fits. Paths are absolute, or relative where the working directory is unknown. */
const sorts: readonly (readonly [FileSort, RegExp])[] = [
  [
    'agent-settings',
    /(?:^|\/)(?:\.(?:claude|cline|codex|gemini|cursor|windsurf|roo|kiro|amazonq|qwen|opencode|pi|continue|codeium|copilot|factory)\/(?:.*\/)?[^/]+\.(?:json[c5]?|toml|ya?ml)|\.openclaw\/openclaw\.json|\.claude\.json|\.?mcp\.json|managed-settings.*\.json|managed-mcp\.json|claude_desktop_config\.json|cline_mcp_settings\.json|mcp_config\.json|mcp_settings\.json|opencode\.jsonc?|\.aider\.conf\.yml)$/,
  ],
  ['git-hook', /(?:^|\/)(?:\.git\/hooks\/(?!.*\.sample$)|\.husky\/(?!_\/)|\.githooks\/)/],
  [
    'git-config',
    /(?:^|\/)(?:\.gitconfig|\.git\/config|\.config\/git\/config|\.gitattributes|\.git\/info\/attributes|\.gitmodules)$/,
  ],
  [
    'pipeline',
    /(?:^|\/)(?:\.github\/(?:workflows|actions)\/|action\.ya?ml$|\.gitlab-ci\.ya?ml$|\.gitlab\/ci\/|\.circleci\/|Jenkinsfile[^/]*$|azure-pipelines[^/]*\.ya?ml$|\.buildkite\/|\.drone\.ya?ml$|\.woodpecker[./]|bitbucket-pipelines\.ya?ml$|\.travis\.ya?ml$|appveyor\.ya?ml$|cloudbuild\.ya?ml$|buildspec\.ya?ml$|\.teamcity\/|\.forgejo\/workflows\/|\.gitea\/workflows\/|\.tekton\/|codemagic\.ya?ml$)/,
  ],
  [
    'editor',
    /(?:^|\/)(?:\.vscode\/(?:tasks|settings|launch|extensions)\.json|[^/]+\.code-workspace|\.idea\/(?:workspace|runConfigurations\/.*|externalTools|watcherTasks)\.?(?:xml)?|\.zed\/(?:tasks|settings)\.json|\.nvimrc|\.exrc|\.nvim\.lua|\.vimrc|\.dir-locals\.el|\.devcontainer\/.*|\.devcontainer\.json|devcontainer\.json|\.gitpod\.ya?ml|Code\/User\/(?:settings|tasks)\.json)$/,
  ],
  [
    'timer',
    /^\/(?:etc\/cron|var\/spool\/cron|etc\/anacrontab|etc\/systemd|lib\/systemd|usr\/lib\/systemd|etc\/init\.d|Library\/Launch)|\/\.config\/(?:systemd|autostart)\/|\/Library\/Launch(?:Agents|Daemons)\/|\.(?:service|timer)$|(?:^|\/)crontab$/,
  ],
  [
    'start-up',
    /(?:^|\/)(?:\.(?:bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|zshrc|zshenv|zprofile|zlogin|cshrc|tcshrc|kshrc|xprofile|xinitrc|pam_environment|envrc|pythonrc(?:\.py)?)|sitecustomize\.py|usercustomize\.py|config\.fish)$|site-packages\/[^/]+\.pth$|\/fish\/conf\.d\/|^\/etc\/(?:profile|bash\.bashrc|bashrc|zshrc|zshenv|environment|ld\.so\.preload)|^\/etc\/profile\.d\//,
  ],
  [
    'package-manifest',
    /(?:^|\/)(?:package\.json|composer\.json|pyproject\.toml|setup\.(?:py|cfg)|Pipfile|Cargo\.toml|build\.rs|Gemfile|[^/]+\.gemspec|\.npmrc|\.yarnrc(?:\.yml)?|pip\.conf|\.cargo\/config(?:\.toml)?|\.pnpmfile\.cjs|bunfig\.toml|deno\.jsonc?|pom\.xml|binding\.gyp|requirements[^/]*\.txt|go\.mod|nuget\.config|mix\.exs|pubspec\.yaml|Package\.swift)$/i,
  ],
  [
    'container',
    /(?:^|\/)(?:(?:Docker|Container)file[^/]*|[^/]+\.[Dd]ockerfile|(?:docker-)?compose[^/]*\.ya?ml|docker-bake\.hcl)$/,
  ],
  [
    'build',
    /(?:^|\/)(?:GNUmakefile|[Mm]akefile|[^/]+\.mk|CMakeLists\.txt|[^/]+\.cmake|Justfile|justfile|Taskfile\.ya?ml|Rakefile|Vagrantfile|build\.gradle(?:\.kts)?|settings\.gradle(?:\.kts)?|gradlew|mvnw|build\.sbt|BUILD(?:\.bazel)?|WORKSPACE|conftest\.py|noxfile\.py|tox\.ini|fabfile\.py|tasks\.py|SConstruct|meson\.build|build\.zig|mise\.toml|\.mise\.toml|\.tool-versions|Procfile|\.pre-commit-config\.ya?ml|lefthook\.ya?ml|\.lintstagedrc[^/]*|turbo\.json|nx\.json|(?:webpack|vite|vitest|rollup|jest|babel|eslint|prettier|postcss|tailwind|next|nuxt|svelte|astro|gulp|grunt|karma|metro|tsup|esbuild|playwright|cypress|commitlint|lint-staged|release)(?:\.[\w-]+)?\.(?:config|setup)\.[cm]?[jt]s|Gruntfile\.[jt]s|gulpfile\.[jt]s|\.eslintrc\.[cm]?js|\.prettierrc\.[cm]?js|\.babelrc\.js|\.mocharc\.[cm]?js)$/,
  ],
  [
    'infrastructure',
    /\.(?:tf|tfvars|tofu|hcl|bicep|cfn\.ya?ml)$|(?:^|\/)(?:k8s|kubernetes|manifests|helm|charts|deploy(?:ment)?s?|kustomiz\w+|cloudformation|iam|policies|terraform|infra(?:structure)?|ansible|playbooks?)\/(?:.*\/)?[^/]+\.(?:ya?ml|json)$|(?:^|\/)(?:template|serverless|sam|cdk|Chart|values|kustomization|playbook|cloudformation)[^/]*\.(?:ya?ml|json)$|(?:policy|iam|role|trust)[^/]*\.json$/i,
  ],
  ['script', /\.(?:sh|bash|zsh|fish|ksh|ps1|bat|cmd|command|tool)$/i],
  [
    'code',
    /\.(?:[cm]?[jt]sx?|py|pyw|rb|go|rs|java|kt|kts|scala|cs|fs|php|pl|pm|lua|swift|c|cc|cpp|h|hpp|m|mm|ex|exs|erl|clj|dart|vue|svelte|groovy|r|jl|zig|nim|ipynb)$/i,
  ],
  [
    'config',
    /\.(?:json[c5]?|ya?ml|toml|ini|conf|cfg|config|properties|xml|plist|env|cnf)$|(?:^|\/)(?:sshd?_config|nginx\.conf|sudoers|hosts|\.env[^/]*)$|(?:^|\/)\.ssh\/config$/i,
  ],
  [
    'text',
    /\.(?:md|mdx|mdc|markdown|rst|adoc|txt|html?|org|tex|textile)$|(?:^|\/)(?:README|CHANGELOG|LICENSE|NOTICE)[^/]*$/i,
  ],
];

/** A path, and whether it steers an agent, → what the file is. */
export function sortOf(name: string, kind: ResourceKind): FileSort {
  if (name.length > 4096) return 'other';
  const found = sorts.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other';
  if (kind !== 'agent-config') return found;
  return found === 'agent-settings' || found === 'script' || found === 'code' ? found : 'agent-text';
}

/** Sorts whose content is run by something later, and what is configured by writing it. */
export const runsLater: Readonly<Partial<Record<FileSort, ResourceKind>>> = {
  pipeline: 'repository',
  'git-hook': 'repository',
  build: 'package',
  container: 'container',
  'start-up': 'environment',
  timer: 'service',
  editor: 'environment',
};

/** Places where checks are switched off, keys made up and attacks described on purpose. */
export const madeUp =
  /(?:^|[/_.-])(?:tests?|specs?|fixtures?|mocks?|testdata|__tests__|__mocks__|e2e|stubs?|snapshots?|examples?|samples?|docs?|demo)(?:[/_.-]|$)|_test\.\w+$|^test_/i;
