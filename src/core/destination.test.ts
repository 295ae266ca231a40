import { describe, expect, it } from 'vitest';
import { carriesData, type DestinationClass, destinationClass, looksEncoded } from './destination.ts';

describe('a destination', () => {
  it.each<[string, DestinationClass]>([
    ['localhost', 'this-host'],
    ['127.0.0.1', 'this-host'],
    ['169.254.169.254', 'metadata'],
    ['metadata.google.internal', 'metadata'],
    ['10.2.3.4', 'private-network'],
    ['build-server', 'private-network'],
    ['db.corp', 'private-network'],
    ['203.0.113.9', 'raw-address'],
    ['[2001:db8::1]', 'raw-address'],
    ['pastebin.com', 'paste'],
    ['transfer.sh', 'file-drop'],
    ['a1b2.ngrok-free.app', 'tunnel'],
    ['quiet-hill.trycloudflare.com', 'tunnel'],
    ['webhook.site', 'request-catcher'],
    ['x9.oastify.com', 'out-of-band'],
    ['hooks.slack.com', 'webhook'],
    ['discord.com', 'chat'],
    ['bit.ly', 'shortener'],
    ['me.duckdns.org', 'dynamic-dns'],
    ['shop.workers.dev', 'free-hosting'],
    ['expyuzz4wqqyqhjn.onion', 'onion'],
    ['raw.githubusercontent.com', 'code-host'],
    ['registry.npmjs.org', 'package-registry'],
    ['api.anthropic.com', 'model-provider'],
    ['githuh.com', 'ordinary'],
    ['g1thub.com', 'look-alike'],
    ['goog1e.com', 'look-alike'],
    ['rnicrosoft.com', 'look-alike'],
    ['gοοgle.com', 'look-alike'],
    ['docs.acme.com', 'ordinary'],
    ['', 'unknown'],
  ])('%s is %s', (host, kind) => expect(destinationClass(host)).toBe(kind));

  it('whose name carries data is told by its labels', () => {
    const hex = Buffer.from('root:x:0:0:root:/root:/bin/bash').toString('hex');
    expect(destinationClass(`${hex}.t.acme.com`)).toBe('encoded-name');
    expect(carriesData(`${hex.slice(0, 24)}.${hex.slice(24, 48)}.t.acme.com`)).toBe(true);
    expect(carriesData('my-very-long-preview-branch-name-for-the-team.preview.acme.com')).toBe(false);
    expect(carriesData('acme.com')).toBe(false);
  });

  it('is not taken for encoded when it is words', () => {
    expect(looksEncoded('internationalization')).toBe(false);
    expect(looksEncoded('user-profile-settings-page')).toBe(false);
    expect(looksEncoded('4fd2a9b1c3e85d7706aa')).toBe(true);
  });
});
