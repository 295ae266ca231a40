import type { Covered, DeployOptions, Manager, Platform } from './deploy-kinds.ts';

const names: Readonly<Record<Platform, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };

/** What to do with the files, for each management tool. Source: each vendor's documentation; not tried with a live tenant. */
const steps: Readonly<Record<Manager, readonly string[]>> = {
  jamf: [
    'Computers → Configuration Profiles → Upload: `macos/warder.mobileconfig`. Scope it to the machines.',
    'Settings → Computer management → Packages or Files: put the folder `macos/` on the machines, for example as a package that installs to `/private/var/warder-deploy`.',
    'Settings → Scripts: add `macos/install.sh`; parameter 4 is not used, the enrolment code comes as `WARDER_CODE` or as the first word. Run it by a policy, once for each machine.',
    'Settings → Extension Attributes: `macos/audit.sh` as script; its output is `connected` or what is off.',
    'To take it away: a policy with `macos/uninstall.sh`, and remove the profile from the scope.',
  ],
  kandji: [
    'Library → Add → Custom Profile: `macos/warder.mobileconfig`. Assign it to the blueprint.',
    'Library → Add → Custom App (ZIP) with the folder `macos/`, unpacked to `/private/var/warder-deploy`.',
    'Library → Add → Custom Script: audit script `macos/audit.sh`, remediation script `macos/install.sh`; run once a day.',
    'To take it away: a Custom Script with `macos/uninstall.sh`, and remove the profile from the blueprint.',
  ],
  intune: [
    'Windows: pack the folder `windows/` with the Win32 Content Prep Tool; install command `powershell -ExecutionPolicy Bypass -File install.ps1`, uninstall command `powershell -ExecutionPolicy Bypass -File uninstall.ps1`, install behaviour System; detection rule: the file `C:\\Program Files\\Warder\\warder-hook.conf`. Warder itself (Node 24) has to be on the machines.',
    'macOS: Devices → Configuration → Templates → Custom: `macos/warder.mobileconfig`, deployment channel Device.',
    'macOS: Apps → Shell scripts: `macos/install.sh` with the folder `macos/` on the machine (a line-of-business package), run as root.',
    'To take it away: the uninstall command, `macos/uninstall.sh`, and remove the assignments.',
  ],
  generic: [
    'Put the folder of the platform on the machine with whatever you use (Ansible, Chef, Puppet, Fleet, a package).',
    'Linux and macOS, as root: `sh install.sh CODE`. It can run again at any time: without a code on a machine that is enrolled.',
    'macOS: install `macos/warder.mobileconfig` by MDM; agents do not take forced settings from anywhere else.',
    'Windows, as administrator: `install.ps1 -Code CODE`. Warder itself (Node 24) has to be on the machine.',
    'Audit: `sh audit.sh` ends with 0 when everything is as it was deployed, else with 1 and a line for each thing.',
    'To take it away: `sh uninstall.sh` or `uninstall.ps1`.',
  ],
};

/** The page that lies beside the files. */
export function deployPage(
  { manager, url }: Pick<DeployOptions, 'manager' | 'url'>,
  covered: readonly Covered[],
  personal: readonly { readonly agent: string; readonly title: string }[],
): string {
  const rows = covered.map(
    ({ title, platform, places, proof }) =>
      `| ${title} | ${names[platform]} | ${places.map((place) => `\`${place}\``).join('<br>')} | ${proof === 'tried' ? 'tried with the real client' : 'by its documentation'} |`,
  );
  const limits = [...new Map(covered.map((each) => [each.agent, each])).values()].flatMap(({ title, limits: some }) =>
    some.map((limit) => `* ${title}: ${limit}`),
  );
  const own = personal.map(({ title }) => title).join(', ');
  return `# Deploying Warder's hooks with ${manager === 'generic' ? 'your own tool' : manager}

Made by \`warder deploy --mdm ${manager}\` for the server at ${url}. There is no secret in these files: each machine gets a
token of its own when it enrols, good for hooks alone. \`manifest.json\` names every file with its SHA-256.

## What to do

1. On the server, make a code for each machine: \`warder device invite\`. A code is good once and not for long.
${steps[manager].map((step, at) => `${at + 2}. ${step}`).join('\n')}

Managed files go last in each script, after the machine has its token: with them and without a token every tool call is
refused. Some agents let everything run when a managed file cannot be read, so no file is ever half written.

## What each agent gets

| agent | platform | where | tried |
|---|---|---|---|
${rows.join('\n')}

${personal.length === 0 ? 'Every agent that Warder knows has a file of the administrator’s here.' : `These agents have no file of an administrator's: ${own}. On each machine, for each person: \`warder install all\`, checked every five minutes by \`warder device\`.`}

## What it does not reach

${limits.length === 0 ? '* Nothing is known.' : limits.join('\n')}
`;
}
