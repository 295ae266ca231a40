import type { Resource, Verb } from '../core/effect.ts';

const places: readonly (readonly [pattern: RegExp, verb: Verb, kind: Resource['kind']])[] = [
  [
    /(?:^|\/)\.git\/hooks\/(?!.*\.sample$)|(?:^|\/)\.husky\/|(?:^|\/)(?:\.pre-commit-config|lefthook)\.ya?ml$/,
    'configure',
    'repository',
  ],
  [
    /(?:^|\/)\.git\/(?:config|info\/attributes)$|(?:^|\/)\.gitconfig$|\/\.config\/git\/config$/,
    'configure',
    'repository',
  ],
  [
    /(?:^|\/)(?:\.github\/(?:workflows|actions)\/|\.gitlab-ci\.ya?ml$|\.circleci\/|Jenkinsfile$|azure-pipelines\.ya?ml$|\.buildkite\/|\.drone\.ya?ml$|bitbucket-pipelines\.ya?ml$)/,
    'configure',
    'repository',
  ],
  [
    /(?:^|\/)\.(?:bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|zshrc|zshenv|zprofile|zlogin|cshrc|tcshrc|kshrc|xprofile|xinitrc|inputrc|pam_environment)$|\/fish\/(?:config\.fish|conf\.d\/)|^\/etc\/(?:profile|bash\.bashrc|bashrc|zshrc|zshenv|environment)|^\/etc\/(?:profile|ld\.so\.conf)\.d\/|^\/etc\/ld\.so\.preload$/,
    'configure',
    'environment',
  ],
  [
    /(?:^|\/)(?:\.vimrc|\.emacs|\.tmux\.conf|\.inputrc|\.pythonrc(?:\.py)?|usercustomize\.py|sitecustomize\.py|\.wgetrc|\.curlrc|\.envrc)$|site-packages\/[^/]+\.pth$|\/nvim\/init\.(?:lua|vim)$/,
    'configure',
    'environment',
  ],
  [
    /^\/(?:etc\/cron|var\/spool\/cron|etc\/anacrontab|etc\/init|etc\/rc|etc\/systemd|lib\/systemd|usr\/lib\/systemd|etc\/xdg\/autostart|etc\/update-motd\.d|etc\/inittab|etc\/udev\/rules\.d|Library\/Launch|System\/Library\/Launch)|\/\.config\/(?:systemd|autostart)\/|\/Library\/LaunchAgents\//,
    'configure',
    'service',
  ],
  [
    /^(?:\/usr\/local)?\/etc\/(?:passwd|shadow|gshadow|group|sudoers|doas\.conf|pam\.d\/|security\/|polkit-1\/|ssh\/sshd_config)|\/\.ssh\/authorized_keys2?$|\/\.rhosts$|^\/etc\/hosts\.equiv$/,
    'grant',
    'user',
  ],
  [
    /\/\.ssh\/(?:config|rc|environment)$|^\/etc\/(?:hosts|resolv\.conf|ssh\/ssh_config|hosts\.(?:allow|deny)|ca-certificates\.conf)$|^\/usr\/local\/share\/ca-certificates\//,
    'configure',
    'host',
  ],
  [
    /(?:^|\/)(?:\.npmrc|\.yarnrc(?:\.yml)?|pip\.conf|\.pip\/pip\.conf|\.pypirc|\.cargo\/config(?:\.toml)?|\.gemrc|\.condarc)$|^\/etc\/apt\/(?:sources|preferences|apt\.conf)|^\/etc\/yum\.repos\.d\//,
    'configure',
    'package',
  ],
];

/** A path whose content runs later by itself or widens rights: what writing it does besides; null for all other paths. */
export function persistence(name: string): { readonly verb: Verb; readonly resource: Resource } | null {
  for (const [pattern, verb, kind] of places) if (pattern.test(name)) return { verb, resource: { kind, name } };
  return null;
}
