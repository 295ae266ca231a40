/** What sort of place a host is, as far as its name tells. `ordinary`: nothing known of it. */
export type DestinationClass =
  | 'this-host'
  | 'private-network'
  | 'metadata' // the cloud's own service that hands out credentials
  | 'raw-address'
  | 'paste'
  | 'file-drop'
  | 'tunnel'
  | 'request-catcher'
  | 'out-of-band' // call-back services of security testing
  | 'webhook'
  | 'chat' // messengers that take messages from anyone with a key
  | 'shortener'
  | 'dynamic-dns'
  | 'free-hosting'
  | 'onion'
  | 'encoded-name' // a name that carries data
  | 'look-alike' // a name that imitates another
  | 'code-host'
  | 'package-registry'
  | 'model-provider'
  | 'unknown' // the name is known only when it runs
  | 'ordinary';

const byName: readonly (readonly [DestinationClass, readonly string[]])[] = [
  [
    'paste',
    'pastebin.com gist.github.com gist.githubusercontent.com paste.ee hastebin.com dpaste.com dpaste.org ix.io sprunge.us termbin.com paste.rs rentry.co rentry.org controlc.com ghostbin.com justpaste.it pastes.io paste.debian.net paste.mozilla.org paste.ubuntu.com bpa.st privatebin.net privatebin.info cl1p.net p.ip.fi clbin.com paste.c-net.org pastie.org paste2.org snippet.host telegra.ph zerobin.net 0bin.net defuse.ca toptal.com/developers/hastebin codepad.org'.split(
      ' ',
    ),
  ],
  [
    'file-drop',
    'transfer.sh file.io gofile.io 0x0.st catbox.moe litterbox.catbox.moe bashupload.com tmpfiles.org temp.sh oshi.at anonfiles.com anonfile.com bayfiles.com uguu.se pomf.lain.la filebin.net keep.sh wetransfer.com sendgb.com mega.nz mega.io mediafire.com pixeldrain.com krakenfiles.com workupload.com easyupload.io ufile.io upload.ee dropfiles.org sendspace.com send.vis.ee filetransfer.io x0.at free.keep.sh'.split(
      ' ',
    ),
  ],
  [
    'tunnel',
    'ngrok.io ngrok.app ngrok.dev ngrok-free.app ngrok-free.dev trycloudflare.com cfargotunnel.com loca.lt localtunnel.me localhost.run lhr.life lhr.rocks serveo.net serveousercontent.com pagekite.me bore.pub bore.digital telebit.io localxpose.io loclx.io pinggy.io pinggy.link pinggy.online tunnelmole.net zrok.io tunnelto.dev expose.dev sharedwithexpose.com packetriot.net playit.gg devtunnels.ms tunnels.api.visualstudio.com ts.net'.split(
      ' ',
    ),
  ],
  [
    'request-catcher',
    'webhook.site webhookinbox.com requestbin.com requestbin.net requestbin.io requestcatcher.com beeceptor.com hookbin.com pipedream.net m.pipedream.net requestinspector.com postb.in ptsv2.com ptsv3.com mockbin.org mockbin.io typedwebhook.tools webhook.cool hookdeck.com httpdump.app smee.io svix.com requestly.dev pipedream.com webhook-test.com'.split(
      ' ',
    ),
  ],
  [
    'out-of-band',
    'burpcollaborator.net oastify.com oast.com oast.pro oast.live oast.site oast.online oast.fun oast.me interact.sh interactsh.com dnslog.cn dnslog.link ceye.io canarytokens.com canarytokens.org dnsbin.zhack.ca bxss.me xss.report xss.ht r87.me tu4.org log.xn--9tr.com eyes.sh dns.outbound.watchtowr.com'.split(
      ' ',
    ),
  ],
  [
    'webhook',
    'hooks.slack.com hooks.zapier.com hook.integromat.com hook.make.com hook.eu1.make.com hook.us1.make.com maker.ifttt.com webhook.office.com outlook.office.com/webhook chat.googleapis.com ntfy.sh pushover.net api.pushbullet.com formspree.io formsubmit.co getform.io submit-form.com docs.google.com/forms script.google.com notify.run usewebhook.com'.split(
      ' ',
    ),
  ],
  [
    'chat',
    'discord.com discordapp.com discord.gg cdn.discordapp.com api.telegram.org t.me graph.facebook.com api.whatsapp.com api.twilio.com matrix.org signal.org'.split(
      ' ',
    ),
  ],
  [
    'shortener',
    'bit.ly tinyurl.com t.co goo.gl is.gd v.gd ow.ly buff.ly rebrand.ly cutt.ly shorturl.at rb.gy t.ly tiny.cc bl.ink s.id lnkd.in shorte.st adf.ly qrco.de git.io soo.gd clck.ru u.to short.gy dub.sh dub.co tiny.one'.split(
      ' ',
    ),
  ],
  [
    'dynamic-dns',
    'duckdns.org no-ip.org no-ip.com no-ip.biz ddns.net hopto.org zapto.org sytes.net myftp.org servebeer.com dynu.com dynu.net freeddns.org afraid.org mooo.com chickenkiller.com us.to dyndns.org ydns.eu nip.io sslip.io xip.io lvh.me traefik.me 1u.ms rbndr.us localtest.me'.split(
      ' ',
    ),
  ],
  [
    'free-hosting',
    'glitch.me repl.co replit.app replit.dev 000webhostapp.com workers.dev pages.dev web.app firebaseapp.com herokuapp.com onrender.com vercel.app netlify.app surge.sh fly.dev deno.dev github.io gitlab.io r2.dev ondigitalocean.app render.com wixsite.com weebly.com blogspot.com altervista.org atwebpages.com infinityfreeapp.com val.run'.split(
      ' ',
    ),
  ],
  [
    'code-host',
    'github.com githubusercontent.com api.github.com gitlab.com bitbucket.org codeberg.org sr.ht dev.azure.com visualstudio.com gitea.com sourceforge.net'.split(
      ' ',
    ),
  ],
  [
    'package-registry',
    'registry.npmjs.org npmjs.com registry.yarnpkg.com pypi.org files.pythonhosted.org crates.io static.crates.io index.crates.io proxy.golang.org sum.golang.org rubygems.org repo.maven.apache.org repo1.maven.org plugins.gradle.org api.nuget.org nuget.org packagist.org hex.pm pub.dev registry.hub.docker.com docker.io registry-1.docker.io ghcr.io quay.io gcr.io deb.debian.org archive.ubuntu.com security.ubuntu.com dl-cdn.alpinelinux.org formulae.brew.sh conda.anaconda.org jsr.io deno.land cdn.jsdelivr.net unpkg.com'.split(
      ' ',
    ),
  ],
  [
    'model-provider',
    'api.anthropic.com api.openai.com generativelanguage.googleapis.com api.mistral.ai api.groq.com api.cohere.ai api.x.ai openrouter.ai api.deepseek.com api.together.xyz api.perplexity.ai bedrock-runtime.amazonaws.com'.split(
      ' ',
    ),
  ],
];

const classOfName: ReadonlyMap<string, DestinationClass> = new Map(
  byName.flatMap(([kind, hosts]) => hosts.map((host) => [host, kind] as const)),
);

/** Lower case, no brackets trouble, no final dot. */
const tidy = (host: string): string => host.trim().toLowerCase().replace(/\.$/, '');

/**
 * Host name (no port) → what sort of place it is. Lists name services whose address anyone can have within a minute;
 * everything else is read from the shape of the name. Sources: the services' own documentation.
 */
export function destinationClass(host: string): DestinationClass {
  const name = tidy(host.slice(0, 512));
  if (name === '' || name === '…' || name.startsWith('*')) return 'unknown';
  if (isMetadataHost(name)) return 'metadata';
  if (isLoopback(name)) return 'this-host';
  if (isPrivateNetwork(name)) return 'private-network';
  if (isAddress(name)) return 'raw-address';
  if (name.endsWith('.onion')) return 'onion';
  const listed = listedClass(name);
  if (listed === 'out-of-band' || listed === 'request-catcher') return listed;
  if (carriesData(name)) return 'encoded-name';
  if (listed !== undefined) return listed;
  return imitates(name) ? 'look-alike' : 'ordinary';
}

const metadataHosts = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  'metadata.google.internal',
  'metadata',
  '[fd00:ec2::254]',
]);

/** The cloud's metadata service: whoever asks gets credentials. */
export const isMetadataHost = (host: string): boolean => metadataHosts.has(host);

/** Names and addresses of this machine itself. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || host === 'host.docker.internal') return true;
  return host === '[::1]' || host === '::1' || host === '0.0.0.0' || /^127(?:\.\d{1,3}){1,3}$/.test(host);
}

/** The longest listed name the host ends with. */
function listedClass(name: string): DestinationClass | undefined {
  let rest = name;
  for (let i = 0; i < 8; i++) {
    const found = classOfName.get(rest);
    if (found !== undefined) return found;
    const dot = rest.indexOf('.');
    if (dot < 0) return undefined;
    rest = rest.slice(dot + 1);
  }
  return undefined;
}

function isAddress(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || /^\[?[0-9a-f]{0,4}(?::[0-9a-f.]{0,15}){2,8}\]?$/i.test(host);
}

/** Addresses and names that lead nowhere outside. Sources: RFC 1918, 4193, 6598, 6762, 8375. */
function isPrivateNetwork(host: string): boolean {
  if (
    /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(host)
  )
    return isAddress(host);
  if (/^\[?(?:fe[89ab][0-9a-f]|f[cd][0-9a-f]{2}):/i.test(host)) return true;
  if (!host.includes('.') && !host.includes(':')) return true;
  return /\.(?:local|internal|lan|home|corp|intranet|home\.arpa|test|example|invalid|svc|cluster\.local)$/.test(host);
}

/**
 * A name whose labels look like encoded data: DNS queries carry it out where nothing else passes. Base32, hex and
 * base64 labels are long and use their alphabet evenly; words do not.
 */
export function carriesData(host: string): boolean {
  const labels = tidy(host).split('.');
  if (labels.length < 3) return false;
  const carrying = labels.slice(0, -2).filter((label) => label.length >= 16 && looksEncoded(label));
  const length = carrying.reduce((sum, label) => sum + label.length, 0);
  return carrying.some((label) => label.length >= 32) || (carrying.length >= 2 && length >= 40);
}

/** Hex, base32 or base64 rather than words. */
export function looksEncoded(whole: string): boolean {
  // The head of a long value tells as much as all of it.
  const text = whole.slice(0, 512);
  if (text.length < 16 || !/^[A-Za-z0-9+/=_-]+$/.test(text)) return false;
  if (/^[0-9a-f]+$/i.test(text)) return true;
  if (text.startsWith('xn--')) return false;
  const digits = text.replace(/[^0-9]/g, '').length;
  const vowels = text.replace(/[^aeiouAEIOU]/g, '').length;
  const words = text.split(/[-_]/).filter((word) => /^[a-z]{2,12}$/i.test(word)).length;
  if (words >= 3) return false;
  return (digits >= text.length / 8 && vowels < text.length / 4) || new Set(text).size >= Math.min(22, text.length / 2);
}

/** Names people trust; a name one stroke away from one of them is made to be mistaken. */
const imitated =
  'github gitlab google googleapis microsoft anthropic openai npmjs pypi cloudflare amazonaws atlassian slack paypal docker'.split(
    ' ',
  );

function imitates(name: string): boolean {
  if (/[^\x20-\x7e]/.test(name)) return /[a-z]/.test(name) && /[\u0370-\u052f]/.test(name);
  const labels = name.split('.');
  const owner = labels.at(-2) ?? '';
  if (owner.length < 5 || imitated.includes(owner)) return false;
  const plain = owner.replaceAll('0', 'o').replaceAll('rn', 'm').replaceAll('vv', 'w');
  return [plain.replaceAll('1', 'l'), plain.replaceAll('1', 'i')].some(
    (one) => one !== owner && imitated.includes(one),
  );
}

/** Classes that a stranger can own within a minute, or that stand for a host without a name. */
export const strangerOwned: ReadonlySet<DestinationClass> = new Set<DestinationClass>([
  'raw-address',
  'paste',
  'file-drop',
  'tunnel',
  'request-catcher',
  'out-of-band',
  'webhook',
  'chat',
  'dynamic-dns',
  'free-hosting',
  'onion',
  'encoded-name',
  'look-alike',
]);
