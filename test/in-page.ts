// Scripts that tests run inside a page, as text: the rest of the tests knows no browser types.

/** Tells `reportViolation` of each breach of the Content-Security-Policy. */
export const reportViolations = `document.addEventListener('securitypolicyviolation', (event) =>
  reportViolation(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile));`;

/** What hostile content left in the page; undefined when nothing ran. */
export const ranContent = 'globalThis.__xss';

/** Elements that load, run, frame, restyle or lead elsewhere, other than the console's own; as HTML. */
export const strangeElements = `[...document.querySelectorAll(
  'script, link, style, iframe, object, embed, img, video, form, base, meta[http-equiv], math, a[href]:not([href^="/"])',
)].filter((one) => !one.matches('script[src^="/assets/"], link[rel=stylesheet], link[rel=modulepreload], link[rel=icon]'))
  .map((one) => one.outerHTML)`;

/** Visible texts whose contrast with what lies behind them is below 4.5 (3 for large text). WCAG 2.2 §1.4.3. */
export const tooFaint = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const rgba = (color) => {
    if (known.has(color)) return known.get(color);
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    known.set(color, [r, g, b, a / 255]);
    return known.get(color);
  };
  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = rgba(getComputedStyle(one).backgroundColor);
      if (color[3] > 0.99) return color;
    }
    return rgba(getComputedStyle(document.body).backgroundColor);
  };
  const faint = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent.trim();
    if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const [one, two] = [luminance(rgba(style.color)), luminance(behind(element))];
    const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (large ? 3 : 4.5)) faint.add(contrast.toFixed(2) + ' ' + text.slice(0, 40));
  }
  return [...faint];
})()`;
