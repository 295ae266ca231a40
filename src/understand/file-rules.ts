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
  /** Text around a match, 600 characters before and 200 after, in which it is ordinary. */
  readonly spared?: RegExp;
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
      /bypassPermissions|"?disableAllHooks"?\s{0,12}[:=]\s{0,12}true|skipDangerousModePermissionPrompt|dangerouslySkipPermissions|approval_policy\s{0,12}=\s{0,12}"never"|sandbox_mode\s{0,12}=\s{0,12}"danger-full-access"|"?(?:yolo|autoAccept|alwaysAllow(?:Execute|Write)\w{0,20}|autoApprovalEnabled)"?\s{0,12}[:=]\s{0,12}true|"approvalMode"\s{0,12}:\s{0,12}"yolo"|"sandbox"\s{0,12}:\s{0,12}(?:false|\{\s{0,12}"enabled"\s{0,12}:\s{0,12}false)|chat\.tools\.(?:auto|global\.auto)Approve"?\s{0,12}:\s{0,12}true|"defaultMode"\s{0,12}:\s{0,12}"(?:dontAsk|auto)"/,
      ['agent-settings', 'editor'],
    ),
    everywhere: true,
  },
  {
    ...weaken(
      'agent-allows-everything',
      'agent-config',
      /"(?:Bash|Shell|Edit|Write|WebFetch|mcp__\*)(?:\(\s{0,12}(?:\*{1,2}(?::\*)?|:\*)\s{0,12}\))?"(?!\s{0,12}:)|enableAllProjectMcpServers"?\s{0,12}:\s{0,12}true|"(?:autoApprove|alwaysAllow)"\s{0,12}:\s{0,12}\[\s{0,12}"|"trust"\s{0,12}:\s{0,12}true|"(?:run_shell_command|ShellTool)"/,
      settings,
    ),
    everywhere: true,
  },
  later(
    'agent-hook',
    'agent-config',
    /"(?:PreToolUse|PostToolUse|SessionStart|SessionEnd|UserPromptSubmit|Stop|SubagentStop|Notification|PreCompact|PermissionRequest|beforeShellExecution|afterFileEdit|beforeSubmitPrompt|statusLine|apiKeyHelper|awsAuthRefresh|awsCredentialExport|otelHeadersHelper|notify)"\s{0,12}:|^[ \t]{0,60}notify\s{0,12}=\s{0,12}\[|^\[hooks/m,
    settings,
  ),
  later(
    'agent-server',
    'mcp-tool',
    /"(?:mcpServers|servers|context_servers)"\s{0,12}:|^\[mcp_servers|"command"\s{0,12}:\s{0,12}"|"url"\s{0,12}:\s{0,12}"https?:/m,
    settings,
  ),
  {
    ...weaken(
      'agent-traffic',
      'agent-config',
      /"?(?:ANTHROPIC|OPENAI|GOOGLE_GEMINI|GEMINI|CLAUDE_CODE|HTTPS?)_(?:BASE_URL|PROXY|API_BASE)"?\s{0,12}[:=]|openai_base_url|"NODE_TLS_REJECT_UNAUTHORIZED"\s{0,12}:/,
      settings,
    ),
    everywhere: true,
  },
];

const publicOrOutward =
  /(?:\begress\b|["']?type["']?\s{0,12}[:=]\s{0,12}["']egress)(?:(?!\bingress\b)[^\u0000]){0,600}$|\b(?:from_port|FromPort|port|destination_port_range)["']?\s{0,12}[:=]\s{0,12}["']?(?:443|80)\b(?:(?!\bingress\b|\bresource\b)[^\u0000]){0,600}$/;

/** Rights for everyone, doors to the world. Sources: IAM, Kubernetes RBAC and Terraform provider references. */
const cloudRules: readonly FileRule[] = [
  grant(
    'every-action',
    'cloud-resource',
    /"?(?:Action|actions|NotAction)"?\s{0,12}[:=]\s{0,12}\[?\s{0,12}["']\*(?::\*)?["']|^[ \t]{0,60}-?[ \t]{0,12}(?:Action|actions)\s{0,12}:\s{0,12}(?:\n[ \t]{0,40}-[ \t]{0,12})?["']?\*["']?\s{0,12}$/m,
    cloud,
  ),
  grant(
    'anyone',
    'cloud-resource',
    /"?Principal"?\s{0,12}[:=]\s{0,12}(?:\{\s{0,12}"?AWS"?\s{0,12}[:=]\s{0,12}\[?\s{0,12})?["']\*["']|\ballUsers\b|\ballAuthenticatedUsers\b|system:(?:anonymous|unauthenticated)/,
    cloud,
  ),
  grant(
    'all-rights',
    'cloud-resource',
    /AdministratorAccess|IAMFullAccess|roles\/(?:owner|editor)\b|\bcluster-admin\b|verbs\s{0,12}:\s{0,12}\[?\s{0,12}["']\*["']|role_definition_name\s{0,12}=\s{0,12}"(?:Owner|Contributor|User Access Administrator)"/,
    cloud,
  ),
  {
    ...weaken(
      'open-to-the-world',
      'cloud-resource',
      /["']?(?:cidr_blocks|CidrIp|source_ranges|cidr_ipv4|source_address_prefix|ipv6_cidr_blocks|CidrIpv6|authorized_networks|loadBalancerSourceRanges)["']?\s{0,12}[:=]\s{0,12}\[?\s{0,12}["'](?:0\.0\.0\.0\/0|::\/0|\*)["']/,
      cloud,
    ),
    // Traffic out, and the ports of a public web site.
    spared: publicOrOutward,
  },
  weaken(
    'public-data',
    'cloud-resource',
    /acl\s{0,12}=\s{0,12}"public-read(?:-write)?"|PublicAccessBlock\w{0,40}\s{0,12}[:=]\s{0,12}false|block_public_(?:acls|policy)\s{0,12}=\s{0,12}false|restrict_public_buckets\s{0,12}=\s{0,12}false|ignore_public_acls\s{0,12}=\s{0,12}false|publicly_accessible\s{0,12}[:=]\s{0,12}true|PubliclyAccessible["']?\s{0,12}:\s{0,12}true|public_network_access_enabled\s{0,12}=\s{0,12}true|allow_blob_public_access\s{0,12}=\s{0,12}true/i,
    cloud,
  ),
  weaken(
    'unguarded-data',
    'cloud-resource',
    /deletion_protection\w{0,40}\s{0,12}[:=]\s{0,12}false|DeletionProtection["']?\s{0,12}:\s{0,12}false|prevent_destroy\s{0,12}=\s{0,12}false|force_destroy\s{0,12}=\s{0,12}true|skip_final_snapshot\s{0,12}=\s{0,12}true|backup_retention_period\s{0,12}=\s{0,12}0\b|(?:storage_)?encrypted\s{0,12}=\s{0,12}false|enable_log_file_validation\s{0,12}=\s{0,12}false|enable_logging\s{0,12}=\s{0,12}false|is_multi_region_trail\s{0,12}=\s{0,12}false/,
    cloud,
  ),
  {
    ...grant(
      'host-rights',
      'container',
      /privileged\s{0,12}:\s{0,12}true|\bhost(?:Network|PID|IPC)\s{0,12}:\s{0,12}true|(?:network_mode|pid|ipc|userns_mode)\s{0,12}:\s{0,12}["']?host|docker\.sock|allowPrivilegeEscalation\s{0,12}:\s{0,12}true|(?:cap_add|add)\s{0,12}:\s{0,12}\[?\s{0,12}(?:\n[ \t]{0,40}-[ \t]{0,12})?["']?(?:ALL|SYS_ADMIN|SYS_PTRACE|NET_ADMIN|SYS_MODULE)|(?:seccomp|apparmor)[:=]unconfined|hostPath\s{0,12}:\s{0,12}\n?\s{0,12}(?:path\s{0,12}:\s{0,12})?["']?\/(?:etc|root|var\/run|proc|sys)?\/?["']?\s{0,12}$|^[ \t]{0,60}-[ \t]{0,12}["']?\/:\//m,
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
    /permissions\s{0,12}:\s{0,12}write-all|ACTIONS_ALLOW_UNSECURE_COMMANDS\s{0,12}:\s{0,12}true|persist-credentials\s{0,12}:\s{0,12}true/m,
    ['pipeline'],
  ),
  weaken(
    'pipeline-strangers',
    'repository',
    /pull_request_target|workflow_run\s{0,12}:|\$\{\{\s{0,12}github\.(?:event\.(?:issue|pull_request|comment|review|review_comment|discussion|head_commit|pages|commits)[\w.[\]*]{0,80}\.(?:title|body|message|name|email|ref|label|login|default_branch)|head_ref)\s{0,12}\}\}/,
    ['pipeline'],
  ),
  {
    ...weaken(
      'pipeline-secrets',
      'secret',
      /toJSON\(\s{0,12}secrets\s{0,12}\)|\bprintenv\b|\benv\s{0,12}\|\s{0,12}(?:base64|curl|sort|tee)|\$\{\{\s{0,12}secrets\.[^}]{1,80}\}\}[^\n]{0,80}\|\s{0,12}base64/i,
      ['pipeline'],
    ),
    verb: 'read',
    flags: ['later-execution', 'bulk'],
  },
];

/** Code and settings that stop checking. Weak evidence: tests and local tools do so for good reasons. */
const checkRules: readonly FileRule[] = [
  {
    ...weaken(
      'certificates',
      'file',
      /\bverify\s{0,12}=\s{0,12}False\b|rejectUnauthorized["']?\s{0,12}:\s{0,12}false|InsecureSkipVerify\s{0,12}:\s{0,12}true|NODE_TLS_REJECT_UNAUTHORIZED["'\]]*\s{0,12}[:=]\s{0,12}["']?0|CURLOPT_SSL_VERIFY(?:PEER|HOST)\s{0,12},\s{0,12}(?:false|0)|ssl\._create_unverified_context|check_hostname\s{0,12}=\s{0,12}False|(?:verify_mode|cert_reqs)\s{0,12}=\s{0,12}[\w.]{0,40}CERT_NONE|verify_mode\s{0,12}=\s{0,12}[\w:]{0,60}VERIFY_NONE|danger_accept_invalid_certs\(\s{0,12}true|ServerCertificateCustomValidationCallback\s{0,12}=[^\n]{0,60}true|TrustAllCerts|ALLOW_ALL_HOSTNAME|NoopHostnameVerifier/i,
    ),
    flags: ['weakens', 'forced'],
  },
  weaken(
    'certificates-of-tools',
    'file',
    /sslmode\s{0,12}=\s{0,12}["']?disable|strict-ssl\s{0,12}=\s{0,12}false|http\.sslVerify\s{0,12}=?\s{0,12}false|--insecure\b|trusted-host\s{0,12}=/i,
  ),
  {
    ...weaken(
      'signatures',
      'file',
      /["']?verify_signature["']?\s{0,12}:\s{0,12}False|algorithms?["']?\s{0,12}[:=]\s{0,12}\[?\s{0,12}["']none["']|jwt\.decode\([^)\n]{0,120}verify\s{0,12}=\s{0,12}False|ignoreExpiration["']?\s{0,12}:\s{0,12}true|gpgcheck\s{0,12}=\s{0,12}0|GONOSUMCHECK|GONOSUMDB\s{0,12}=\s{0,12}\*|GOFLAGS=-insecure/i,
    ),
    flags: ['weakens', 'forced'],
  },
  weaken(
    'request-checks',
    'file',
    /csrf\(\)?\s{0,12}\.?\s{0,12}disable|csrf\s{0,12}->\s{0,12}csrf\.disable|@csrf_exempt|WTF_CSRF_ENABLED["'\]]*\s{0,12}=\s{0,12}False|skip_before_action\s+:(?:verify_authenticity_token|authenticate\w{0,40})|protect_from_forgery\s+with:\s{0,12}:null|anyRequest\(\)\s{0,12}\.permitAll|@PermitAll|\[AllowAnonymous\]|helmet[^\n]{0,40}contentSecurityPolicy\s{0,12}:\s{0,12}false/,
  ),
  weaken(
    'every-origin',
    'file',
    /Access-Control-Allow-Origin["']?\s{0,12}[,:=]\s{0,12}["']\*["'][\s\S]{0,200}Allow-Credentials["']?\s{0,12}[,:=]\s{0,12}["']?true|allow_origins\s{0,12}=\s{0,12}\[\s{0,12}["']\*["']\s{0,12}\][\s\S]{0,120}allow_credentials\s{0,12}=\s{0,12}True|origin["']?\s{0,12}:\s{0,12}(?:true|["']\*["'])[\s\S]{0,80}credentials["']?\s{0,12}:\s{0,12}true|supports_credentials\s{0,12}=\s{0,12}True[\s\S]{0,80}["']\*["']/,
  ),
  {
    ...weaken(
      'way-past-sign-in',
      'file',
      /\bif\s{0,12}\(?\s{0,12}(?:password|passwd|pwd|token|user(?:name)?|req(?:uest)?\.\w{1,40}(?:\.\w{1,40}|\[["'][\w-]{1,40}["']\])?)\s{0,12}={2,3}\s{0,12}["'][^"'\n]{4,64}["']\s{0,12}\)?\s{0,12}:?\s{0,12}\{?\s{0,12}\n?\s{0,12}(?:return\s+(?:true|True|user|next)|is_?admin\s{0,12}=)|(?:is_?admin|isAuthenticated|authenticated|is_superuser)\s{0,12}=\s{0,12}(?:true|True)\s{0,12};?\s{0,12}(?:\/\/|#)\s{0,12}(?:bypass|temp|hack|todo|backdoor)|return\s+(?:true|True)\s{0,12};?\s{0,12}(?:\/\/|#)\s{0,12}(?:skip|bypass|disable)[^\n]{0,30}(?:auth|check|valid|permission)/i,
      ['code'],
    ),
    flags: ['weakens', 'forced'],
  },
  weaken(
    'remote-sign-in',
    'host',
    /^[ \t]{0,60}(?:PermitRootLogin\s+yes|PasswordAuthentication\s+yes|PermitEmptyPasswords\s+yes|StrictHostKeyChecking\s+(?:no|off)|UserKnownHostsFile\s+\/dev\/null)/im,
    ['config', 'other', 'start-up', 'infrastructure'],
  ),
  grant(
    'root-without-asking',
    'user',
    /NOPASSWD\s{0,12}:\s{0,12}ALL|ALL\s{0,12}=\s{0,12}\(ALL(?::ALL)?\)\s{0,12}(?:NOPASSWD:)?\s{0,12}ALL/,
    ['config', 'other', 'infrastructure', 'container'],
  ),
];

/** What runs by itself once the file is there. Sources: npm, git, VS Code, dev container and interpreter manuals. */
const laterRules: readonly FileRule[] = [
  later(
    'install-script',
    'package',
    /["'](?:pre|post)?(?:install|prepare|prepublish(?:Only)?|prepack|postpack|uninstall|pre-?update-cmd|post-(?:install|update|autoload-dump)-cmd)["']\s{0,12}:/,
    ['package-manifest'],
  ),
  later(
    'install-code',
    'package',
    /\bcmdclass\s{0,12}=|setuptools\.command|class\s{1,4}\w{1,60}\(\s{0,12}(?:install|develop|build_py|egg_info|build_ext)\s{0,12}\)|std::process::Command|Command::new\(|extensions?\s+['"]|^[ \t]{0,60}(?:build-backend|backend-path)\s{0,12}=|"install"\s{0,12}:\s{0,12}"node-gyp|<!@?\(/m,
    ['package-manifest'],
  ),
  later(
    'package-source',
    'package',
    /^[ \t]{0,60}(?:@[\w-]{1,60}:)?(?:(?:registry|index-url|npmRegistryServer)(?!\s{0,12}[=:]\s{0,12}["']?https:\/\/(?:registry\.(?:npmjs\.org|yarnpkg\.com)|npm\.pkg\.github\.com|pypi\.org|gitlab\.com|[\w.-]{1,60}\.(?:pkg\.dev|jfrog\.io|amazonaws\.com|dev\.azure\.com|visualstudio\.com))\b)|extra-index-url|yarnPath|script-shell|plugins|rustc-wrapper|runner|linker|node-options|git-fetch-with-cli)\s{0,12}[=:]|^[ \t]{0,60}replace-with\s{0,12}=|^--(?:extra-)?index-url/m,
    ['package-manifest'],
  ),
  later(
    'git-program',
    'repository',
    /^[ \t]{0,60}(?:sshCommand|hooksPath|fsmonitor|pager|editor|askPass|external|textconv|clean|smudge|process|driver|helper|gpg\s{0,12}\]|program|insteadOf|pushInsteadOf|update)\s{0,12}=|=\s{0,12}!\s{0,12}\S|\bfilter=\S+|\bmerge=\S+|\bdiff=\S+/m,
    ['git-config'],
  ),
  later(
    'editor-task',
    'environment',
    /"runOn"\s{0,12}:\s{0,12}"folderOpen"|"(?:task\.allowAutomaticTasks)"\s{0,12}:\s{0,12}"on"|terminal\.integrated\.(?:automationProfile|profiles|env|shellIntegration|shell)|"(?:git\.path|python\.(?:defaultInterpreterPath|pythonPath)|eslint\.(?:nodePath|runtime)|go\.(?:alternateTools|toolsEnvVars)|typescript\.(?:tsdk|npm)|rust-analyzer\.(?:server\.path|check\.overrideCommand|cargo\.buildScripts)[^"]*|php\.validate\.executablePath|npm\.(?:binPath|scriptExplorerAction))"\s{0,12}:/,
    ['editor'],
  ),
  later(
    'container-start',
    'environment',
    /"(?:initialize|onCreate|updateContent|postCreate|postStart|postAttach)Command"\s{0,12}:/,
    ['editor'],
  ),
  weaken(
    'trusted-workspace',
    'environment',
    /security\.workspace\.trust\.(?:enabled|untrustedFiles)"\s{0,12}:\s{0,12}(?:false|"open")|"extensions\.(?:autoUpdate|ignoreRecommendations)"/,
    ['editor'],
  ),
  later(
    'loaded-first',
    'environment',
    /\b(?:LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES|BASH_ENV|PROMPT_COMMAND|PYTHONSTARTUP|PERL5OPT|RUBYOPT|JAVA_TOOL_OPTIONS|GIT_SSH_COMMAND|GIT_EXTERNAL_DIFF|NODE_OPTIONS)["']?\s{0,12}[:=][^\n]{0,100}?(?:\/|require|import|javaagent|-M|-r)/,
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
    /"deny"\s{0,12}:|"(?:Pre|Post)ToolUse"|"ask"\s{0,12}:|disableBypassPermissionsMode|warder|"sandbox"|approval_policy|sandbox_mode/i,
  ],
  [
    ['code'],
    'file',
    /@login_required|@permission_required|@PreAuthorize|@RolesAllowed|\[Authorize\b|\bauthenticate_user!|\b(?:require|ensure|verify|check)_?(?:auth|authentication|authorization|admin|permission|csrf|signature|token)\w{0,40}\s{0,12}[(,)]|\bcsrf_protect\b|\bisAuthorized\(|\bhasPermission\(/i,
  ],
];
