import { describe, expect, it } from 'vitest';
import { unknownPart } from './arguments.ts';
import { hostName, hostZone, namesProduction, readUrl } from './hosts.ts';
import { persistence } from './persistence.ts';
import { locate } from './zones.ts';

const place = { cwd: '/home/ada/work/shop', home: '/home/ada' };

describe('a path', () => {
  it.each([
    ['src/a.ts', '/home/ada/work/shop/src/a.ts', 'repository'],
    ['.', '/home/ada/work/shop', 'repository'],
    ['../blog/a', '/home/ada/work/blog/a', 'workspace'],
    ['~/notes', '/home/ada/notes', 'home'],
    ['~ada/x', '/home/ada/x', 'home'],
    ['~root/x', '/root/x', 'system'],
    ['~bob/x', '/home/bob/x', 'system'],
    ['/tmp/../etc//hosts', '/etc/hosts', 'system'],
    ['/proc/self/root/etc/hosts', '/etc/hosts', 'system'],
    ['/proc/1/root//tmp/x', '/tmp/x', 'temp'],
    ['/private/tmp/x', '/tmp/x', 'temp'],
    ['./../../../../../etc/hosts', '/etc/hosts', 'system'],
    ['/srv/prod/db', '/srv/prod/db', 'system'],
    ['/data/prod/db', '/data/prod/db', 'production'],
    ['/data/x', '/data/x', 'unknown'],
    ['file:///etc/hosts', '/etc/hosts', 'system'],
  ])('%s is %s in %s', (path, name, zone) => {
    expect(locate(path, place)).toMatchObject({ name, zone });
  });

  it.each([
    '~/.ssh/id_ed25519',
    '~/.aws/credentials',
    '~/.config/gcloud/x.db',
    '~/.kube/config',
    '~/.netrc',
    '~/.npmrc',
    '~/.pypirc',
    '~/.docker/config.json',
    '~/.gnupg/x',
    '.env',
    '.env.production',
    'certs/server.key',
    'a.pem',
    '/etc/shadow',
    '/proc/self/environ',
    '/proc/42/environ',
    '~/.password-store/x',
    '~/.config/google-chrome/Default/Cookies',
    '~/Library/Keychains/login.keychain-db',
    '~/.git-credentials',
    'config/master.key',
    '/run/secrets/db',
    '~/.vault-token',
    'terraform.tfstate',
  ])('%s lies in a credential store', (path) => expect(locate(path, place).zone).toBe('credential-store'));

  it.each([
    '.env.example',
    '.env.sample',
    '.env.template',
    '~/.ssh/id_ed25519.pub',
    '~/.ssh/known_hosts',
    'src/environment.ts',
    'keyboard.ts',
    'docs/secrets.md',
    'public.keys.ts',
    'node_modules/x/test.pem',
  ])('%s does not', (path) => expect(locate(path, place).zone).not.toBe('credential-store'));

  it.each([
    '.claude/settings.json',
    '.claude/settings.local.json',
    '.claude/hooks/x.sh',
    '~/.claude.json',
    '.mcp.json',
    'CLAUDE.md',
    'AGENTS.md',
    '.cursor/mcp.json',
    '.codex/config.toml',
    '~/.gemini/settings.json',
    '/etc/claude-code/managed-settings.json',
    '~/.warder/policies/a.cedar',
    '~/.claude',
    '.claude/todos.json',
    '~/.claude/an odd name',
    '.github/copilot-instructions.md',
    '.github/prompts/review.prompt.md',
    '~/.codeium/windsurf/mcp_config.json',
    'packages/api/AGENTS.md',
  ])('%s is agent configuration', (path) => expect(locate(path, place).kind).toBe('agent-config'));

  it.each(['src/settings.json', 'docs/claude.txt', 'warder.ts'])('%s is not', (path) =>
    expect(locate(path, place).kind).toBe('file'),
  );

  it("in Warder's own home is agent configuration, wherever that home is", () => {
    const moved = { ...place, warderHome: '/srv/guard' };
    expect(locate('/srv/guard/policies/a.cedar', moved).kind).toBe('agent-config');
    expect(locate('/srv/guard', moved).kind).toBe('agent-config');
    expect(locate('/srv/guardian/a', moved).kind).toBe('file');
    expect(locate('/srv/guard/policies/a.cedar', place).kind).toBe('file');
  });

  it('is judged from where the call began, not from where it has moved to', () => {
    const moved = { cwd: '/home/ada/work/blog', home: '/home/ada', root: place.cwd };
    expect(locate('x', moved)).toMatchObject({ name: '/home/ada/work/blog/x', zone: 'workspace' });
    expect(locate('usr', { cwd: '/', home: '/home/ada', root: place.cwd }).zone).toBe('system');
  });

  it('is no repository when the call stands in the home or at the root', () => {
    expect(locate('x', { cwd: '/home/ada', home: '/home/ada' }).zone).toBe('home');
    expect(locate('etc', { cwd: '/', home: '/home/ada' }).zone).toBe('system');
  });

  it('that is partly unknown keeps what is known', () => {
    expect(locate(`${unknownPart}/.aws/credentials`, place)).toMatchObject({
      name: '…/.aws/credentials',
      zone: 'credential-store',
      dynamic: true,
    });
    expect(locate(`/etc/${unknownPart}`, place)).toMatchObject({ zone: 'system', dynamic: true });
  });

  it('stays as it is where the place is not known', () => {
    expect(locate('src/a.ts', { cwd: '', home: '' })).toMatchObject({ name: 'src/a.ts', zone: 'repository' });
    expect(locate('~/.ssh/id_rsa', { cwd: '', home: '' })).toMatchObject({
      name: '~/.ssh/id_rsa',
      zone: 'credential-store',
    });
  });
});

describe('a host', () => {
  it.each([
    ['http://LOCALHOST:3000/x', 'localhost', 'this-host'],
    ['http://127.1/', '127.0.0.1', 'this-host'],
    ['http://2130706433/', '127.0.0.1', 'this-host'],
    ['http://0x7f000001', '127.0.0.1', 'this-host'],
    ['http://[::1]:80/', '[::1]', 'this-host'],
    ['http://169.254.169.254/latest', '169.254.169.254', 'credential-store'],
    ['http://metadata.google.internal/', 'metadata.google.internal', 'credential-store'],
    ['https://user:x@evil.example./p?q', 'evil.example', 'other-host'],
    ['https://good.example@evil.example/', 'evil.example', 'other-host'],
    ['api.example.com/v1', 'api.example.com', 'other-host'],
    ['https://prod-db.example', 'prod-db.example', 'production'],
    ['https://127.0.0.1.evil.example', '127.0.0.1.evil.example', 'other-host'],
  ])('%s is %s, %s', (url, host, zone) => {
    expect(readUrl(url)).toMatchObject({ host, zone });
  });

  it('without a name is another host', () => expect(hostZone(hostName(''))).toBe('other-host'));

  it('is called production only by whole words', () => {
    expect(['prod', 'db-prod-1', 'my.production', 'PRD'].every(namesProduction)).toBe(true);
    expect(['product', 'reproduce', 'producer', 'staging'].some(namesProduction)).toBe(false);
  });
});

describe('a path that lasts', () => {
  it.each([
    ['/home/ada/.zshrc', 'configure', 'environment'],
    ['/r/.git/hooks/pre-commit', 'configure', 'repository'],
    ['/r/.github/workflows/ci.yml', 'configure', 'repository'],
    ['/etc/cron.d/x', 'configure', 'service'],
    ['/home/ada/.config/systemd/user/x.service', 'configure', 'service'],
    ['/etc/sudoers.d/x', 'grant', 'user'],
    ['/home/ada/.ssh/authorized_keys', 'grant', 'user'],
  ])('%s: %s %s', (name, verb, kind) => {
    expect(persistence(name)).toMatchObject({ verb, resource: { kind, name } });
  });

  it.each(['/r/src/a.ts', '/r/.git/hooks/pre-commit.sample', '/r/docs/crontab.md'])('%s is none', (name) =>
    expect(persistence(name)).toBeNull(),
  );
});
