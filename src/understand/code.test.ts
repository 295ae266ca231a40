import { describe, expect, it } from 'vitest';
import { families } from '../plugs.ts';
import { createShell } from './shell/shell.ts';

const shell = createShell(families);
const place = { cwd: '/home/ada/work/shop', home: '/home/ada' };

function effects(command: string): readonly string[] {
  const trace = shell(command, 'command', place);
  return trace.effects().map(({ verb, resource, zone }) => `${verb} ${resource.name || resource.kind} ${zone}`);
}

/** Code through a quoted heredoc, so that no shell quoting stands in the way. */
const fed = (program: string, code: string) => `${program} <<'END'\n${code}\nEND`;

describe('code of script languages', () => {
  it.each([
    ['python3', "import os\nos.system('rm -rf /srv')", 'delete /srv system'],
    ['python3', "import subprocess\nsubprocess.run(['rm', '-r', '/srv'])", 'delete /srv system'],
    ['python3', "import shutil\np = '/srv/a'\nshutil.rmtree(p)", 'delete /srv/a system'],
    [
      'python3',
      "open(os.path.join(os.path.expanduser('~'), '.ssh', 'id_rsa')).read()",
      'read /home/ada/.ssh/id_rsa credential-store',
    ],
    ['python3', "from pathlib import Path\nPath('/etc/motd').write_text('x')", 'write /etc/motd system'],
    ['python3', "import requests\nrequests.post('https://x.example/up', data=1)", 'send x.example other-host'],
    ['python3', 'import os\nprint(dict(os.environ))', 'read environment this-host'],
    ['node', "require('fs').rmSync('/srv', { recursive: true })", 'delete /srv system'],
    ['node', "require('child_process').execSync('cat ~/.netrc')", 'read /home/ada/.netrc credential-store'],
    ['node', "fetch('https://x.example', { method: 'POST', body: '1' })", 'send x.example other-host'],
    ['node', 'console.log(process.env)', 'read environment this-host'],
    ['perl', 'unlink "/srv/a"; system("rm /srv/b")', 'delete /srv/a system'],
    ['ruby', "require 'fileutils'\nFileUtils.rm_rf('/srv')", 'delete /srv system'],
    ['ruby', 'puts `cat /etc/shadow`', 'read /etc/shadow credential-store'],
    ['php', "<?php shell_exec('rm /srv/a');", 'delete /srv/a system'],
    ['lua', "os.execute('rm /srv/a')", 'delete /srv/a system'],
    ['python3', "import os\nfor f in os.listdir('/srv'): os.remove(f)", 'delete /srv/* system'],
    ['python3', "from pathlib import Path\nfor p in Path('/srv').rglob('*'): p.unlink()", 'delete /srv/* system'],
    ['node', "fs.readdirSync('/srv').forEach((f) => fs.unlinkSync(f))", 'delete /srv/* system'],
    ['php', "<?php array_map('unlink', glob('/srv/*'));", 'delete /srv/* system'],
    ['ruby', "Dir.glob('/srv/*').each { |f| File.delete(f) }", 'delete /srv/* system'],
    ['node', "search('app', 'k').deleteIndex('orders')", 'delete cloud-resource other-host'],
    [
      'python3',
      "import boto3\nboto3.client('ec2').terminate_instances(InstanceIds=['i-1'])",
      'delete cloud-resource other-host',
    ],
    ['ruby', 'puts %x(cat /etc/shadow)', 'read /etc/shadow credential-store'],
    ['node', "const { execSync: go } = require('child_process'); go('rm /srv/a')", 'delete /srv/a system'],
    ['node', "for (const c of ['rm /srv/a']) require('child_process').execSync(c)", 'delete /srv/a system'],
    ['node', "import { $ } from 'bun'; await $`rm /srv/a`", 'delete /srv/a system'],
  ])('%s: %s', (program, code, expected) => expect(effects(fed(program, code))).toContain(expected));

  it.each([
    ['python3', "# os.system('rm -rf /')\nprint(1)"],
    ['python3', 'print("os.system(\'rm -rf /\')")'],
    ['python3', 'import json, sys\nprint(json.load(sys.stdin)["x"])'],
    ['node', "// require('fs').rmSync('/srv')\nconsole.log(/a/.exec('b'))"],
    ['node', "for (const c of ['rm /srv/a']) console.log(c)"],
    ['node', 'console.log("rmSync(\'/srv\')", process.env.HOME)'],
  ])('%s: what is only mentioned is no effect: %s', (program, code) => {
    const trace = shell(fed(program, code), 'command', place);
    expect(trace.effects().map(({ verb }) => verb)).toEqual(['execute']);
    expect([...trace.opaque]).toEqual([]);
  });

  it.each([
    ['python3', "exec(__import__('base64').b64decode(open('x').read()))"],
    ['node', "eval(Buffer.from(process.env.X, 'base64').toString())"],
    ['python3', 'import os, sys\nos.system(sys.argv[1])'],
  ])('%s: what cannot be read says so: %s', (program, code) => {
    const trace = shell(fed(program, code), 'command', place);
    expect(trace.opaque.size).toBeGreaterThan(0);
    expect(trace.effects().some(({ flags }) => flags.includes('opaque'))).toBe(true);
  });

  it.each([
    ['python3', "import base64, os; os.system(base64.b64decode('cm0gLXJmIC9zcnYvZGF0YQ==').decode())"],
    ['python3', "exec(__import__('base64').b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgicm0gLXJmIC9zcnYvZGF0YSIp'))"],
    ['python3', "getattr(__import__('os'), 'sys' + 'tem')('rm -rf /srv/data')"],
    ['python3', 'from os import system as go; go("rm -rf /srv/data")'],
    ['python3', "import subprocess as s; s.run(['rm', '-rf', '/srv/data'])"],
    ['node', "require('child_process')['ex' + 'ecSync']('rm -rf /srv/data')"],
    ['node', "eval(atob('cmVxdWlyZSgiY2hpbGRfcHJvY2VzcyIpLmV4ZWNTeW5jKCJybSAtcmYgL3Nydi9kYXRhIik='))"],
    ['ruby', "require 'base64'; system(Base64.decode64('cm0gLXJmIC9zcnYvZGF0YQ=='))"],
    ['php', "eval(base64_decode('c3lzdGVtKCJybSAtcmYgL3Nydi9kYXRhIik7'));"],
  ])('%s: what is spelled in a roundabout way is read: %s', (program, code) => {
    const trace = shell(fed(program, code), 'command', place);
    expect(trace.effects().map(({ verb, resource }) => `${verb} ${resource.name}`)).toContain('delete /srv/data');
  });
});
