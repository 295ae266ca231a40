import type { ForeignRow, McpEntry, Trace } from '../../core/inventory.ts';
import { columnsOf, type Found, platformOf, textOf, timeOf, tracesOf } from './foreign-row.ts';
import { isObject } from './server-entry.ts';
import type { Row } from './tabular.ts';

/** A line of osquery's result log: one row that came or went, or all rows of a snapshot. Also rows that name their host. */
export function osqueryRows(line: Row): readonly ForeignRow[] {
  const decorations = isObject(line.decorations) ? line.decorations : {};
  const about = columnsOf({ ...decorations, ...line });
  // A host may be identified by a number; its name, where there is one, is what others call it.
  const device =
    [
      decorations.hostname,
      decorations.host_name,
      line.hostname,
      line.host_hostname,
      line.hostIdentifier,
      line.host_identifier,
    ]
      .map(textOf)
      .find((name) => name !== '') ?? '';
  if (device === '') return [];
  const base = {
    device,
    person: textOf(decorations.username) || about.person,
    platform: platformOf(textOf(decorations.platform) || textOf(decorations.os_platform) || about.platform),
    at: timeOf(textOf(line.unixTime) || textOf(line.calendarTime) || textOf(line.timestamp)),
    query: textOf(line.name) || textOf(line.query_name),
  };
  const snapshot = Array.isArray(line.snapshot) ? line.snapshot : null;
  if (snapshot !== null) return [{ ...base, ...read(snapshot.filter(isObject)), whole: true }];
  const columns = isObject(line.columns) ? line.columns : line;
  return [{ ...base, ...read([columns]), ...(line.action === 'removed' ? { gone: true } : {}) }];
}

function read(rows: readonly Row[]): Pick<ForeignRow, 'found' | 'servers'> {
  return { found: rows.flatMap(tracesIn), servers: rows.flatMap(serverIn) };
}

/** Which table a row is of, by its columns. Source: osquery's schema, and the `ai_tools` extension table. */
function tracesIn(row: Row): Found[] {
  const said = (name: string): string => textOf(row[name]);
  const path = said('path');
  const name = said('name');
  const version = said('version') || said('bundle_short_version');
  const one = (trace: Trace, where: string): Found[] => [{ trace, where, version }];
  if (said('type') !== '' && ('risk_flags' in row || 'confidence' in row)) return aiTool(row);
  // chrome_extensions, firefox_addons
  if (/^[a-p]{32}$/.test(said('identifier')))
    return one({ kind: 'browser-extension', id: said('identifier') }, path || name);
  // vscode_extensions
  if ('publisher' in row && ('uuid' in row || 'vscode_edition' in row || 'installed_at' in row)) {
    const id = name.includes('.') ? name : `${said('publisher')}.${name}`;
    return one({ kind: 'extension', id }, path || id);
  }
  // apps
  if ('bundle_identifier' in row)
    return one({ kind: 'application', name, bundle: said('bundle_identifier') }, path || name);
  // processes, process_open_sockets joined with them
  if ('cmdline' in row || 'pid' in row) {
    const host = said('remote_hostname') || said('fqdn');
    const process: Trace = { kind: 'process', name, path, command: said('cmdline') || path };
    return [
      ...one(process, said('pid') === '' ? path || name : `process ${said('pid')}`),
      ...(host === '' ? [] : one({ kind: 'host', host }, host)),
    ];
  }
  // npm_packages, python_packages, homebrew_packages
  if (/[\\/]node_modules[\\/]/.test(`${path}${said('directory')}/`) && name !== '')
    return one({ kind: 'package', registry: 'npm', name }, path || name);
  if (/(?:site|dist)-packages/.test(path) && name !== '') return one({ kind: 'package', registry: 'pypi', name }, path);
  if (/\/(?:Cellar|Caskroom)\//.test(path) && name !== '')
    return one({ kind: 'package', registry: 'brew', name }, path);
  // programs, deb_packages, rpm_packages
  if (name !== '' && (version !== '' || 'install_location' in row))
    return one({ kind: 'application', name, bundle: '' }, said('install_location') || name);
  // file
  if (path !== '') return one({ kind: 'file', path }, path);
  return tracesOf({ ...columnsOf(row), name: '' });
}

/** The extension table: a row a tool, told apart by its type. */
function aiTool(row: Row): Found[] {
  const [type, name, path, version] = ['type', 'name', 'path', 'version'].map((column) => textOf(row[column])) as [
    string,
    string,
    string,
    string,
  ];
  const one = (trace: Trace): Found[] => [{ trace, where: path || name, version }];
  if (/extension/.test(type) && /browser/.test(type))
    return one({ kind: 'browser-extension', id: textOf(row.identifier) || name });
  if (/ide|plugin/.test(type)) return one({ kind: 'extension', id: textOf(row.identifier) || name });
  if (type === 'apps') return one({ kind: 'application', name, bundle: textOf(row.identifier) });
  if (type === 'agents')
    return [...one({ kind: 'program', name }), ...(path === '' ? [] : one({ kind: 'file', path }))];
  if (type === 'sockets') return one({ kind: 'host', host: textOf(row.remote_hostname) || name });
  return path === '' ? [] : one({ kind: 'file', path });
}

/** A server of the extension table: its command line is all that is told of it. */
function serverIn(row: Row): McpEntry[] {
  if (textOf(row.type) !== 'mcp_server') return [];
  const command = textOf(row.command) || textOf(row.cmdline);
  const url = textOf(row.url);
  if (command === '' && url === '') return [];
  return [
    {
      agent: textOf(row.host_app) || textOf(row.client),
      name: textOf(row.name),
      scope: 'user',
      project: '',
      transport: url === '' ? 'stdio' : 'http',
      argv: [
        ...(command.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', '')),
        ...(textOf(row.args).match(/"[^"]*"|\S+/g) ?? []),
      ],
      url,
      variables: {},
      headers: {},
      trust: [],
      enabled: true,
    },
  ];
}
