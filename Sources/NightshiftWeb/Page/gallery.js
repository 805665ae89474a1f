// The gallery: items as tiles, or as a matrix of two columns.
import { h, icon, morph, preference } from "./dom.js";
import { ItemsView } from "./items-view.js";
import { MatrixGrid } from "./matrix.js";
import { changeQuery, currentRoute } from "./router.js";
import { createTile, fillTile, releaseTile } from "./tile.js";
/** @import { Context } from "./app.js" */

/** @type {[string, number, string][]} */
const SIZES = [["s", 110, "Small"], ["m", 180, "Medium"], ["l", 280, "Large"], ["xl", 440, "Very large"]];

/** The size of tiles that the address or this browser says. */
function chosenSize() {
  const size = currentRoute().query.get("size") ?? preference("size");
  return SIZES.find(([name]) => name === size) ?? SIZES[1];
}

const isMatrix = () => currentRoute().query.get("layout") === "matrix";

export class GalleryView extends ItemsView {
  /** @param {Context} context */
  constructor(context) {
    super(context, "gallery", {
      label: "Items",
      create: createTile,
      fill: (tile, index, isFast) => {
        const item = this.list?.at(index) ?? null;
        fillTile(tile, item, { isMarked: item !== null && context.marks.has(item.key), isFast });
      },
      release: releaseTile,
    }, { width: 180, ratio: 1, extra: 30, gap: 12, head: 0 });
    this.matrix = new MatrixGrid(context, error => this.query.setError(error));
    this.message.after(this.matrix.element);
  }

  get current() {
    return isMatrix() ? this.matrix.focused : super.current;
  }

  focus() {
    if (isMatrix()) this.matrix.room.focus();
    else super.focus();
  }

  marksChanged() {
    super.marksChanged();
    this.matrix.draw();
  }

  itemsChanged() {
    super.itemsChanged();
    if (isMatrix()) this.matrix.read();
  }

  close() {
    this.matrix.close();
    super.close();
  }

  drawTools() {
    const [size, width] = chosenSize();
    this.grid.measure.width = innerWidth < 500 ? Math.min(width * 0.8, 330) : width;
    this.grid.element.hidden = isMatrix();
    this.matrix.element.hidden = !isMatrix();
    this.matrix.element.dataset.size = size;
    if (isMatrix()) this.matrix.show();
    morph(this.tools, [
      h("div.switch", { role: "group", "aria-label": "Layout" },
        h("button", { key: "grid", "aria-label": "Grid", title: "Grid", "aria-pressed": String(!isMatrix()), onclick: () => changeQuery({ layout: null }) }, icon("grid")),
        h("button", { key: "matrix", "aria-label": "Matrix", title: "Matrix: rows by columns", "aria-pressed": String(isMatrix()), onclick: () => changeQuery({ layout: "matrix" }) }, icon("matrix"))),
      h("select.size", { "aria-label": "Size of the tiles", key: "size", value: size, onchange: event => {
        preference("size", event.target.value);
        changeQuery({ size: event.target.value }, { replace: true });
      } }, SIZES.map(([name, , title]) => h("option", { value: name, selected: name === size }, title))),
    ]);
  }
}
