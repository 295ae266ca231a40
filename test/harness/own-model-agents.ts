import { execFileSync } from 'node:child_process';
import type { RealAgent } from './real-agents.ts';

// Real agents whose model traffic is led by a provider or a model of one's own.

export const cline: RealAgent = {
  id: 'cline',
  title: 'Cline',
  name: 'cline',
  version: '3.0.65',
  integrity: 'sha512-6P2jgsJHp+JRUzlGR6Rp4W/zAwXPg8ihC2M9ec/VgKS4nnlGCB8Ftn17StcIjYFYtocJRkU8UGUnKF69zhv40Q==',
  program: 'cline',
  shell: (command) => ({ name: 'run_commands', input: { commands: [command] } }),
  args: (prompt) => ['--json', prompt],
  env: { CLINE_TELEMETRY_DISABLED: '1' },
  saysVersion: false,
  keepsSession: false,
  // Its hub outlives every run, takes the next one over, and keeps why that was ended to itself.
  async leave(home) {
    const listed = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
    for (const line of listed.filter((one) => one.includes('--cline-hub-daemon') && one.includes(home)))
      process.kill(Number.parseInt(line, 10));
  },
};

export const droid: RealAgent = {
  id: 'droid',
  title: 'Droid',
  name: 'droid',
  version: '0.215.0',
  integrity: 'sha512-+f0OKk9DszyOTKGxIWC9SrLi//L/gCIJ2NFfp+Ec4PNtU+D0ocek1k8x6odx9FBl9f5RIVX7yVITGSTUzNDbCw==',
  program: 'droid',
  native: (platform) => [platform, `${platform}-baseline`].map((one) => `@factory/cli-${one}/bin/droid`),
  shell: (command) => ({
    name: 'Execute',
    input: { summary: 'a step', command, timeout: 10, riskLevelReason: 'x', riskLevel: 'low' },
  }),
  args: (prompt) => ['exec', '--auto', 'high', '--output-format', 'stream-json', prompt],
  env: { FACTORY_API_KEY: 'none' },
  // The scripted models stand in for Factory's control plane too, which takes any answer.
  vendor: (models) => ({ FACTORY_API_BASE_URL: models }),
  saysVersion: true,
  keepsSession: false,
};

export const openClaw: RealAgent = {
  id: 'openclaw',
  title: 'OpenClaw',
  name: 'openclaw',
  version: '2026.9.6',
  integrity: 'sha512-Ie0kyQSCVfFqixsgVg39vevUDq01Ch5u3+7Yu5Y3qARczmdAe+lzp8bVnO9925rHiW/+CFp70zfORCyPmCH31g==',
  program: 'openclaw',
  shell: (command) => ({ name: 'exec', input: { command } }),
  args: (prompt) => ['agent', '--local', '--agent', 'main', '--json', '-m', prompt],
  installArgs: ['--model', 'openai/gpt-5.5'],
  env: { OPENCLAW_SKIP_ONBOARD: '1' },
  files: {
    '.openclaw/openclaw.json': `{
  // Mine.
  "agents": { "defaults": { "workspace": "~/project", "skipBootstrap": true } },
  "tools": { "exec": { "host": "gateway", "security": "full", "ask": "off" } }
}
`,
  },
  printsEnd: true,
  saysVersion: false,
  keepsSession: true,
};
