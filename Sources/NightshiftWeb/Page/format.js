// Writes numbers, times and durations for people. What was never recorded is a dash.

const DASH = "–";
/** @type {(value: any) => value is null | undefined} */
const isAbsent = value => value == null;
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const HOUR_AND_MINUTE = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit" });
const timeFormat = options => {
	const format = new Intl.DateTimeFormat("en-GB", options);
	return time => (isAbsent(time) ? DASH : format.format(new Date(time)));
};

export const hour = timeFormat(HOUR_AND_MINUTE);
export const second = timeFormat({ ...HOUR_AND_MINUTE, second: "2-digit" });
export const day = timeFormat({ weekday: "long", day: "numeric", month: "long" });
export const moment = timeFormat({ ...HOUR_AND_MINUTE, second: "2-digit", day: "numeric", month: "short" });
const weekday = timeFormat({ ...HOUR_AND_MINUTE, weekday: "short" });

/** A clock time, with the weekday if it is not today. */
export const clock = time => (new Date(time ?? 0).toDateString() === new Date().toDateString() ? hour(time) : weekday(time));

export const count = value => (isAbsent(value) ? DASH : whole.format(value));

/** A rate or another small number: one decimal below 10. */
export const decimal = value => (!isAbsent(value) && value < 10 ? String(Math.round(value * 10) / 10) : count(value));

export function money(value) {
	if (isAbsent(value)) return DASH;
	return value > 0 && value < 0.1 ? value.toPrecision(2).replace(/e.*/, "") : value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** @param {?number|undefined} value Seconds. */
export function span(value) {
	if (isAbsent(value)) return DASH;
	if (value < 60) return value > 0 && value < 0.1 ? `${Math.ceil(value * 1000)} ms` : `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;
	const minutes = Math.round(value / 60);
	if (minutes >= 60) return minutes < 2880 ? `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min` : `${Math.round(minutes / 1440)} days`;
	return `${Math.floor(value / 60)} min ${String(Math.floor(value % 60)).padStart(2, "0")} s`;
}

export function bytes(value) {
	if (isAbsent(value)) return DASH;
	if (value < 1000) return `${value} bytes`;
	const power = Math.min(4, Math.floor(Math.log10(value) / 3));
	const size = value / 1000 ** power;
	return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${["", "KB", "MB", "GB", "TB"][power]}`;
}

/** @param {number} amount @param {string} word */
export const plural = (amount, word) => `${count(amount)} ${word}${amount === 1 ? "" : "s"}`;

/** A value of a row, in one line.
 * @param {any} value */
export const plain = value => (isAbsent(value) ? DASH : typeof value === "object" ? JSON.stringify(value) : String(value));

/** JSON, indented.
 * @param {any} value */
export const pretty = value => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** States in the order in which they are shown. */
export const STATES = ["succeeded", "fetching", "running", "submitting", "pending", "unknown", "held", "failed", "canceled", "withdrawn"];

/** The states in which a retry does something. */
export const RETRIABLE = ["failed", "canceled", "held"];

/** How many items are done.
 * @param {States} states */
export const doneOf = states => (states.succeeded ?? 0) + (states.failed ?? 0) + (states.canceled ?? 0);

/** Columns that every item has, with their titles.
 * @type {Object<string, string>} */
export const BUILT_IN = {
	name: "Name", origin: "Origin", step: "Step", state: "State", rating: "Rating", attempts: "Attempts", duration: "Duration", waiting: "Waiting", running: "Running",
	download: "Download", predict_time: "Predict time", cost: "Cost", sent_at: "Sent", started_at: "Started", completed_at: "Completed", ended_at: "Ended",
	failure_class: "Failure class", failure: "Failure", tags: "Tags", note: "Note", prediction_id: "Prediction",
};
const UNSORTABLE = ["origin", "started_at", "completed_at", "failure_class", "failure", "tags", "note", "prediction_id"];

export const isSortable = column => !UNSORTABLE.includes(column);

/** What a cell of the table shows.
 * @param {Item} item @param {string} column */
export function cellText(item, column) {
	const value = column in BUILT_IN ? item[column] : item.values[column];
	if (["duration", "waiting", "running", "download", "predict_time"].includes(column)) return span(value);
	if (column === "cost") return money(value);
	if (column === "tags") return value.join(", ") || DASH;
	return column in BUILT_IN && column.endsWith("_at") ? moment(value) : value === "" ? DASH : plain(value);
}
