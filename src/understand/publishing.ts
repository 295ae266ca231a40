import type { CommandEffect, CommandWords } from '../core/ports.ts';
import { flagsOfOptions } from './named-verbs.ts';
import { locate } from './zones.ts';

/** What makes a version public under the project's name, and where. Published is read by others within minutes. */
const publishing: Readonly<Record<string, readonly [says: RegExp, host: string]>> = {
  mvn: [/(?:^|\s)(?:deploy|\S*:deploy|release:perform|\S*:release|site-deploy)(?=\s|$)/, 'repo.maven.apache.org'],
  gradle: [
    /(?:^|[\s:])(?:publish(?!\w*ToMavenLocal)\w*|uploadArchives|closeAndRelease\w*|bintrayUpload)(?=\s|$)/,
    'repo.maven.apache.org',
  ],
  sbt: [/(?:^|[\s;/])(?:publish(?!Local|M2)\w*|release|sonatype\w*)(?=[\s;]|$)/, 'repo.maven.apache.org'],
  lein: [/^(?:deploy|release)\b/, 'clojars.org'],
  twine: [/^upload\b/, 'pypi.org'],
  flit: [/^publish\b/, 'pypi.org'],
  hatch: [/^publish\b/, 'pypi.org'],
  maturin: [/^(?:publish|upload)\b/, 'pypi.org'],
  anaconda: [/^upload\b/, 'anaconda.org'],
  gem: [/^push\b/, 'rubygems.org'],
  mix: [/^hex\.publish\b/, 'hex.pm'],
  cabal: [/^upload\b.*--publish/, 'hackage.haskell.org'],
  luarocks: [/^upload\b/, 'luarocks.org'],
  pod: [/^trunk push\b/, 'trunk.cocoapods.org'],
  dart: [/^pub publish\b|^pub lish\b/, 'pub.dev'],
  flutter: [/^pub publish\b/, 'pub.dev'],
  dotnet: [/^nuget push\b/, 'nuget.org'],
  nuget: [/^push\b/, 'nuget.org'],
  vsce: [/^publish\b/, 'marketplace.visualstudio.com'],
  ovsx: [/^publish\b/, 'open-vsx.org'],
  'wasm-pack': [/^publish\b/, 'registry.npmjs.org'],
  lerna: [/^publish\b/, 'registry.npmjs.org'],
  nx: [/^(?:release|run-many .*publish)\b/, 'registry.npmjs.org'],
  changeset: [/^publish\b/, 'registry.npmjs.org'],
  'semantic-release': [/^/, 'registry.npmjs.org'],
  goreleaser: [/^release\b(?!.*--snapshot)/, 'github.com'],
  fastlane: [/\b(?:deliver|supply|pilot|upload_to_\w+|release)\b/, 'app store'],
  'electron-builder': [/--publish[= ](?:always|onTag)/, 'github.com'],
};
const aliases: Readonly<Record<string, string>> = { mvnw: 'mvn', gradlew: 'gradle', mvnd: 'mvn' };

/** Taking a published version back breaks whoever depends on it. */
const withdrawing =
  /^(?:unpublish|yank|nuget delete|delete\b|trunk (?:delete|deprecate)|hex\.publish\b.*--revert|hex\.retire|owner\b.*--?remove)/;

/** A build tool's line that publishes or withdraws; null when it does neither. */
export function published({ program, args, place }: CommandWords): readonly CommandEffect[] | null {
  const line = args
    .map((arg) => arg ?? '…')
    .join(' ')
    .slice(0, 4000);
  const flags = flagsOfOptions(args);
  if (
    args.some((arg) => /^(?:-n|--dry-run|--dryRun|--dry-run-publish|-DdryRun(?:=true)?|--pretend)$/.test(arg ?? '')) &&
    !flags.includes('dry-run')
  )
    flags.push('dry-run');
  const known = publishing[aliases[program] ?? program];
  if (known && withdrawing.test(line))
    return [
      {
        verb: 'delete',
        resource: { kind: 'package', name: known[1] },
        zone: 'other-host',
        flags: [...flags, 'irreversible'],
      },
    ];
  if (!known?.[0].test(line)) return null;
  const { name } = locate('.', place, 'directory');
  return [
    { verb: 'read', resource: { kind: 'directory', name }, zone: 'repository', flags: [] },
    { verb: 'send', resource: { kind: 'package', name: known[1] }, zone: 'other-host', flags },
  ];
}

/** Another place that packages come from, for good: taps, repositories, sources. Null when the line adds none. */
export function addedSource({ program, args }: CommandWords): readonly CommandEffect[] | null {
  const line = args
    .map((arg) => arg ?? '…')
    .join(' ')
    .slice(0, 4000);
  const adds =
    (program === 'brew' && /^tap\s+\S+\/\S+/.test(line)) ||
    (/^(?:add-apt-repository|apt-add-repository)$/.test(program) && !/-r\b|--remove|--list|-L\b/.test(line)) ||
    (/^(?:yum-config-manager|dnf|dnf5|zypper)$/.test(program) &&
      /--add-repo\b|config-manager.*--?add(?:-repo)?|^(?:ar|addrepo)\b/.test(line)) ||
    (program === 'gem' && /^sources?\b.*(?:-a|--add)\b/.test(line)) ||
    (program === 'flatpak' && /^remote-add\b/.test(line)) ||
    (/^(?:conda|mamba)$/.test(program) && /^config\b.*--add channels/.test(line)) ||
    (program === 'helm' && /^repo add\b/.test(line)) ||
    (/^(?:pip|pip3)$/.test(program) && /^config set\b.*(?:index-url|extra-index|find-links|trusted-host)/.test(line)) ||
    (program === 'poetry' && /^source add\b/.test(line)) ||
    (program === 'bundle' && /^config\b.*mirror/.test(line)) ||
    (/^(?:composer)$/.test(program) && /^config\b.*repositor/.test(line)) ||
    (program === 'apt-key' && /^(?:add|adv)\b/.test(line)) ||
    (program === 'rpm' && /--import\b/.test(line));
  if (!adds) return null;
  const trusted = /trusted-host|--allow-unauth|http:\/\/|trusted=yes|--no-gpg|apt-key/.test(`${program} ${line}`);
  const system = /^(?:add-apt-repository|apt-add-repository|yum-config-manager|dnf|dnf5|zypper|apt-key|rpm)$/.test(
    program,
  );
  return [
    {
      verb: 'configure',
      resource: { kind: 'package', name: `source ${line.slice(0, 100)}` },
      zone: system ? 'system' : 'home',
      flags: trusted ? ['weakens'] : [],
    },
  ];
}
