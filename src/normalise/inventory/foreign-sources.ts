import type { ForeignRow, InventorySource } from '../../core/inventory.ts';
import { columnsOf, type Found, foreignRow, platformOf, textOf, timeOf, tracesOf } from './foreign-row.ts';
import { osqueryRows } from './osquery.ts';
import { isObject } from './server-entry.ts';
import type { Row } from './tabular.ts';

/** Reads a row of one source into what was found; empty: the row names no device. */
type Read = (row: Row) => readonly ForeignRow[];

const flat: Read = (row) => {
  const read = foreignRow(row);
  return read === null ? [] : [read];
};

/** Falcon Discover (`/discover/combined/applications/v1`), its export, and events of Falcon Data Replicator. */
const crowdstrike: Read = (row) => {
  const { host } = row;
  if (!isObject(host)) return flat(row);
  const { device, platform } = columnsOf(host);
  if (device === '') return [];
  const app = columnsOf(row);
  const extension = isObject(row.browser_extension) ? textOf(row.browser_extension.id) : '';
  const found = tracesOf({ ...app, host: '', processName: '', processPath: '', command: '', extension });
  return [{ device, person: app.person, platform: platformOf(platform), at: timeOf(app.at), found }];
};

/** `/web/api/v2.1/installed-applications` and `/agents`, and events of Deep Visibility or the Singularity Data Lake. */
const sentinelone: Read = (row) => {
  const { endpoint, src, event, os } = row;
  if (!isObject(endpoint)) return flat(row);
  const process = isObject(src) && isObject(src.process) ? src.process : {};
  const image = isObject(process.image) ? process.image : {};
  const dns = isObject(event) && isObject(event.dns) ? event.dns : {};
  return flat({
    endpointname: endpoint.name,
    os: isObject(os) ? os.name : endpoint.os,
    user: process.user,
    processname: process.name,
    processimagepath: image.path,
    processcmdline: process.cmdline,
    dnsrequest: dns.request,
    timestamp: row.timestamp,
  });
};

/** `/api/v1/computers-inventory` (a computer with its applications inside), and the export of an inventory search. */
const jamf: Read = (row) => {
  const { general, applications, userAndLocation, operatingSystem } = row;
  if (!isObject(general)) return flat(row);
  const device = textOf(general.name) || textOf(row.udid);
  if (device === '') return [];
  const user = isObject(userAndLocation) ? textOf(userAndLocation.email) || textOf(userAndLocation.username) : '';
  const platform = textOf(general.platform) || (isObject(operatingSystem) ? textOf(operatingSystem.name) : '');
  const found = (Array.isArray(applications) ? applications : []).flatMap((app: unknown) =>
    isObject(app) ? tracesOf(columnsOf(app)) : [],
  );
  return [
    {
      device,
      person: user,
      platform: platformOf(platform || 'mac'),
      at: timeOf(textOf(general.lastContactTime)),
      found,
    },
  ];
};

/** `deviceManagement/detectedApps` with the devices of each, `managedDevices`, and the report of discovered apps (CSV). */
const intune: Read = (row) => {
  const { managedDevices } = row;
  if (!Array.isArray(managedDevices)) return flat(row);
  const found: Found[] = tracesOf({ ...columnsOf(row), device: '' });
  return managedDevices.flatMap((device: unknown) => {
    const read = isObject(device) ? foreignRow({ ...device, displayName: '' }) : null;
    return read === null ? [] : [{ ...read, found }];
  });
};

const readers: Readonly<Record<Exclude<InventorySource, 'warder'>, Read>> = {
  osquery: osqueryRows,
  crowdstrike,
  sentinelone,
  jamf,
  intune,
  generic: flat,
};

/** Rows of a source → what was found where, and how many rows named no device. */
export function readForeign(
  source: Exclude<InventorySource, 'warder'>,
  rows: readonly Row[],
): { readonly rows: readonly ForeignRow[]; readonly without: number } {
  const read: ForeignRow[] = [];
  let without = 0;
  for (const row of rows) {
    const some = readers[source](row);
    if (some.length === 0) without += 1;
    read.push(...some);
  }
  return { rows: read, without };
}
