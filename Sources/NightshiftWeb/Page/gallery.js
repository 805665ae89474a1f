// The gallery: items as tiles, or as a matrix of two columns.
import { choice, switcher } from "./controls.js";
import { morph, preference } from "./dom.js";
import { ItemsView } from "./items-view.js";
import { MatrixGrid } from "./matrix.js";
import { changeQuery, currentRoute } from "./router.js";
import { createTile, fillTile, releaseTile } from "./tile.js";

const WIDTHS = { s: 110, m: 180, l: 280, xl: 440 };
/** @type {[string, string][]} */
const SIZES = [["s", "Small"], ["m", "Medium"], ["l", "Large"], ["xl", "Very large"]];

const isMatrix = () => currentRoute().query.get("layout") === "matrix";

export class GalleryView extends ItemsView {
	/** @param {Context} context */
	constructor(context) {
		super(context, "gallery", {
			create: createTile,
			fill: (tile, index, isFast) => {
				const item = this.list?.at(index) ?? null;
				fillTile(tile, item, item !== null && context.marks.has(item.key), isFast);
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
		if (isMatrix()) this.matrix.itemsChanged();
	}

	close() {
		this.matrix.close();
		super.close();
	}

	drawTools() {
		const chosen = currentRoute().query.get("size") ?? preference("size") ?? "";
		const size = chosen in WIDTHS ? chosen : "m";
		this.grid.measure.width = innerWidth < 500 ? Math.min(WIDTHS[size] * 0.8, 330) : WIDTHS[size];
		this.grid.element.hidden = isMatrix();
		this.matrix.element.hidden = !isMatrix();
		this.matrix.element.dataset.size = size;
		if (isMatrix()) this.matrix.show();
		morph(this.tools, [
			switcher("Layout", [["Grid", !isMatrix(), () => changeQuery({ layout: null })], ["Matrix", isMatrix(), () => changeQuery({ layout: "matrix" })]]),
			choice("Size of the tiles", size, SIZES, value => changeQuery({ size: preference("size", value) ?? value }, true)),
		]);
	}
}
