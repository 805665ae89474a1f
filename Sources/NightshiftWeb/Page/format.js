// Writes numbers, times and durations for people. What was never recorded is a dash.

/** @import { Item } from "./types.js" */

const DASH = "–";
const integers = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const weekdays = new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });
const moments = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const seconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** @param {?number|undefined} value */
export const count = value => (value === null || value === undefined ? DASH : integers.format(value));

/** @param {?number|undefined} value A rate or another small number: one decimal below 10. */
export const decimal = value => (value === null || value === undefined ? DASH : value < 10 ? String(Math.round(value * 10) / 10) : integers.format(value));

/** @param {?number|undefined} value */
export function money(value) {
  if (value === null || value === undefined) return DASH;
  if (value === 0) return "0";
  return value < 0.1 ? value.toPrecision(2).replace(/e.*/, "") : value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** @param {?number|undefined} value Seconds. */
export function span(value) {
  if (value === null || value === undefined) return DASH;
  if (value < 0.1 && value > 0) return `${Math.max(1, Math.round(value * 1000))} ms`;
  if (value < 10) return `${value.toFixed(1)} s`;
  if (value < 60) return `${Math.round(value)} s`;
  const whole = Math.round(value);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(whole / 60);
  return minutes < 60 * 48 ? `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min` : `${Math.round(minutes / 1440)} days`;
}

/** @param {?number|undefined} time A clock time, with the weekday if it is not today. */
export function clock(time) {
  if (time === null || time === undefined) return DASH;
  const date = new Date(time);
  return date.toDateString() === new Date().toDateString() ? hours.format(date) : weekdays.format(date);
}

/** @param {number} time */
export const hour = time => hours.format(new Date(time));

/** @param {number} time */
export const second = time => seconds.format(new Date(time));

/** @param {?number|undefined} time */
export const moment = time => (time === null || time === undefined ? DASH : moments.format(new Date(time)));

/** @param {?number|undefined} value */
export function bytes(value) {
  if (value === null || value === undefined) return DASH;
  let size = value;
  for (const unit of ["bytes", "KB", "MB", "GB"]) {
    if (size < 1000) return unit === "bytes" ? `${size} bytes` : `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
    size /= 1000;
  }
  return `${size.toFixed(1)} TB`;
}

/** @param {number} amount @param {string} word @param {string} [many] */
export const plural = (amount, word, many = `${word}s`) => `${count(amount)} ${amount === 1 ? word : many}`;

/** @param {any} value A value of a row, in one line. */
export const plain = value => (value === null || value === undefined ? DASH : typeof value === "object" ? JSON.stringify(value) : String(value));

/** @param {any} value JSON, indented. */
export const pretty = value => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** States in the order in which an item passes them. */
export const STATES = ["succeeded", "fetching", "running", "submitting", "pending", "unknown", "held", "failed", "canceled", "withdrawn"];

/** The states in which a retry does something. */
export const RETRIABLE = ["failed", "canceled", "held"];

/** @type {Object<string, string>} Columns that every item has, with their titles. */
export const BUILT_IN = {
  name: "Name", origin: "Origin", step: "Step", state: "State", rating: "Rating", attempts: "Attempts", duration: "Duration", waiting: "Waiting", running: "Running",
  download: "Download", predict_time: "Predict time", cost: "Cost", sent_at: "Sent", started_at: "Started", completed_at: "Completed", ended_at: "Ended",
  failure_class: "Failure class", failure: "Failure", tags: "Tags", note: "Note", prediction_id: "Prediction",
};
const SORTABLE = ["name", "state", "step", "attempts", "sent_at", "ended_at", "waiting", "running", "download", "duration", "predict_time", "cost", "rating"];

/** @param {string} column */
export const isSortable = column => SORTABLE.includes(column) || !(column in BUILT_IN);

/** @param {Item} item @param {string} column What a cell of the table shows. */
export function cellText(item, column) {
  if (!(column in BUILT_IN)) return plain(item.values[column] === undefined ? null : item.values[column]);
  const value = /** @type {any} */ (item)[column];
  if (["duration", "waiting", "running", "download", "predict_time"].includes(column)) return span(value);
  if (column.endsWith("_at")) return moment(value);
  if (column === "cost") return money(value);
  if (column === "tags") return value.join(", ") || DASH;
  return value === "" ? DASH : plain(value);
}
