import { execFileSync } from 'node:child_process';
import { realHooks } from './harness/real-hooks.ts';

const providers = (models: string): string =>
  `${JSON.stringify({
    version: 1,
    lastUsedProvider: 'openai-compatible',
    modes: {},
    providers: {
      'openai-compatible': {
        settings: { provider: 'openai-compatible', apiKey: 'none', model: 'one', baseUrl: `${models}/v1` },
        updatedAt: '2026-11-22T11:49:50.163Z',
        tokenSource: 'manual',
      },
    },
  })}\n`;

realHooks({
  id: 'cline',
  title: 'Cline',
  name: 'cline',
  version: '3.0.65',
  integrity: 'sha512-6P2jgsJHp+JRUzlGR6Rp4W/zAwXPg8ihC2M9ec/VgKS4nnlGCB8Ftn17StcIjYFYtocJRkU8UGUnKF69zhv40Q==',
  program: 'cline',
  shell: (command) => ({ name: 'run_commands', input: { commands: [command] } }),
  args: (prompt) => ['--json', '-P', 'openai-compatible', '-m', 'one', prompt],
  env: () => ({ CLINE_TELEMETRY_DISABLED: '1' }),
  files: (models) => ({ '.cline/data/settings/providers.json': providers(models) }),
  settings: ['.cline/hooks/PreToolUse', '.cline/hooks/PostToolUse', '.cline/hooks/TaskStart'],
  givesIds: true,
  events: ['session-start', 'session-end'],
  endsTask: '.cline/data/logs/cline.log',
  // Its hub outlives every run, takes the next one over, and keeps why that was ended to itself.
  async leave(home) {
    const listed = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
    for (const line of listed.filter((one) => one.includes('--cline-hub-daemon') && one.includes(home)))
      process.kill(Number.parseInt(line, 10));
  },
});
