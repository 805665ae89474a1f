// Shows outputs: pictures, sound, video, text and JSON in place, everything else as a link. HTML is only ever read as text.
import { h, icon, safeURL } from "./dom.js";
import { bytes, pretty } from "./format.js";
/** @import { Item, Output, Source } from "./types.js" */

const MOST_PIXELS = 50_000_000;
const MOST_FORMATTED = 40_000;

/** @param {{media_type: string, path: string}} output @returns {"image"|"audio"|"video"|"json"|"html"|"text"|"file"} */
export function kindOf({ media_type, path }) {
  const type = media_type.split(";")[0].trim().toLowerCase();
  if (/^image\/(png|jpeg|webp|gif|avif|bmp|x-icon|svg\+xml)$/.test(type)) return "image";
  if (type.startsWith("audio/")) return "audio";
  if (type.startsWith("video/")) return "video";
  if (type === "text/html" || type === "application/xhtml+xml") return "html";
  if (type === "application/json" || type.endsWith("+json") || /\.jsonl?$/i.test(path)) return "json";
  if (type.startsWith("text/") || /^application\/(xml|yaml|x-yaml|x-ndjson)$/.test(type)) return "text";
  return "file";
}

/** @param {Output} output */
const isTooLarge = ({ width, height }) => (width ?? 0) * (height ?? 0) > MOST_PIXELS;

/** @param {Output} output */
export const isPicture = output => kindOf(output) === "image" && output.is_there && !isTooLarge(output);

/** @param {string} text @param {any} [more] */
const absent = (text, more) => h("p.absent", text, more);

const VANISHED = "This file is no longer there.";

/** Takes media out of the network and silences them before their element is dropped. @param {Element} element */
export function releaseMedia(element) {
  for (const medium of element.querySelectorAll("img, audio, video")) {
    if (medium instanceof HTMLMediaElement) medium.pause();
    medium.removeAttribute("src");
    if (medium instanceof HTMLMediaElement) medium.load();
  }
}

/** @param {Output} output @param {string} alt @param {boolean} isLazy */
export function picture(output, alt, isLazy = false) {
  const image = h("img", { alt, decoding: "async", loading: isLazy ? "lazy" : null, draggable: "false" });
  const url = safeURL(output.url);
  image.onerror = () => image.hasAttribute("src") && image.replaceWith(absent("The file vanished, or is no picture."));
  if (!url) return absent("This address is not shown.");
  image.src = url;
  return image;
}

/** @param {Output} output @param {"audio"|"video"} kind @param {string} name */
function player(output, kind, name) {
  const url = safeURL(output.url);
  if (!url) return absent("This address is not shown.");
  const element = h(kind, { controls: true, preload: kind === "video" ? "metadata" : "none", "aria-label": name, src: url, tabindex: -1 });
  element.onerror = () => element.hasAttribute("src") && element.replaceWith(absent("The file vanished, or cannot be played."));
  return element;
}

/** @param {Output} output What is known of a file that is not shown. */
function summary(output) {
  const extension = /\.([\w]{1,8})$/.exec(output.path)?.[1] ?? "file";
  return h("p.absent", h("b", extension.toUpperCase()), h("span", bytes(output.size)));
}

/** @param {Output} output */
function large(output) {
  return absent(`${Math.round(((output.width ?? 0) * (output.height ?? 0)) / 1e6)} megapixels: too large to show here`);
}

/** @param {Output} output @param {Item} item @param {boolean} isLazy */
function tileOutput(output, item, isLazy) {
  if (!output.is_there) return absent(VANISHED);
  const kind = kindOf(output);
  if (kind === "image") return isTooLarge(output) ? large(output) : picture(output, "", isLazy);
  if (kind === "audio" || kind === "video") return player(output, kind, `${item.name}, ${kind}`);
  if ((kind === "text" || kind === "json" || kind === "html") && item.text) return h("pre", { class: `excerpt ${kind}` }, excerpt(item.text, kind === "json"));
  return summary(output);
}

/** @param {string} text @param {boolean} isJSON */
function excerpt(text, isJSON) {
  if (isJSON || /^\s*[[{]/.test(text)) {
    try {
      return pretty(JSON.parse(text));
    } catch {
      // Cut off or not JSON: shown as it is.
    }
  }
  return text;
}

/**
 * What a tile shows of an item.
 * @param {Item} item
 * @param {boolean} [isLazy]
 * @returns {Node[]}
 */
export function tileContent(item, isLazy = false) {
  const { outputs, state, text } = item;
  if (outputs.length) {
    const pictures = outputs.filter(isPicture);
    const shown = pictures.length > 1 ? pictures.slice(0, 4) : [outputs[0]];
    return [
      h("div", { class: shown.length > 1 ? "mosaic" : "single", "data-count": shown.length }, shown.map(output => tileOutput(output, item, isLazy))),
      ...(outputs.length > shown.length ? [h("span.badge", `${outputs.length} outputs`)] : []),
    ];
  }
  if (text) return [h("pre.excerpt", excerpt(text, false))];
  if (item.failure) return [h("p.reason", item.failure)];
  return [h("p.absent.state-word", state)];
}

/** What a tile's content depends on, to leave it alone while that stays. @param {Item} item */
export const contentKey = ({ key, state, outputs, failure, text, version }) => `${key} ${outputs.length ? "" : state} ${version} ${outputs.map(output => output.url + output.is_there).join(" ")} ${failure ?? ""} ${text?.length ?? 0}`;

/**
 * An output in full.
 * @param {Output} output
 * @param {Item} item
 * @param {Source} source
 */
export function fullOutput(output, item, source) {
  const kind = kindOf(output);
  const url = safeURL(output.url);
  const size = output.width && output.height ? `${output.width} × ${output.height}` : "";
  const links = url && output.is_there && h("span.links",
    h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, kind === "html" ? "Open the page, in a sandbox" : "Open"),
    !source.isReport && h("a", { href: `${url}${url.includes("?") ? "&" : "?"}download=1`, download: "" }, "Download"));
  return h("figure", { class: `output ${kind}` },
    outputBody(output, item, source, kind),
    h("figcaption", h("span.path", output.path), h("span.dim", [size, bytes(output.size)].filter(Boolean).join(" · ")), links));
}

/** @param {Output} output @param {Item} item @param {Source} source @param {string} kind */
function outputBody(output, item, source, kind) {
  if (!output.is_there) return absent(VANISHED, h("small", output.path));
  if (kind === "image") return isTooLarge(output) ? large(output) : picture(output, item.name);
  if (kind === "audio" || kind === "video") {
    const element = player(output, kind, `${item.name}, ${output.path}`);
    element.removeAttribute("tabindex");
    return element;
  }
  if (kind === "text" || kind === "json" || kind === "html") return textBody(output, source, kind);
  return summary(output);
}

/** @param {Output} output @param {Source} source @param {string} kind */
function textBody(output, source, kind) {
  const body = h("pre", { class: `text ${kind}`, tabindex: 0, "aria-label": output.path, "aria-busy": "true" }, "Reading …");
  const box = h("div.text-box", body);
  source.text(output.url).then(({ text, isWhole }) => {
    body.textContent = kind === "json" && isWhole && text.length < MOST_FORMATTED ? excerpt(text, true) : text;
    if (!isWhole) box.append(h("p.dim", `The first 64 KB of ${bytes(output.size)}; open it for the rest.`));
  }, error => body.replaceWith(error.status === 404 ? absent(VANISHED) : absent(error.message)))
    .finally(() => body.removeAttribute("aria-busy"));
  return box;
}

/** Stars that show, and where allowed set, a rating. @param {?number} rating @param {?((rating: ?number) => void)} rate */
export function stars(rating, rate) {
  if (!rate && !rating) return null;
  return h("div.stars", { role: "group", "aria-label": "Rating" }, [1, 2, 3, 4, 5].map(value =>
    rate
      ? h("button.plain", { key: `star-${value}`, "aria-label": `Rate ${value}`, "aria-pressed": String(rating === value), "data-on": (rating ?? 0) >= value, onclick: () => rate(rating === value ? null : value) }, icon("star", (rating ?? 0) >= value))
      : h("span", { "data-on": (rating ?? 0) >= value }, icon("star", (rating ?? 0) >= value))));
}
