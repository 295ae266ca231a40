// What a management tool runs on a machine, beside the files it puts there. POSIX sh; PowerShell 5.1 for Windows.

/** Folder of the device client on Linux and macOS, and on Windows. */
export const clientFolder = {
  linux: '/opt/warder',
  darwin: '/opt/warder',
  win32: 'C:\\Program Files\\Warder',
} as const;

export interface ScriptFacts {
  /** The server's address. */
  readonly url: string;
  /** Files below `root/`, as absolute paths, with their modes. */
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

const shellWord = (word: string): string => (/^[\w./@+:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** Where each file stood before, so that it can be put back. */
const beside = '.before-warder';

/**
 * Puts the files in their places and enrols the machine. Runs again without harm: a machine that is enrolled stays so, a
 * file that was there before Warder is kept beside. A managed file that an agent cannot read makes some agents fail open,
 * so each is written aside and moved.
 */
export function installScript({ url, files }: ScriptFacts): string {
  const place = files.map(({ path, mode }) => `place ${shellWord(path)} ${mode.toString(8)}`).join('\n');
  return `#!/bin/sh
# Connects the coding agents of this machine to Warder. Run as root; runs again without harm.
#   install.sh [ENROLMENT-CODE]        or WARDER_CODE in the environment; only a machine that is not enrolled needs one.
# The files are taken from root/ beside this script.
set -eu
umask 022
url=${shellWord(url)}
here=$(cd "$(dirname "$0")" && pwd -P)
client=/opt/warder
code=\${1:-\${WARDER_CODE:-}}

fail() { printf 'warder: %s\\n' "$1" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail 'run this as root'
[ -d "$here/root" ] || fail "the folder $here/root is missing"
command -v curl >/dev/null 2>&1 || fail 'curl is needed and is not installed'

# Where a file of somebody else's stands, it is kept beside ours.
place() {
  from=$here/root$1
  [ -f "$from" ] || fail "$from is missing"
  mkdir -p "$(dirname "$1")"
  if [ -f "$1" ] && [ ! -f "$1${beside}" ] && ! grep -q -i warder "$1"; then cp -p "$1" "$1${beside}"; fi
  cp "$from" "$1.new-warder"
  chmod "$2" "$1.new-warder"
  chown 0:0 "$1.new-warder"
  mv "$1.new-warder" "$1"
}

mkdir -p "$client"
chown 0:0 "$client"
chmod 755 "$client"

# The token comes before the managed files: with them and without it every tool call is refused.
if [ ! -f "$client/warder-hook.conf" ]; then
  [ -n "$code" ] || fail "this machine is not enrolled: give a code (on the server: warder device invite)"
  name=$(hostname -s 2>/dev/null || hostname)
  case $name in *[!A-Za-z0-9._-]* | '') name=device ;; esac
  answer=$(printf '{"code":"%s","name":"%s","platform":"%s"}' "$code" "$name" "$(uname -s)" |
    curl -q -sS --fail-with-body --max-time 20 -H 'content-type: application/json' --data-binary @- "$url/device/enrol") ||
    fail "the server at $url did not take the code: $answer"
  token=$(printf '%s' "$answer" | sed -n 's/.*"token" *: *"\\(wrd_[A-Za-z0-9_-]*\\)".*/\\1/p')
  [ -n "$token" ] || fail "the server at $url gave no token"
  {
    printf 'url = "%s"\\n' "$url"
    printf 'header = "Authorization: Bearer %s"\\n' "$token"
  } >"$client/warder-hook.conf.new"
  # Hooks run as the person whose agent it is, so every account of the machine has to read it; it opens nothing but hooks.
  chmod 644 "$client/warder-hook.conf.new"
  mv "$client/warder-hook.conf.new" "$client/warder-hook.conf"
fi

${place}
printf 'warder: this machine is connected to %s\\n' "$url"
`;
}

/** Takes everything away again and puts back what was there. */
export function uninstallScript({ files }: ScriptFacts): string {
  const away = files.map(({ path }) => `away ${shellWord(path)}`).join('\n');
  return `#!/bin/sh
# Disconnects the coding agents of this machine from Warder, and puts back what was there before. Run as root.
# Revoke the machine on the server as well: warder device revoke ID
set -eu
fail() { printf 'warder: %s\\n' "$1" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail 'run this as root'

away() {
  if [ -f "$1${beside}" ]; then mv "$1${beside}" "$1"; else rm -f "$1"; fi
}
${away}
rm -f /opt/warder/warder-hook.conf
rmdir /opt/warder/plugins /opt/warder 2>/dev/null || :
printf 'warder: this machine is disconnected\\n'
`;
}

/** Says whether the machine is as it should be: 0 yes, 1 no with one line for each thing; for audits and extension attributes. */
export function auditScript({ files }: ScriptFacts, digests: ReadonlyMap<string, string>): string {
  const checks = files.map(({ path }) => `same ${shellWord(path)} ${digests.get(path) ?? ''}`).join('\n');
  return `#!/bin/sh
# Is this machine connected to Warder as it was deployed? Status 0: yes. 1: no, one line for each thing that is off.
off=0
say() { printf '%s\\n' "$1"; off=1; }
digest() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$1" | cut -d' ' -f1; else shasum -a 256 "$1" | cut -d' ' -f1; fi
}
same() {
  if [ ! -f "$1" ]; then say "missing: $1"; return; fi
  [ "$(digest "$1")" = "$2" ] || say "altered: $1"
}
[ -f /opt/warder/warder-hook.conf ] || say 'not enrolled'
${checks}
[ "$off" = 1 ] || printf 'connected\\n'
exit "$off"
`;
}

const psWord = (word: string): string => `'${word.replaceAll("'", "''")}'`;

/** The same for Windows: files below root\\, registry values from warder.reg, the token by the enrolment code. By documentation; not run. */
export function installPowerShell({ url, files }: ScriptFacts): string {
  const places = files.map(({ path }) => `Place ${psWord(path)}`).join('\r\n');
  return `# Connects the coding agents of this machine to Warder. Run as administrator (Intune: system context).
param([string]$Code = $env:WARDER_CODE)
$ErrorActionPreference = 'Stop'
$url = ${psWord(url)}
$client = ${psWord(clientFolder.win32)}
New-Item -ItemType Directory -Force -Path $client | Out-Null
$conf = Join-Path $client 'warder-hook.conf'
if (-not (Test-Path $conf)) {
  if (-not $Code) { throw 'This machine is not enrolled: give a code (on the server: warder device invite).' }
  $body = @{ code = $Code; name = $env:COMPUTERNAME; platform = 'win32' } | ConvertTo-Json
  $answer = Invoke-RestMethod -Method Post -Uri "$url/device/enrol" -ContentType 'application/json' -Body $body -TimeoutSec 20
  if (-not $answer.token) { throw 'The server gave no token.' }
  Set-Content -Path $conf -Encoding ascii -Value @("url = \`"$url\`"", "header = \`"Authorization: Bearer $($answer.token)\`"")
}
function Place([string]$path) {
  $from = Join-Path (Join-Path $PSScriptRoot 'root') ($path -replace '^([A-Za-z]):', '$1')
  New-Item -ItemType Directory -Force -Path (Split-Path $path) | Out-Null
  if ((Test-Path $path) -and -not (Test-Path "$path${beside}") -and -not (Select-String -Quiet -Path $path -Pattern 'warder')) { Copy-Item $path "$path${beside}" }
  Copy-Item -Force $from "$path.new-warder"
  Move-Item -Force "$path.new-warder" $path
}
${places}
reg import (Join-Path $PSScriptRoot 'warder.reg') | Out-Null
Write-Output "warder: this machine is connected to $url"
`.replaceAll(/\r?\n/g, '\r\n');
}

export function uninstallPowerShell({ files }: ScriptFacts, keys: readonly string[]): string {
  const away = files.map(({ path }) => `Away ${psWord(path)}`).join('\r\n');
  const removed = keys.map((key) => `reg delete ${psWord(key)} /f 2>$null | Out-Null`).join('\r\n');
  return `# Disconnects the coding agents of this machine from Warder, and puts back what was there before.
$ErrorActionPreference = 'Continue'
function Away([string]$path) {
  if (Test-Path "$path${beside}") { Move-Item -Force "$path${beside}" $path } else { Remove-Item -Force -ErrorAction SilentlyContinue $path }
}
${away}
${removed}
Remove-Item -Force -ErrorAction SilentlyContinue (Join-Path ${psWord(clientFolder.win32)} 'warder-hook.conf')
Write-Output 'warder: this machine is disconnected'
exit 0
`.replaceAll(/\r?\n/g, '\r\n');
}
