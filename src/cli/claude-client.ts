import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Io } from './command.ts';
import { behindDevice } from './device-home.ts';

/** Folder that Claude Code keeps its settings in, for this environment. */
export function claudeFolder(env: Io['env']): string {
  return path.resolve(env.CLAUDE_CONFIG_DIR || path.join(env.HOME || os.homedir(), '.claude'));
}

/** Where an administrator's settings are, by platform. Source: the client's settings documentation. */
export function managedFolder(): string {
  if (process.platform === 'darwin') return '/Library/Application Support/ClaudeCode';
  if (process.platform === 'win32') return 'C:\\Program Files\\ClaudeCode';
  return '/etc/claude-code';
}

/** What `claude --version` prints; null when there is no `claude` on the PATH or it gives no answer in 10 s. */
export function claudeVersion(env: Io['env']): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { env: { ...env }, timeout: 10_000, windowsHide: true };
    execFile('claude', ['--version'], options, (error, stdout) => resolve(error ? null : stdout.trim()));
  });
}

/** Where the device client is installed in a home. */
export const deviceClientPath = (home: string): string => path.join(home, 'device', 'warder-hook');

/** A file of `src/device`: beside the sources in a checkout, beside the bundle in the package. */
function deviceSource(name: string): URL {
  const candidates = [`../device/${name}`, `./device/${name}`].map((at) => new URL(at, import.meta.url));
  const found = candidates.find((url) => fs.existsSync(url));
  if (!found) throw new Error(`The device client (${name}) is missing from this installation. Install Warder again.`);
  return found;
}

/** Installs the device client with its address and token (0600, curl's own format, so that no token is an argument). */
export function installDeviceClient(home: string, hookUrl: string, token: string): string {
  const client = deviceClientPath(home);
  fs.mkdirSync(path.dirname(client), { recursive: true, mode: 0o700 });
  // Where there is a device process, its socket is asked first; where it is gone, its server.
  const beyond = behindDevice(home, hookUrl) ?? { url: hookUrl, token };
  writeAs(
    `${client}.conf`,
    `url = ${curlQuoted(beyond.url)}\nheader = ${curlQuoted(`Authorization: Bearer ${beyond.token}`)}\n`,
    0o600,
  );
  writeAs(client, startedWith(fs.readFileSync(deviceSource('warder-hook.sh'), 'utf8')), 0o755);
  installPlugins(path.join(path.dirname(client), 'plugins'));
  return client;
}

/** The script for a shell that knows no -p (it takes in nothing that -p keeps out): its first line without it. */
function startedWith(script: string): string {
  const { status } = spawnSync('/bin/sh', ['-p', '-c', ':'], { stdio: 'ignore', env: {} });
  return status === 0 ? script : script.replace(/^#!\/bin\/sh -p\n/, '#!/bin/sh\n');
}

/** Puts the plugins beside the client: agents that load them find its settings in the folder above. */
function installPlugins(folder: string): void {
  const source = fileURLToPath(deviceSource('plugins'));
  for (const name of fs.readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    const from = path.join(source, name);
    if (!fs.statSync(from).isFile()) continue;
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true, mode: 0o700 });
    writeAs(path.join(folder, name), fs.readFileSync(from, 'utf8'), 0o644);
  }
}

/** Takes the device client and its token away. */
export function removeDeviceClient(home: string): void {
  fs.rmSync(path.dirname(deviceClientPath(home)), { recursive: true, force: true });
}

function writeAs(file: string, text: string, mode: number): void {
  const aside = `${file}.${process.pid}.new`;
  fs.writeFileSync(aside, text, { mode });
  fs.chmodSync(aside, mode);
  fs.renameSync(aside, file);
}

const curlQuoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
