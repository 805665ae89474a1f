// One tile of the gallery: content, name, state, rating and mark.
import { h, icon } from "./dom.js";
import { contentKey, releaseMedia, tileContent } from "./media.js";
/** @import { Item } from "./types.js" */

/** @param {number} column @returns {HTMLElement} */
export function createTile(column) {
  return h("div.tile", { role: "gridcell", "aria-colindex": column + 1, tabindex: -1 },
    h("div.frame"),
    h("div.caption", { "aria-hidden": "true" }, h("span.dot"), h("span.name"), h("span.extra")),
    h("button.mark.plain", { tabindex: -1, "aria-label": "Mark" }, icon("check")));
}

/** @param {HTMLElement} tile */
export function releaseTile(tile) {
  const frame = /** @type {HTMLElement} */ (tile.firstElementChild);
  releaseMedia(frame);
  frame.replaceChildren();
  delete tile.dataset.content;
}

/** @param {Item} item @param {boolean} isMarked */
function tileLabel(item, isMarked) {
  return [item.name, item.state, item.rating ? `rated ${item.rating}` : "", item.tags.join(", "), isMarked ? "marked" : ""].filter(Boolean).join(", ");
}

/**
 * @param {HTMLElement} tile
 * @param {?Item} item Null while it is being read.
 * @param {{isMarked: boolean, isFast: boolean}} how While scrolling fast, only names are shown.
 */
export function fillTile(tile, item, { isMarked, isFast }) {
  const [frame, caption] = /** @type {HTMLElement[]} */ ([...tile.children]);
  const [, name, extra] = /** @type {HTMLElement[]} */ ([...caption.children]);
  const content = item && !isFast ? contentKey(item) : "";
  if (content && tile.dataset.content !== content) {
    releaseMedia(frame);
    frame.replaceChildren(...tileContent(/** @type {Item} */ (item)));
    tile.dataset.content = content;
  } else if (!content && tile.dataset.content && tile.dataset.key !== item?.key) releaseTile(tile);
  const label = item ? tileLabel(item, isMarked) : "Reading";
  if (tile.getAttribute("aria-label") !== label) tile.setAttribute("aria-label", label);
  tile.dataset.key = item?.key ?? "";
  tile.dataset.state = item?.state ?? "";
  tile.setAttribute("aria-selected", String(isMarked));
  if (name.textContent !== (item?.name ?? "")) name.textContent = item?.name ?? "";
  const notes = item ? [item.rating ? `${item.rating} ★` : "", item.note ? "✎" : "", item.tags.length ? item.tags.map(tag => `#${tag}`).join(" ") : ""].filter(Boolean).join(" ") : "";
  if (extra.textContent !== notes) extra.textContent = notes;
}
