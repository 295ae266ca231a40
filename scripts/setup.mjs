// Makes a checkout ready: dependencies (npm ci), the pinned Node 24, the built console; with --test also the browser.
// Runs on whatever Node the machine has (20 or later), so it is plain JavaScript with no dependency. Safe to run twice.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const forTests = process.argv.includes('--test');
const withConsole = !process.argv.includes('--no-console');
const modules = path.join(root, 'node_modules');
const readyStamp = path.join(modules, '.warder-ready');
const consoleStamp = path.join(root, 'dist', 'web', '.warder-built');

const say = (text) => process.stderr.write(`warder setup: ${text}\n`);

function stop(what, next) {
  process.stderr.write(`warder setup: ${what}\n  ${next}\n`);
  process.exit(3);
}

/** Runs a command, one progress line every 5 s; its output is shown only when it fails. */
function run(title, command, args, env = {}) {
  return new Promise((resolve) => {
    const started = Date.now();
    say(`${title} …`);
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const tick = setInterval(() => say(`${title}: ${Math.round((Date.now() - started) / 1000)} s`), 5000);
    const finish = (status) => {
      clearInterval(tick);
      if (status === 0) say(`${title}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
      else process.stderr.write(output.slice(-8000));
      resolve(status);
    };
    child.on('error', (error) => {
      output += String(error);
      finish(127);
    });
    child.on('close', finish);
  });
}

function hashFiles(files) {
  const hash = createHash('sha256');
  for (const file of files.sort())
    hash.update(path.relative(root, file)).update('\0').update(fs.readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function filesBelow(dir) {
  if (!fs.existsSync(dir)) return [];
  return fs
    .readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');

async function installDependencies() {
  const lock = path.join(root, 'package-lock.json');
  if (!fs.existsSync(lock)) return; // an installed package: npm has brought what it needs
  const wanted = hashFiles([lock]);
  if (read(readyStamp) === wanted) {
    fs.utimesSync(readyStamp, new Date(), new Date()); // bin/warder compares times, not contents
    return;
  }
  const npm = process.env.npm_execpath ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
  const status = await run('installing dependencies (npm ci)', npm[0], [
    ...npm[1],
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--ignore-scripts',
  ]);
  if (status !== 0)
    stop(
      'npm ci failed; its last lines are above.',
      'Check the network and the npm registry, then run the same command again.',
    );
  fs.writeFileSync(readyStamp, wanted);
}

/** The Node that runs Warder: the pinned one, or the machine's when it is new enough. */
function findNode() {
  const pinned = path.join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  for (const candidate of [pinned, process.execPath, 'node']) {
    const answer = spawnSync(candidate, ['-p', 'process.versions.node'], { encoding: 'utf8' });
    if (answer.status === 0 && Number(answer.stdout.split('.')[0]) >= 24) return candidate;
  }
  return stop(
    `Warder runs on Node 24 or later; this machine has ${process.versions.node}, and no Node 24 is packaged for ${process.platform}-${process.arch}.`,
    'Install Node 24 from https://nodejs.org or with your version manager (nvm install 24), then run the same command again.',
  );
}

async function buildConsole(node) {
  const config = path.join(root, 'web', 'vite.config.ts');
  if (!fs.existsSync(config)) return;
  const wanted = hashFiles([
    ...filesBelow(path.join(root, 'web')),
    ...filesBelow(path.join(root, 'src', 'core')),
    path.join(root, 'package-lock.json'),
  ]);
  if (read(consoleStamp) === wanted) return;
  const status = await run('building the console (vite)', node, [
    path.join(modules, 'vite', 'bin', 'vite.js'),
    'build',
    '--config',
    config,
    '--logLevel',
    'warn',
  ]);
  if (status !== 0)
    stop('the console could not be built; the reason is above.', 'Run: npx vite build --config web/vite.config.ts');
  fs.mkdirSync(path.dirname(consoleStamp), { recursive: true });
  fs.writeFileSync(consoleStamp, wanted);
}

const browsers = [
  process.env.WARDER_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** System packages the tests use. As root on Debian they are installed; elsewhere the command is named and the tests that need them skip with that reason. */
async function systemPackages() {
  const missing = [];
  if (!browsers.some((file) => file && fs.existsSync(file))) missing.push('chromium');
  if (spawnSync('curl', ['--version']).status !== 0) missing.push('curl');
  if (missing.length === 0) return;
  const debianRoot = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
  if (!debianRoot) {
    say(
      `the tests use ${missing.join(' and ')}, which this machine lacks. Install it (Debian: sudo apt-get install ${missing.join(' ')}); tests that need it are skipped.`,
    );
    return;
  }
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get update', 'apt-get', ['update', '-qq'], quiet);
  const status = await run(
    `apt-get install ${missing.join(' ')}`,
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...missing],
    quiet,
  );
  if (status !== 0) say('the packages could not be installed; tests that need them are skipped with that reason.');
}

/** One set-up at a time: a second one waits for the first. */
async function withLock(work) {
  const lock = path.join(root, '.cache', 'setup.lock');
  fs.mkdirSync(path.dirname(lock), { recursive: true });
  for (let waited = 0; ; waited += 1) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const owner = Number(read(lock));
      if (!alive(owner)) fs.rmSync(lock, { force: true });
      else {
        if (waited === 0) say(`another set-up (process ${owner}) is running; waiting for it`);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }
  try {
    await work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

function alive(pid) {
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

if (Number(process.versions.node.split('.')[0]) < 20)
  stop(`set-up needs Node 20 or later to start; this is ${process.versions.node}.`, 'Install Node 20 or later.');
await withLock(async () => {
  await installDependencies();
  const node = findNode();
  if (withConsole) await buildConsole(node);
  if (forTests) await systemPackages();
});
