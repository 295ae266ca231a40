import type { Flag, ResourceKind, Verb } from '../core/effect.ts';
import type { FileSort } from './file-sorts.ts';

/** What a stretch of added text does, by its form: where it counts, the effect, and how it is recognised. */
export interface FileRule {
  readonly id: string;
  /** Files it is looked for in; absent: wherever settings and code stand. */
  readonly in?: readonly FileSort[];
  readonly pattern: RegExp;
  readonly verb: Verb;
  readonly kind: ResourceKind;
  readonly flags: readonly Flag[];
  /** Counts in tests, examples and documents too. */
  readonly everywhere?: boolean;
}

const settings: readonly FileSort[] = ['agent-settings'];
const cloud: readonly FileSort[] = ['infrastructure', 'config', 'code', 'container'];

const weaken = (id: string, kind: ResourceKind, pattern: RegExp, where?: readonly FileSort[]): FileRule => ({
  id,
  kind,
  pattern,
  verb: 'configure',
  flags: ['weakens'],
  ...(where === undefined ? {} : { in: where }),
});
const grant = (id: string, kind: ResourceKind, pattern: RegExp, where?: readonly FileSort[]): FileRule => ({
  ...weaken(id, kind, pattern, where),
  verb: 'grant',
});
const later = (id: string, kind: ResourceKind, pattern: RegExp, where: readonly FileSort[]): FileRule => ({
  ...weaken(id, kind, pattern, where),
  flags: ['later-execution'],
  everywhere: true,
});

/** Guardrails: what an agent's settings take away, or let run. Sources: the agents' settings references. */
const agentRules: readonly FileRule[] = [
  {
    ...weaken(
      'agent-asks-nothing',
      'agent-config',
      /bypassPermissions|"?disableAllHooks"?\s*[:=]\s*true|skipDangerousModePermissionPrompt|dangerouslySkipPermissions|approval_policy\s*=\s*"never"|sandbox_mode\s*=\s*"danger-full-access"|"?(?:yolo|autoAccept|alwaysAllow(?:Execute|Write)\w*|autoApprovalEnabled)"?\s*[:=]\s*true|"approvalMode"\s*:\s*"yolo"|"sandbox"\s*:\s*(?:false|\{\s*"enabled"\s*:\s*false)|chat\.tools\.(?:auto|global\.auto)Approve"?\s*:\s*true|"defaultMode"\s*:\s*"(?:dontAsk|auto)"/,
      ['agent-settings', 'editor'],
    ),
    everywhere: true,
  },
  {
    ...weaken(
      'agent-allows-everything',
      'agent-config',
      /"(?:Bash|Shell|Edit|Write|WebFetch|mcp__\*)(?:\(\s*(?:\*{1,2}(?::\*)?|:\*)\s*\))?"(?!\s*:)|enableAllProjectMcpServers"?\s*:\s*true|"(?:autoApprove|alwaysAllow)"\s*:\s*\[\s*"|"trust"\s*:\s*true|"(?:run_shell_command|ShellTool)"/,
      settings,
    ),
    everywhere: true,
  },
  later(
    'agent-hook',
    'agent-config',
    /"(?:PreToolUse|PostToolUse|SessionStart|SessionEnd|UserPromptSubmit|Stop|SubagentStop|Notification|PreCompact|PermissionRequest|beforeShellExecution|afterFileEdit|beforeSubmitPrompt|statusLine|apiKeyHelper|awsAuthRefresh|awsCredentialExport|otelHeadersHelper|notify)"\s*:|^\s*notify\s*=\s*\[|^\[hooks/m,
    settings,
  ),
  later(
    'agent-server',
    'mcp-tool',
    /"(?:mcpServers|servers|context_servers)"\s*:|^\[mcp_servers|"command"\s*:\s*"|"url"\s*:\s*"https?:/m,
    settings,
  ),
  {
    ...weaken(
      'agent-traffic',
      'agent-config',
      /"?(?:ANTHROPIC|OPENAI|GOOGLE_GEMINI|GEMINI|CLAUDE_CODE|HTTPS?)_(?:BASE_URL|PROXY|API_BASE)"?\s*[:=]|openai_base_url|"NODE_TLS_REJECT_UNAUTHORIZED"\s*:/,
      settings,
    ),
    everywhere: true,
  },
];

/** Rights for everyone, doors to the world. Sources: IAM, Kubernetes RBAC and Terraform provider references. */
const cloudRules: readonly FileRule[] = [
  grant(
    'every-action',
    'cloud-resource',
    /"?(?:Action|actions|NotAction)"?\s*[:=]\s*\[?\s*["']\*(?::\*)?["']|^\s*-?\s*(?:Action|actions)\s*:\s*(?:\n\s*-\s*)?["']?\*["']?\s*$/m,
    cloud,
  ),
  grant(
    'anyone',
    'cloud-resource',
    /"?Principal"?\s*[:=]\s*(?:\{\s*"?AWS"?\s*[:=]\s*\[?\s*)?["']\*["']|\ballUsers\b|\ballAuthenticatedUsers\b|system:(?:anonymous|unauthenticated)/,
    cloud,
  ),
  grant(
    'all-rights',
    'cloud-resource',
    /AdministratorAccess|IAMFullAccess|roles\/(?:owner|editor)\b|\bcluster-admin\b|verbs\s*:\s*\[?\s*["']\*["']|role_definition_name\s*=\s*"(?:Owner|Contributor|User Access Administrator)"/,
    cloud,
  ),
  weaken(
    'open-to-the-world',
    'cloud-resource',
    /["']?(?:cidr_blocks|CidrIp|source_ranges|cidr_ipv4|source_address_prefix|ipv6_cidr_blocks|CidrIpv6|authorized_networks|loadBalancerSourceRanges)["']?\s*[:=]\s*\[?\s*["'](?:0\.0\.0\.0\/0|::\/0|\*)["']/,
    cloud,
  ),
  weaken(
    'public-data',
    'cloud-resource',
    /acl\s*=\s*"public-read(?:-write)?"|PublicAccessBlock\w*\s*[:=]\s*false|block_public_(?:acls|policy)\s*=\s*false|restrict_public_buckets\s*=\s*false|ignore_public_acls\s*=\s*false|publicly_accessible\s*[:=]\s*true|PubliclyAccessible["']?\s*:\s*true|public_network_access_enabled\s*=\s*true|allow_blob_public_access\s*=\s*true/i,
    cloud,
  ),
  weaken(
    'unguarded-data',
    'cloud-resource',
    /deletion_protection\w*\s*[:=]\s*false|DeletionProtection["']?\s*:\s*false|prevent_destroy\s*=\s*false|force_destroy\s*=\s*true|skip_final_snapshot\s*=\s*true|backup_retention_period\s*=\s*0\b|(?:storage_)?encrypted\s*=\s*false|enable_log_file_validation\s*=\s*false|enable_logging\s*=\s*false|is_multi_region_trail\s*=\s*false/,
    cloud,
  ),
  {
    ...grant(
      'host-rights',
      'container',
      /privileged\s*:\s*true|\bhost(?:Network|PID|IPC)\s*:\s*true|(?:network_mode|pid|ipc|userns_mode)\s*:\s*["']?host|docker\.sock|allowPrivilegeEscalation\s*:\s*true|(?:cap_add|add)\s*:\s*\[?\s*(?:\n\s*-\s*)?["']?(?:ALL|SYS_ADMIN|SYS_PTRACE|NET_ADMIN|SYS_MODULE)|(?:seccomp|apparmor)[:=]unconfined|hostPath\s*:\s*\n?\s*(?:path\s*:\s*)?["']?\/(?:etc|root|var\/run|proc|sys)?\/?["']?\s*$|^\s*-\s*["']?\/:\//m,
      ['container', 'infrastructure', 'config', 'editor', 'pipeline'],
    ),
    flags: ['privileged'],
  },
];

/** Pipelines that hand their rights or secrets to strangers. Source: GitHub, "Security hardening for GitHub Actions". */
const pipelineRules: readonly FileRule[] = [
  grant(
    'pipeline-rights',
    'repository',
    /permissions\s*:\s*write-all|^\s*id-token\s*:\s*write|ACTIONS_ALLOW_UNSECURE_COMMANDS\s*:\s*true|persist-credentials\s*:\s*true/m,
    ['pipeline'],
  ),
  weaken(
    'pipeline-strangers',
    'repository',
    /pull_request_target|workflow_run\s*:|\$\{\{\s*github\.(?:event\.(?:issue|pull_request|comment|review|review_comment|discussion|head_commit|pages|commits)[\w.[\]*]*\.(?:title|body|message|name|email|ref|label|login|default_branch)|head_ref)\s*\}\}/,
    ['pipeline'],
  ),
  {
    ...weaken(
      'pipeline-secrets',
      'secret',
      /toJSON\(\s*secrets\s*\)|\bprintenv\b|\benv\s*\|\s*(?:base64|curl|sort|tee)|\$\{\{\s*secrets\.[^}]+\}\}[^\n]{0,80}\|\s*base64/i,
      ['pipeline'],
    ),
    verb: 'read',
    flags: ['later-execution', 'bulk'],
  },
];

/** Code and settings that stop checking. Weak evidence: tests and local tools do so for good reasons. */
const checkRules: readonly FileRule[] = [
  weaken(
    'certificates',
    'file',
    /\bverify\s*=\s*False\b|rejectUnauthorized["']?\s*:\s*false|InsecureSkipVerify\s*:\s*true|NODE_TLS_REJECT_UNAUTHORIZED["'\]]*\s*[:=]\s*["']?0|CURLOPT_SSL_VERIFY(?:PEER|HOST)\s*,\s*(?:false|0)|ssl\._create_unverified_context|check_hostname\s*=\s*False|CERT_NONE|VERIFY_NONE|danger_accept_invalid_certs\(\s*true|ServerCertificateCustomValidationCallback\s*=[^\n]{0,60}true|TrustAllCerts|ALLOW_ALL_HOSTNAME|NoopHostnameVerifier|sslmode\s*=\s*["']?disable|strict-ssl\s*=\s*false|http\.sslVerify\s*=?\s*false|--insecure\b|trusted-host\s*=/i,
  ),
  weaken(
    'signatures',
    'file',
    /["']?verify_signature["']?\s*:\s*False|algorithms?["']?\s*[:=]\s*\[?\s*["']none["']|jwt\.decode\([^)\n]{0,120}verify\s*=\s*False|ignoreExpiration["']?\s*:\s*true|gpgcheck\s*=\s*0|GONOSUMCHECK|GONOSUMDB\s*=\s*\*|GOFLAGS=-insecure/i,
  ),
  weaken(
    'request-checks',
    'file',
    /csrf\(\)?\s*\.?\s*disable|csrf\s*->\s*csrf\.disable|@csrf_exempt|WTF_CSRF_ENABLED["'\]]*\s*=\s*False|skip_before_action\s+:(?:verify_authenticity_token|authenticate\w*)|protect_from_forgery\s+with:\s*:null|anyRequest\(\)\s*\.permitAll|@PermitAll|\[AllowAnonymous\]|helmet[^\n]{0,40}contentSecurityPolicy\s*:\s*false/,
  ),
  weaken(
    'every-origin',
    'file',
    /Access-Control-Allow-Origin["']?\s*[,:=]\s*["']\*["'][\s\S]{0,200}Allow-Credentials["']?\s*[,:=]\s*["']?true|allow_origins\s*=\s*\[\s*["']\*["']\s*\][\s\S]{0,120}allow_credentials\s*=\s*True|origin["']?\s*:\s*(?:true|["']\*["'])[\s\S]{0,80}credentials["']?\s*:\s*true|supports_credentials\s*=\s*True[\s\S]{0,80}["']\*["']/,
  ),
  weaken(
    'way-past-sign-in',
    'file',
    /\bif\s*\(?\s*(?:password|passwd|pwd|token|user(?:name)?|req(?:uest)?\.\w+(?:\.\w+|\[["'][\w-]+["']\])?)\s*={2,3}\s*["'][^"'\n]{4,64}["']\s*\)?\s*:?\s*\{?\s*\n?\s*(?:return\s+(?:true|True|user|next)|is_?admin\s*=)|(?:is_?admin|isAuthenticated|authenticated|is_superuser)\s*=\s*(?:true|True)\s*;?\s*(?:\/\/|#)\s*(?:bypass|temp|hack|todo|backdoor)|return\s+(?:true|True)\s*;?\s*(?:\/\/|#)\s*(?:skip|bypass|disable)[^\n]{0,30}(?:auth|check|valid|permission)/i,
    ['code'],
  ),
  weaken(
    'remote-sign-in',
    'host',
    /^\s*(?:PermitRootLogin\s+yes|PasswordAuthentication\s+yes|PermitEmptyPasswords\s+yes|StrictHostKeyChecking\s+(?:no|off)|UserKnownHostsFile\s+\/dev\/null)/im,
    ['config', 'other', 'start-up', 'infrastructure'],
  ),
  grant('root-without-asking', 'user', /NOPASSWD\s*:\s*ALL|ALL\s*=\s*\(ALL(?::ALL)?\)\s*(?:NOPASSWD:)?\s*ALL/, [
    'config',
    'other',
    'infrastructure',
    'container',
  ]),
];

/** What runs by itself once the file is there. Sources: npm, git, VS Code, dev container and interpreter manuals. */
const laterRules: readonly FileRule[] = [
  later(
    'install-script',
    'package',
    /["'](?:pre|post)?(?:install|prepare|prepublish(?:Only)?|prepack|postpack|uninstall|pre-?update-cmd|post-(?:install|update|autoload-dump)-cmd)["']\s*:/,
    ['package-manifest'],
  ),
  later(
    'install-code',
    'package',
    /\bcmdclass\s*=|setuptools\.command|class\s+\w+\(\s*(?:install|develop|build_py|egg_info|build_ext)\s*\)|std::process::Command|Command::new\(|extensions?\s+['"]|^\s*(?:build-backend|backend-path)\s*=|"install"\s*:\s*"node-gyp|<!@?\(/m,
    ['package-manifest'],
  ),
  later(
    'package-source',
    'package',
    /^\s*(?:@[\w-]+:)?(?:registry|index-url|extra-index-url|npmRegistryServer|yarnPath|script-shell|plugins|rustc-wrapper|runner|linker|node-options|git-fetch-with-cli)\s*[=:]|^\s*replace-with\s*=|^--(?:extra-)?index-url/m,
    ['package-manifest'],
  ),
  later(
    'git-program',
    'repository',
    /^\s*(?:sshCommand|hooksPath|fsmonitor|pager|editor|askPass|external|textconv|clean|smudge|process|driver|helper|gpg\s*\]|program|insteadOf|pushInsteadOf|update)\s*=|=\s*!\s*\S|\bfilter=\S+|\bmerge=\S+|\bdiff=\S+/m,
    ['git-config'],
  ),
  later(
    'editor-task',
    'environment',
    /"runOn"\s*:\s*"folderOpen"|"(?:task\.allowAutomaticTasks)"\s*:\s*"on"|terminal\.integrated\.(?:automationProfile|profiles|env|shellIntegration|shell)|"(?:git\.path|python\.(?:defaultInterpreterPath|pythonPath)|eslint\.(?:nodePath|runtime)|go\.(?:alternateTools|toolsEnvVars)|typescript\.(?:tsdk|npm)|rust-analyzer\.(?:server\.path|check\.overrideCommand|cargo\.buildScripts)[^"]*|php\.validate\.executablePath|npm\.(?:binPath|scriptExplorerAction))"\s*:/,
    ['editor'],
  ),
  later(
    'container-start',
    'environment',
    /"(?:initialize|onCreate|updateContent|postCreate|postStart|postAttach)Command"\s*:/,
    ['editor'],
  ),
  weaken(
    'trusted-workspace',
    'environment',
    /security\.workspace\.trust\.(?:enabled|untrustedFiles)"\s*:\s*(?:false|"open")|"extensions\.(?:autoUpdate|ignoreRecommendations)"/,
    ['editor'],
  ),
  later(
    'loaded-first',
    'environment',
    /\b(?:LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES|BASH_ENV|PROMPT_COMMAND|PYTHONSTARTUP|PERL5OPT|RUBYOPT|JAVA_TOOL_OPTIONS|GIT_SSH_COMMAND|GIT_EXTERNAL_DIFF|NODE_OPTIONS)["']?\s*[:=][^\n]*(?:\/|require|import|javaagent|-M|-r)/,
    ['start-up', 'config', 'timer', 'container', 'pipeline', 'agent-settings', 'editor', 'script'],
  ),
  later('imports-at-start', 'environment', /^import\s+\S/m, ['start-up']),
];

export const fileRules: readonly FileRule[] = [
  ...agentRules,
  ...cloudRules,
  ...pipelineRules,
  ...checkRules,
  ...laterRules,
];

/** Checks whose loss is worth a word: what a removed line held. */
export const guardLines: readonly (readonly [sorts: readonly FileSort[], kind: ResourceKind, pattern: RegExp])[] = [
  [
    settings,
    'agent-config',
    /"deny"\s*:|"(?:Pre|Post)ToolUse"|"ask"\s*:|disableBypassPermissionsMode|warder|"sandbox"|approval_policy|sandbox_mode/i,
  ],
  [
    ['code'],
    'file',
    /@login_required|@permission_required|@PreAuthorize|@RolesAllowed|\[Authorize\b|\bauthenticate_user!|\b(?:require|ensure|verify|check)_?(?:auth|authentication|authorization|admin|permission|csrf|signature|token)\w*\s*[(,)]|\bcsrf_protect\b|\bisAuthorized\(|\bhasPermission\(/i,
  ],
];
