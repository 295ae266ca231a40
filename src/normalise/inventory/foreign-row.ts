import type { ForeignRow, Trace } from '../../core/inventory.ts';
import type { Row } from './tabular.ts';

/** `Computer Name`, `computer_name`, `src.process.name` → letters and digits alone. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** What columns are called, in the order they are believed. Sources: each vendor's export and API reference. */
const columns = {
  device:
    'devicename hostname computername agentcomputername endpointname hostidentifier device host computer machine machinename endpoint agentname agentid deviceid aid serialnumber serial',
  person:
    'userprincipalname emailaddress email username lastloggedinusername lastusedusername srcprocessuser person user owner assigneduser',
  platform: 'platform platformname osplatform agentostype ostype agentos operatingsystem osname osdescription os',
  at: 'lastseen lastcontacttime lastsyncdatetime lastactivedate lastupdatedtimestamp lastcheckin timestamp eventtimeutc eventtime createdat unixtime at time',
  name: 'applicationname applicationtitle appname displayname softwarename productname application software product apptitle title name',
  version: 'applicationversion appversion bundleshortversion softwareversion shortversion version',
  bundle: 'bundleidentifier bundleid applicationidentifier packageidentifier',
  path: 'applicationpath installpath installlocation installationpath path filepath location tgtfilepath',
  processName: 'srcprocessname processname imagename filename process',
  processPath: 'srcprocessimagepath processimagepath imagefilename processpath executable',
  command: 'srcprocesscmdline processcmdline processcmd commandline cmdline command args',
  extension: 'extensionid extension',
  host: 'eventdnsrequest dnsrequest domainname remotehost domain urladdress url fqdn',
} as const;
type Column = keyof typeof columns;
const wanted = Object.entries(columns).map(([column, names]) => [column as Column, names.split(' ')] as const);

/** The columns of a row under one name each; `''` where it has none. */
export function columnsOf(row: Row): Readonly<Record<Column, string>> {
  const values = new Map(
    Object.entries(row).flatMap(([name, value]) => {
      const said = textOf(value);
      return said === '' ? [] : [[plain(name), said] as const];
    }),
  );
  const of = ([, names]: (typeof wanted)[number]): string => {
    for (const name of names) {
      const value = values.get(name);
      if (value !== undefined) return value;
    }
    return '';
  };
  return Object.fromEntries(wanted.map((each) => [each[0], of(each)])) as Record<Column, string>;
}

export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';

/** A time as a source writes it → ISO 8601 UTC; `''` for what is none. Seconds and milliseconds since 1970 are times. */
export function timeOf(text: string): string {
  if (text === '') return '';
  const number = Number(text);
  const at = Number.isFinite(number) && number > 0 ? (number > 1e11 ? number : number * 1000) : Date.parse(text);
  return Number.isNaN(at) || at > 8.64e15 ? '' : new Date(at).toISOString();
}

export type Found = ForeignRow['found'][number];

/** What a flat row may show of an agent: its application, process, extension or host. */
export function tracesOf(row: Readonly<Record<Column, string>>): Found[] {
  const { name, version, bundle, path, processName, processPath, command, extension, host } = row;
  const found: Found[] = [];
  const add = (trace: Trace, where: string, its = ''): void => void found.push({ trace, where, version: its });
  if (processName !== '' || processPath !== '' || command !== '') {
    const process = processName || (processPath.split(/[\\/]/).at(-1) ?? '');
    add({ kind: 'process', name: process, path: processPath, command: command || processPath }, processPath || process);
  }
  if (name !== '' || bundle !== '') add({ kind: 'application', name, bundle }, path || name || bundle, version);
  if (path !== '') add({ kind: 'file', path }, path, version);
  if (extension !== '') {
    const browser = /^[a-p]{32}$/.test(extension);
    add(
      browser ? { kind: 'browser-extension', id: extension } : { kind: 'extension', id: extension },
      path || extension,
      version,
    );
  }
  if (host !== '') {
    const name = /^\w+:\/\//.test(host) ? (URL.parse(host)?.hostname ?? '') : host.split(/[/:;]/)[0];
    if (name) add({ kind: 'host', host: name }, name);
  }
  return found;
}

/** A flat row whose columns have ordinary names. Null: it names no device. */
export function foreignRow(row: Row): ForeignRow | null {
  const all = columnsOf(row);
  if (all.device === '') return null;
  return {
    device: all.device,
    person: all.person,
    platform: platformOf(all.platform),
    at: timeOf(all.at),
    found: tracesOf(all),
  };
}

export function platformOf(text: string): string {
  if (/mac|darwin|os ?x/i.test(text)) return 'darwin';
  if (/win/i.test(text)) return 'win32';
  if (/linux|ubuntu|debian|rhel|centos|fedora|suse|arch|alpine/i.test(text)) return 'linux';
  return text.slice(0, 40).toLowerCase();
}
