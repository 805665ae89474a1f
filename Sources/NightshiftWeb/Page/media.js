// Shows outputs: pictures, sound, video, text and JSON in place, everything else as a link. HTML is only ever read as text.
import { h, safeURL } from "./dom.js";
import { bytes, pretty } from "./format.js";

const MOST_PIXELS = 50_000_000;
const MOST_FORMATTED = 40_000;
const VANISHED = "This file is no longer there.";

/** @param {Output} output @returns {"image"|"audio"|"video"|"json"|"html"|"text"|"file"} */
function kindOf({ media_type, path }) {
	const type = media_type.split(";")[0].trim().toLowerCase();
	if (/^image\/(png|jpeg|webp|gif|avif|bmp|x-icon|svg\+xml)$/.test(type)) return "image";
	if (/^(audio|video)\//.test(type)) return /** @type {"audio"|"video"} */ (type.slice(0, 5));
	if (/^(text\/html|application\/xhtml\+xml)$/.test(type)) return "html";
	if (/[/+]json$/.test(type) || /\.jsonl?$/i.test(path)) return "json";
	return /^text\/|^application\/(xml|yaml|x-yaml|x-ndjson)$/.test(type) ? "text" : "file";
}

const megapixels = ({ width, height }) => Math.round(((width ?? 0) * (height ?? 0)) / 1e6);
const isTooLarge = output => megapixels(output) * 1e6 > MOST_PIXELS;
const absent = text => h("p.absent", text);

/** @param {Output} output */
export const isPicture = output => kindOf(output) === "image" && output.is_there && !isTooLarge(output);

/** Takes media out of the network and silences them before their element is dropped.
 * @param {Element} element */
export function releaseMedia(element) {
	for (const medium of element.querySelectorAll("img, audio, video")) {
		medium.removeAttribute("src");
		if (medium instanceof HTMLMediaElement) medium.load();
	}
}

function medium(tag, { url }, properties) {
	const address = safeURL(url);
	if (!address) return absent("This address is not shown.");
	const element = h(tag, { ...properties, src: address });
	element.onerror = () => element.hasAttribute("src") && element.replaceWith(absent(`The file vanished, or cannot be ${tag === "img" ? "shown" : "played"}.`));
	return element;
}

/** @param {Output} output @param {string} alt @param {boolean} [isLazy] */
export const picture = (output, alt, isLazy) => medium("img", output, { alt, decoding: "async", loading: isLazy && "lazy", draggable: "false" });

/** What can be shown of an output without reading its text; null for texts. */
function direct(output, item, properties) {
	const kind = kindOf(output);
	if (!output.is_there) return absent(VANISHED);
	if (kind === "image" && isTooLarge(output)) return absent(`${megapixels(output)} megapixels: too large to show here`);
	if (kind === "image") return picture(output, properties.alt, properties.isLazy);
	if (kind === "audio" || kind === "video") return medium(kind, output, { controls: true, preload: kind === "video" ? "metadata" : "none", "aria-label": `${item.name}, ${output.path}`, tabindex: properties.tabindex });
	return null;
}

const summary = ({ path, size }) => h("p.absent", h("b", /\.(\w{1,8})$/.exec(path)?.[1].toUpperCase() ?? "FILE"), h("span", bytes(size)));

/** JSON indented; what is cut off or no JSON as it is. */
function excerpt(text) {
	if (!/^\s*[[{]/.test(text) || text.length > MOST_FORMATTED) return text;
	try {
		return pretty(JSON.parse(text));
	} catch {
		return text;
	}
}

/** What a tile shows of an item.
 * @param {Item} item @param {boolean} [isLazy] @returns {Node[]} */
export function tileContent(item, isLazy = false) {
	const { outputs, state, text, failure } = item;
	if (outputs.length) {
		const pictures = outputs.filter(isPicture);
		const shown = pictures.length > 1 ? pictures.slice(0, 4) : [outputs[0]];
		const content = shown.map(output => direct(output, item, { alt: "", isLazy, tabindex: -1 }) ?? (text && kindOf(output) !== "file" ? h(`pre.excerpt.${kindOf(output)}`, excerpt(text)) : summary(output)));
		return [h("div.shown", { "data-count": shown.length }, content), ...(outputs.length > shown.length ? [h("span.badge", `${outputs.length} outputs`)] : [])];
	}
	return [text ? h("pre.excerpt", excerpt(text)) : failure ? h("p.reason", failure) : absent(state)];
}

/** What a tile's content depends on, to leave it alone while that stays.
 * @param {Item} item */
export const contentKey = ({ key, state, outputs, failure, text, version }) => [key, outputs.length ? "" : state, version, ...outputs.map(output => output.url + output.is_there), failure, text?.length].join(" ");

/** An output in full.
 * @param {Output} output @param {Item} item @param {any} source */
export function fullOutput(output, item, source) {
	const kind = kindOf(output);
	const url = safeURL(output.url);
	const { width, height, size, path } = output;
	return h(`figure.output.${kind}`,
		direct(output, item, { alt: item.name }) ?? (kind === "file" ? summary(output) : textBody(output, source, kind)),
		h("figcaption", h("span.path", path), h("span", width && height ? `${width} × ${height} · ` : "", bytes(size)),
			url && output.is_there && h("span.links", h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, kind === "html" ? "Open the page, in a sandbox" : "Open"),
				!source.isReport && h("a", { href: `${url}${url.includes("?") ? "&" : "?"}download=1`, download: "" }, "Download"))));
}

function textBody(output, source, kind) {
	const body = h(`pre.text.${kind}`, { tabindex: 0, "aria-label": output.path }, "Reading …");
	const box = h("div.text-box", body);
	source.text(output.url).then(({ text, isWhole }) => {
		body.textContent = kind === "json" && isWhole ? excerpt(text) : text;
		if (!isWhole) box.append(h("p.dim", `The first 64 KB of ${bytes(output.size)}; open it for the rest.`));
	}, error => body.replaceWith(absent(error.status === 404 ? VANISHED : error.message)));
	return box;
}
