import { createHash } from 'node:crypto';

/** What a property list can hold, as JSON has it. */
type PlistValue = string | number | boolean | readonly PlistValue[] | { readonly [name: string]: PlistValue };

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A JSON value as an XML property list's element. Null has no form there and is left out. Throws a TypeError for what is no JSON. */
function element(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (typeof value === 'string') return `${indent}<string>${escaped(value)}</string>`;
  if (typeof value === 'boolean') return `${indent}<${value}/>`;
  if (typeof value === 'number')
    return Number.isInteger(value) ? `${indent}<integer>${value}</integer>` : `${indent}<real>${value}</real>`;
  if (Array.isArray(value))
    return value.length === 0
      ? `${indent}<array/>`
      : `${indent}<array>\n${value.map((item) => element(item, inner)).join('\n')}\n${indent}</array>`;
  if (typeof value !== 'object' || value === null) throw new TypeError(`a property list cannot hold ${typeof value}`);
  const members = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  if (members.length === 0) return `${indent}<dict/>`;
  const lines = members.map(([name, item]) => `${inner}<key>${escaped(name)}</key>\n${element(item, inner)}`);
  return `${indent}<dict>\n${lines.join('\n')}\n${indent}</dict>`;
}

const head =
  '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n';

/** An XML property list. */
const plist = (value: unknown): string => `${head}<plist version="1.0">\n${element(value, '')}\n</plist>\n`;

/** The settings of one preference domain, as a profile forces them. */
export interface ForcedDomain {
  /** `com.anthropic.claudecode` */
  readonly domain: string;
  readonly title: string;
  readonly settings: Readonly<Record<string, PlistValue>>;
}

/**
 * A configuration profile for macOS with forced settings, one payload for each domain. The same settings give the same
 * identifiers, so that a renewed profile replaces the one before it. Source: Apple, Configuration Profile Reference.
 */
export function mobileconfig(title: string, domains: readonly ForcedDomain[]): string {
  const identifier = `dev.warder.${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
  return plist({
    PayloadContent: domains.map(({ domain, title: shown, settings }) => ({
      PayloadType: domain,
      PayloadIdentifier: `${identifier}.${domain}`,
      PayloadUUID: uuidOf(`${identifier}.${domain}`),
      PayloadVersion: 1,
      PayloadEnabled: true,
      PayloadDisplayName: shown,
      ...settings,
    })),
    PayloadDisplayName: title,
    PayloadDescription: 'Hooks of Warder in coding agents, which a developer cannot switch off.',
    PayloadIdentifier: identifier,
    PayloadOrganization: 'Warder',
    PayloadRemovalDisallowed: true,
    PayloadScope: 'System',
    PayloadType: 'Configuration',
    PayloadUUID: uuidOf(identifier),
    PayloadVersion: 1,
  });
}

/** A UUID (version 8) that is the same for the same name. */
function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex').slice(0, 32).split('');
  hex[12] = '8';
  hex[16] = '89AB'.charAt(Number.parseInt(hex[16] ?? '0', 16) % 4);
  const text = hex.join('').toUpperCase();
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}

/** A registry file for Windows (UTF-16 with BOM is what regedit writes; it reads UTF-8 without one as ANSI, so all is ASCII). */
export function registryFile(keys: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const blocks = Object.entries(keys).map(([key, values]) => {
    const lines = Object.entries(values).map(([name, value]) => `${quoted(name)}=${quoted(asciiJson(value))}`);
    return `[${key}]\r\n${lines.join('\r\n')}\r\n`;
  });
  return `Windows Registry Editor Version 5.00\r\n\r\n${blocks.join('\r\n')}`;
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
/** JSON with everything beyond ASCII escaped; says the same. */
const asciiJson = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
