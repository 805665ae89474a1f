// Filters and orders items in the page itself: what the server does in SQL, for reports.
import { parseFilter } from "./filter.js";

const NUMBERS = ["attempts", "waiting", "running", "download", "duration", "predict_time", "cost", "rating", "position"];
const isUnknown = value => value == null || value === "";
const textOf = value => (typeof value === "object" ? JSON.stringify(value) : String(value));

/** @param {Item} item @param {string} column @returns {any} */
export function valueOf(item, column) {
	const own = /^(?:row|matrix)\.(.*)$/s.exec(column);
	if (own) return item.values[own[1]];
	if (column === "media") return item.outputs.map(output => output.media_type.split(";")[0]);
	const name = { class: "failure_class", tag: "tags", reason: "failure" }[column] ?? column;
	return Object.hasOwn(item, name) && name !== "values" ? item[name] : item.values[name];
}

function testOf({ operator, column, values }) {
	const [wanted] = values;
	const contains = value => !isUnknown(value) && textOf(value).toLowerCase().includes(wanted.toLowerCase());
	if (!operator) return item => contains(item.name) || contains(item.text) || Object.values(item.values).some(contains);
	if (operator === "~") return item => contains(valueOf(item, column));
	if (operator === "=" || operator === "!=") {
		return item => {
			const value = valueOf(item, column);
			const all = Array.isArray(value) && value.length ? value : [Array.isArray(value) ? null : value];
			return all.some(it => values.includes(isUnknown(it) ? "none" : String(it))) === (operator === "=");
		};
	}
	const limit = column.endsWith("_at") ? Date.parse(wanted) : Number(wanted);
	if (Number.isNaN(limit)) throw new Error(`${wanted} cannot be compared with ${column}.`);
	const compare = { ">": it => it > limit, "<": it => it < limit, ">=": it => it >= limit, "<=": it => it <= limit }[operator];
	return item => {
		const value = valueOf(item, column);
		return !isUnknown(value) && compare(Number(value));
	};
}

/** @param {string} filter @returns {(item: Item) => boolean} */
export function compileFilter(filter) {
	const tests = parseFilter(filter).map(term => ({ test: testOf(term), isWanted: !term.isNegated }));
	return item => tests.every(({ test, isWanted }) => test(item) === isWanted);
}

/** @param {string} sort @returns {(a: Item, b: Item) => number} What is unknown comes last. */
export function comparison(sort) {
	const column = sort.replace(/^-/, "");
	const sign = sort === column ? 1 : -1;
	const isNumeric = NUMBERS.includes(column) || column.endsWith("_at");
	return (a, b) => {
		const left = valueOf(a, column);
		const right = valueOf(b, column);
		if (isUnknown(left) || isUnknown(right)) return Number(isUnknown(left)) - Number(isUnknown(right)) || a.position - b.position;
		const order = isNumeric || typeof left === "number" ? left - right : String(left).localeCompare(String(right), "en", { numeric: true });
		return sign * order || a.position - b.position;
	};
}
