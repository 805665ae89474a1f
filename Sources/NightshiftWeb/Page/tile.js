// One tile of the gallery: content, name, state, rating and mark.
import { icon } from "./controls.js";
import { h } from "./dom.js";
import { contentKey, releaseMedia, tileContent } from "./media.js";

/** @param {number} column @returns {HTMLElement} */
export const createTile = column => h("div.tile", { role: "gridcell", "aria-colindex": column + 1, tabindex: -1 },
	h("div.frame"), h("div.caption", { "aria-hidden": "true" }, h("span.dot"), h("span.name"), h("span.extra")),
	h("button.mark.plain", { tabindex: -1, "aria-label": "Mark" }, icon("check")));

/** @param {HTMLElement} tile */
export function releaseTile(tile) {
	const frame = /** @type {Element} */ (tile.firstElementChild);
	releaseMedia(frame);
	frame.replaceChildren();
	delete tile.dataset.content;
}

function setText(element, text) {
	if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} tile @param {?Item} item Null while it is being read. @param {boolean} isMarked @param {boolean} isFast While scrolling fast, only names are shown. */
export function fillTile(tile, item, isMarked, isFast) {
	const [frame, caption] = tile.children;
	const content = item && !isFast ? contentKey(item) : "";
	if (item && content && tile.dataset.content !== content) {
		releaseMedia(frame);
		frame.replaceChildren(...tileContent(item));
		tile.dataset.content = content;
	} else if (!content && tile.dataset.content && tile.dataset.key !== item?.key) releaseTile(tile);
	const { key = "", name = "", state = "", rating = null, note = null, tags = [] } = item ?? {};
	tile.dataset.key = key;
	tile.dataset.state = state;
	tile.setAttribute("aria-selected", String(isMarked));
	tile.setAttribute("aria-label", item ? [name, state, rating && `rated ${rating}`, ...tags, isMarked && "marked"].filter(Boolean).join(", ") : "Reading");
	setText(caption.children[1], name);
	setText(caption.children[2], [rating && `${rating} ★`, note && "✎", ...tags.map(tag => `#${tag}`)].filter(Boolean).join(" "));
}
