/** A file that an operating system starts the device process by, and what is typed to begin and to end it. */
export interface Unit {
  readonly path: string;
  readonly mode: number;
  readonly text: string;
  readonly start: readonly string[];
  readonly stop: readonly string[];
}

export interface UnitPlace {
  readonly platform: 'linux' | 'darwin';
  /** For this person, or for the machine: then it runs as `user`. */
  readonly scope: 'user' | 'system';
  readonly user: string;
  /** Absolute: the person's home, the program (with its arguments so far), and the Warder home. */
  readonly home: string;
  readonly program: readonly string[];
  readonly warderHome: string;
}

const label = 'dev.warder.device';

/** Source: systemd.unit(5), systemd.exec(5), launchd.plist(5). */
export function unitFor(place: UnitPlace): Unit {
  return place.platform === 'darwin' ? launchd(place) : systemd(place);
}

const argumentsOf = ({ program, warderHome }: UnitPlace): readonly string[] => [
  ...program,
  'device',
  'run',
  '--home',
  warderHome,
];

/** One word of ExecStart. Source: systemd.service(5), COMMAND LINES. */
const systemdWord = (word: string): string =>
  `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;

function systemd(place: UnitPlace): Unit {
  const { scope, user, home, warderHome } = place;
  const name = 'warder-device.service';
  const ctl = scope === 'user' ? 'systemctl --user' : 'systemctl';
  const text = `# Written by: warder device install-unit
[Unit]
Description=Warder: hooks of the coding agents of this machine
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${argumentsOf(place).map(systemdWord).join(' ')}
Restart=always
RestartSec=1
${scope === 'system' ? `User=${user}\n` : ''}UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
SystemCallArchitectures=native
${scope === 'system' ? `ProtectSystem=strict\nReadWritePaths=${systemdWord(warderHome)}\nPrivateTmp=yes\nProtectKernelTunables=yes\nProtectControlGroups=yes\n` : ''}
[Install]
WantedBy=${scope === 'user' ? 'default.target' : 'multi-user.target'}
`;
  const path = scope === 'user' ? `${home}/.config/systemd/user/${name}` : `/etc/systemd/system/${name}`;
  return {
    path,
    mode: 0o644,
    text,
    start: [`${ctl} daemon-reload`, `${ctl} enable --now ${name}`],
    stop: [`${ctl} disable --now ${name}`],
  };
}

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function launchd(place: UnitPlace): Unit {
  const { scope, user, home, warderHome } = place;
  const words = argumentsOf(place)
    .map((word) => `    <string>${xml(word)}</string>`)
    .join('\n');
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${label}</string>
  <key>ProgramArguments</key>
  <array>
${words}
  </array>
${scope === 'system' ? `  <key>UserName</key>\n  <string>${xml(user)}</string>\n` : ''}  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <true/>
  <key>ThrottleInterval</key>
  <integer>1</integer>
  <key>ProcessType</key>
  <string>Interactive</string>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardErrorPath</key>
  <string>${xml(warderHome)}/device.log</string>
</dict>
</plist>
`;
  const file = `${label}.plist`;
  const path = scope === 'user' ? `${home}/Library/LaunchAgents/${file}` : `/Library/LaunchDaemons/${file}`;
  const domain = scope === 'user' ? 'gui/$(id -u)' : 'system';
  return {
    path,
    mode: 0o644,
    text,
    start: [`launchctl bootstrap ${domain} ${path}`],
    stop: [`launchctl bootout ${domain}/${label}`],
  };
}
